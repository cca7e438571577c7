"""The command does what it can itself, and says what is missing for the rest."""

import json
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

import lineside
from lineside._cli import main, run_added


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    assert main(["version", "--json"]) == 0
    plain, packed = capsys.readouterr().out.splitlines()
    assert plain == f"lineside {lineside.__version__}"
    assert json.loads(packed) == {"version": lineside.__version__}


def test_help_names_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert "sync" in out
    assert "serve" in out
    assert main([]) == 2


def test_an_unknown_command_lists_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fly"]) == 2
    err = capsys.readouterr().err
    assert "There is no command 'fly'" in err
    assert "sync" in err
    assert "serve" in err


def test_a_missing_extra_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    point = EntryPoint("serve", "no_such_module_of_an_extra:main [server]", "lineside.commands")
    assert run_added(point, ["serve"]) == 2
    err = capsys.readouterr().err
    assert "pip install 'lineside[server]'" in err
    assert "no_such_module_of_an_extra is missing" in err


@pytest.mark.parametrize(("result", "code"), [("0", 0), ("3", 3), ("None", 0)])
def test_a_command_gets_its_name_and_its_arguments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], result: str, code: int
) -> None:
    (tmp_path / f"extra_{code}_{result}.py").write_text(f"def main(argv):\n    print(argv)\n    return {result}\n")
    monkeypatch.syspath_prepend(tmp_path)
    point = EntryPoint("go", f"extra_{code}_{result}:main", "lineside.commands")
    assert run_added(point, ["go", "--fast"]) == code
    assert capsys.readouterr().out == "['go', '--fast']\n"


@pytest.fixture
def offline(spool_dir: Path, monkeypatch: pytest.MonkeyPatch) -> lineside.Run:
    monkeypatch.delenv("LINESIDE_SERVER", raising=False)
    run = lineside.init(id="off", mode="offline", dir=spool_dir)
    run.log({"a": 1}, step=3)
    run.finish()
    return run


def test_sync_sends_an_offline_run_to_the_server_of_the_environment(
    server: Any, offline: lineside.Run, spool_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("LINESIDE_SERVER", server.url)
    monkeypatch.setenv("LINESIDE_DIR", str(spool_dir))
    assert main(["sync"]) == 0
    assert f"off: 2 records sent to {server.url}" in capsys.readouterr().out
    assert [point.step for point in server.points("off")] == [3]
    assert server.status("off") == "finished"
    assert main(["sync"]) == 0
    assert "Nothing is left" in capsys.readouterr().out


def test_a_spool_goes_to_the_server_that_it_names(
    server: Any, spool_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    run = lineside.init(id="named", mode="offline", dir=spool_dir, server=server.url)
    run.finish()
    monkeypatch.setenv("LINESIDE_SERVER", "http://127.0.0.1:9")
    assert main(["sync", "--dir", str(spool_dir)]) == 0
    assert server.status("named") == "finished"


def test_a_server_that_is_away_fails(
    offline: lineside.Run, spool_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("LINESIDE_SERVER", "http://127.0.0.1:9")
    assert main(["sync", str(spool_dir), "--wait", "0", "--json"]) == 3
    (told,) = json.loads(capsys.readouterr().out)["spools"]
    assert (told["run"], told["state"]) == ("off", "unreachable")


def test_a_refused_run_can_be_sent_as_another(
    server: Any, offline: lineside.Run, spool_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("LINESIDE_SERVER", server.url)
    server.runs["off"] = {"opened": {}, "writers": ["another"], "last_step": None}
    assert main(["sync", str(spool_dir)]) == 3
    assert "exists already" in capsys.readouterr().out
    assert main(["sync", str(spool_dir), "--id", "off-2"]) == 0
    assert len(server.points("off-2")) == 1


def test_a_live_run_is_not_taken(server: Any, start: Any, spool_dir: Path, capsys: Any) -> None:
    run = start(id="live")
    assert main(["sync", str(spool_dir)]) == 0
    assert "live: in use" in capsys.readouterr().out
    run.finish()


def test_a_folder_that_is_not_there_is_usage(tmp_path: Path, capsys: Any) -> None:
    assert main(["sync", str(tmp_path / "none")]) == 2


def test_wrong_usage_exits_with_two() -> None:
    with pytest.raises(SystemExit) as left:
        main(["sync", "--fly"])
    assert left.value.code == 2

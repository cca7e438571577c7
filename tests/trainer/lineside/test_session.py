"""`init` answers at once, whatever is wrong, and one run is the current one."""

import socket
import time
from pathlib import Path
from typing import Any

import pytest

import lineside


def test_init_does_not_wait_for_a_server_that_never_answers(start: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        before = time.monotonic()
        run = start(server=f"http://127.0.0.1:{deaf.getsockname()[1]}")
        run.log({"a": 1})
        assert time.monotonic() - before < 5.0  # a timeout of the network is 10 s and more
        assert run.state == "connecting"
        assert not run.finish(timeout=0.05)


def test_what_a_run_was_opened_with(server: Any, start: Any) -> None:
    run = start(project="p", name="n", id="my-run", tags=["a", "b"], group="g", config={"x": 1}, resume="allow")
    run.finish()
    opened = server.runs["my-run"]["opened"]
    assert {key: opened[key] for key in ("project", "name", "tags", "group", "config", "resume")} == {
        "project": "p", "name": "n", "tags": ["a", "b"], "group": "g", "config": {"x": 1}, "resume": "allow"
    }  # fmt: skip
    assert opened["host"] == socket.gethostname()


def test_the_environment_settles_what_is_not_given(
    server: Any, spool_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"SERVER": server.url, "DIR": str(spool_dir), "PROJECT": "p", "RUN_ID": "r1"}.items():
        monkeypatch.setenv(f"LINESIDE_{name}", value)
    run = lineside.init()
    run.finish()
    assert server.runs["r1"]["opened"]["project"] == "p"


def test_a_resumed_run_keeps_its_name(server: Any, start: Any) -> None:
    fresh = start(id="named-by-us")
    fresh.finish()
    assert server.runs["named-by-us"]["opened"]["name"] == fresh.name
    resumed = start(id="perhaps-there", resume="allow")
    resumed.finish()
    assert "name" not in server.runs["perhaps-there"]["opened"]
    assert resumed.name == "perhaps-there"


def test_an_id_that_exists_goes_on_offline(server: Any, start: Any, wait: Any, spool_dir: Path) -> None:
    start(id="same").finish()
    run = start(id="same")
    run.log({"a": 1})
    wait(lambda: run.state == "offline")
    assert not run.finish()
    assert len(list((spool_dir / "spool").iterdir())) == 1
    assert server.points("same") == []


def test_a_new_run_finishes_the_one_before(server: Any, start: Any, wait: Any) -> None:
    first = start()
    first.log({"a": 1})
    second: lineside.Run = start()
    assert first.state == "finished"
    assert lineside.run is second
    wait(lambda: server.status(first.id) == "finished")
    second.finish()
    assert lineside.run is None


def test_what_a_run_before_has_not_sent_is_waited_for_at_the_end(server: Any, python: Any) -> None:
    script = """
import lineside
for number in range(5):
    run = lineside.init(id=f"trial-{number}")
    run.log({"score": number})
"""
    server.faults.extend([503] * 8)
    process = python(script)
    _, err = process.communicate(timeout=40)
    assert process.returncode == 0, err
    assert [server.status(f"trial-{number}") for number in range(5)] == ["finished"] * 5


def test_the_same_run_again_waits_for_its_end(server: Any, start: Any) -> None:
    start(id="again").log({"a": 1})
    run = start(id="again", resume="allow")
    assert server.status("again") == "finished"
    run.log({"a": 2})
    run.finish()
    assert [point.step for point in server.points("again")] == [0, 1]


@pytest.mark.parametrize(("all_ranks", "state"), [(False, "disabled"), (True, "connecting")])
def test_other_ranks_are_disabled(start: Any, monkeypatch: pytest.MonkeyPatch, all_ranks: bool, state: str) -> None:
    monkeypatch.setenv("RANK", "1")
    run = start(all_ranks=all_ranks, server="http://127.0.0.1:9")
    assert run.state in (state, "waiting" if all_ranks else state)
    run.finish(timeout=0.0)


def test_ranks_that_all_write_share_a_run(server: Any, start: Any) -> None:
    start(id="shared", all_ranks=True).finish()
    second = start(id="shared", all_ranks=True)
    second.log({"rank1/loss": 1})
    assert second.finish()
    assert len(server.points("shared")) == 1


def test_arguments_that_only_wandb_knows_are_named(start: Any, capsys: pytest.CaptureFixture[str]) -> None:
    start(entity="team", job_type="train", notes=None)
    assert "init() does not know entity, job_type; left out." in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_replaced(server: Any, python: Any, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    script = "import lineside\nrun = lineside.init(id='r')\nrun.log({'a': 1})"
    process = python(script, LINESIDE_DIR=str(blocked), TMPDIR=str(tmp_path))
    _, err = process.communicate(timeout=40)
    assert "a temporary one is taken" in err
    assert len(server.points("r")) == 1


def test_init_never_raises(capsys: pytest.CaptureFixture[str]) -> None:
    run = lineside.init(dir=3)  # type: ignore[arg-type]  # the mistake is the test
    run.log({"a": 1})
    assert run.state == "disabled"
    assert "training goes on without it" in capsys.readouterr().err


def test_offline_runs_stay_in_the_spool(server: Any, start: Any, spool_dir: Path) -> None:
    run = start(mode="offline")
    run.log({"a": 1})
    assert run.state == "offline"
    assert not run.finish()
    assert server.requests == []
    assert len(list((spool_dir / "spool").iterdir())) == 1

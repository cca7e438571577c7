"""The commands of the service, as a person and a program use them."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lineside_server.cli import main
from lineside_server.settings import Settings
from lineside_server.tokens import main as tokens

SERVE = [
    sys.executable,
    "-c",
    "import sys; from lineside_server.cli import main; sys.exit(main(sys.argv[1:]))",
    "serve",
]


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A home without a service: nothing listens at the usual port here."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LINESIDE_PORT", "1")
    return tmp_path


def test_a_file_is_imported_into_the_database_once(founding: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", *map(str, founding), "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert [run["accepted"] for run in first] == [2068, 2068, 3009]
    assert all(run["rejected"] == [] for run in first)
    assert main(["import", *map(str, founding), "--json"]) == 0
    second = json.loads(capsys.readouterr().out)
    assert [run["accepted"] for run in second] == [0, 0, 0]
    assert [run["run"] for run in second] == [run["run"] for run in first]


def test_a_running_service_takes_the_file_over_http(
    founding: list[Path], capsys: pytest.CaptureFixture[str], make_server: Any
) -> None:
    server = make_server(token="sesame")
    os.environ["LINESIDE_TOKEN"] = "sesame"
    try:
        assert main(["import", str(founding[0]), "--server", server.url]) == 0
        assert "2068 events" in capsys.readouterr().out
        assert main(["import", str(founding[0]), "--server", server.url]) == 0
        assert "nothing new" in capsys.readouterr().out
        assert main(["runs", "--server", server.url, "--json"]) == 0
        run = json.loads(capsys.readouterr().out)[0]
        assert main(["show", run["id"], "--server", server.url, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["summary"]["train/loss"]["count"] == 2065
    finally:
        del os.environ["LINESIDE_TOKEN"]
    assert main(["runs", "--server", server.url]) == 3
    assert "token" in capsys.readouterr().err


def test_runs_are_listed_and_shown_in_words(founding: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    main(["import", str(founding[0]), "--project", "[bold]mine"])
    run = capsys.readouterr().out.partition(": run ")[2].partition(",")[0]
    assert main(["runs"]) == 0
    told = capsys.readouterr().out
    assert "[bold]mine" in told
    assert "finished" in told
    assert main(["show", run]) == 0
    told = capsys.readouterr().out
    assert "the file has no end" in told
    assert "15.5268" in told
    assert main(["runs", "--project", "other", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_what_cannot_be_done_is_said_in_a_sentence(at_home: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "nobody"]) == 3
    assert capsys.readouterr().err.startswith("lineside: ")
    assert main(["import", str(at_home / "nothing.jsonl")]) == 3
    assert main(["runs", "--server", "http://127.0.0.1:1"]) == 3
    assert main(["runs", "--server", "nonsense"]) == 3
    assert main(["migrate", "--database", "mysql://somewhere/else"]) == 3
    assert main(["migrate", "--database", "/proc/nowhere/x.db"]) == 3
    assert "Traceback" not in capsys.readouterr().err


def test_usage_is_refused_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import"]) == 2
    assert main(["runs", "--limit", "many"]) == 2
    assert main(["serve", "--port", "many"]) == 2
    assert main(["serve", "--colour", "red"]) == 2
    assert main(["serve", "--token", "two words"]) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "box.example"])
def test_no_address_beyond_loopback_without_a_token(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--host", host, "--port", "0"]) == 2
    told = capsys.readouterr().err
    assert "LINESIDE_TOKEN" in told
    assert "--insecure" in told


def test_migrate_makes_the_database_and_is_content_with_it(at_home: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate"]) == 0
    assert main(["migrate"]) == 0
    assert (at_home / "data" / "lineside" / "lineside.db").is_file()


def test_every_setting_is_a_flag_and_a_variable(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--help"]) == 0
    told = capsys.readouterr().out
    for name in Settings.model_fields:
        assert f"--{name.replace('_', '-')}" in told
        assert f"LINESIDE_{name.upper()}" in told


@pytest.fixture
def serving(at_home: Any) -> Iterator[Any]:
    """The service as a process: `serving()` starts one and returns it with its address."""
    started = []

    def start(*flags: Any) -> Any:
        process = subprocess.Popen(
            [*SERVE, "--port", "0", *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        return process, found.group() if found else None

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_a_service_that_is_asked_to_stop_ends_well(serving: Any, asked: Any) -> None:
    process, url = serving()
    with urllib.request.urlopen(f"{url}readyz") as answer:
        assert json.load(answer) == {"status": "ready"}
    process.send_signal(asked)
    _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (0, "")


def test_one_service_a_database_file(serving: Any, at_home: Any) -> None:
    serving()
    second, url = serving()
    assert url is None
    _, said = second.communicate(timeout=20)
    assert second.returncode == 3
    assert said.startswith("lineside: Another lineside service")
    assert "Traceback" not in said


def test_one_service_a_port(serving: Any, at_home: Any) -> None:
    _, url = serving()
    port = url.rstrip("/").rpartition(":")[2]
    second, _ = serving("--port", port, "--database", str(at_home / "other.db"))
    _, said = second.communicate(timeout=20)
    assert second.returncode == 3
    assert "Cannot listen" in said


def test_a_service_on_postgresql(
    serving: Any, founding: list[Path], postgres: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    name = postgres.create()
    database = ("--database", postgres.url(name))
    process, url = serving(*database)
    assert main(["import", str(founding[0]), "--server", url]) == 0
    assert "2068 events" in capsys.readouterr().out
    second, _ = serving(*database)
    _, said = second.communicate(timeout=20)
    assert (second.returncode, said.count("\n")) == (3, 1)
    assert said.startswith("lineside: Another lineside service is using the database")
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    assert main(["migrate", *database]) == 0
    assert main(["runs", *database, "--json"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert json.loads(told[-1])[0]["summary"]["train/loss"]["count"] == 2065
    postgres.drop(name)


def test_a_database_is_copied_while_it_is_served_and_put_back_when_it_is_not(
    serving: Any, at_home: Any, founding: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    process, url = serving()
    copy = str(at_home / "copy.db")
    assert main(["import", str(founding[0]), "--server", url]) == 0
    assert main(["backup", copy]) == 0
    assert "checked" in capsys.readouterr().out
    assert main(["backup", copy]) == 3
    assert main(["restore", copy]) == 3
    told = capsys.readouterr().err
    assert "exists already" in told
    assert "Another lineside service" in told
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=20)
    assert main(["restore", copy]) == 0
    assert "replaced-" in capsys.readouterr().out
    assert main(["runs", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["summary"]["train/loss"]["count"] == 2065


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_for_postgresql_its_own_tools_are_named(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "x.db", "--database", "postgresql://nobody@127.0.0.1:1/x"]) == 2
    assert "pg_dump" in capsys.readouterr().err


@pytest.mark.parametrize("served", [True, False])
def test_old_runs_are_pruned_through_the_service_or_in_the_file(
    founding: list[Path], capsys: pytest.CaptureFixture[str], make_server: Any, served: bool
) -> None:
    there = ["--server", make_server().url] if served else []
    assert main(["import", *map(str, founding), *there]) == 0
    capsys.readouterr()
    choice = ["prune", "--keep-last", "1", "--json", *there]
    assert main([*choice, "--dry-run"]) == 0
    chosen = json.loads(capsys.readouterr().out)
    assert main(choice) == 0
    assert json.loads(capsys.readouterr().out) == chosen
    assert len(chosen) == 2
    assert all(run["bytes"] > 0 for run in chosen)
    assert main(["runs", "--json", *there]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 1
    assert main(["prune", "--older-than", "0", "--project", "nothing", *there]) == 0
    assert "0 runs were purged" in capsys.readouterr().out


def test_nothing_is_pruned_unasked(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["prune"]) == 2
    assert "--older-than" in capsys.readouterr().err
    monkeypatch.setenv("LINESIDE_RETENTION_DAYS", "30")
    assert main(["prune"]) == 0


def test_a_project_is_pruned_by_its_own_quota_through_the_service(
    founding: list[Path], capsys: pytest.CaptureFixture[str], make_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = ["--server", make_server().url]
    assert main(["import", str(founding[0]), "--project", "small", *there]) == 0
    assert main(["import", str(founding[1]), "--project", "large", *there]) == 0
    capsys.readouterr()
    monkeypatch.setenv("LINESIDE_PROJECT_KEEPING", '{"small": {"quota_bytes": 1}}')
    assert main(["prune", "--json", *there]) == 0
    assert [run["project"] for run in json.loads(capsys.readouterr().out)] == ["small"]


def test_tokens_are_made_listed_and_revoked_in_the_database(at_home: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert tokens(["token", "create", "train[er]", "--scope", "write", "--project", "vision", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["token"].startswith("ls_")
    assert (made["scope"], made["project"]) == ("write", "vision")
    assert tokens(["token", "create", "second", "--scope", "read", "--expires", "3"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("ls_")
    assert "shown this once" in shown
    assert tokens(["token", "list"]) == 0
    listed = capsys.readouterr().out
    assert "train[er]" in listed
    assert "live until" in listed
    assert made["token"] not in listed
    assert tokens(["token", "revoke", made["id"]]) == 0
    assert "is revoked" in capsys.readouterr().out
    assert tokens(["token", "list", "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert first["revoked_at"] is not None
    assert second["revoked_at"] is None
    assert first.keys() == made.keys() - {"token"}


def test_tokens_of_a_running_service_are_its_own_business(
    capsys: pytest.CaptureFixture[str], make_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make_server(token="sesame")
    there = ["--server", server.url]
    assert tokens(["token", "list", *there]) == 3
    assert "asks for a token" in capsys.readouterr().err
    monkeypatch.setenv("LINESIDE_TOKEN", "sesame")
    assert tokens(["token", "create", "reader", "--scope", "read", "--json", *there]) == 0
    made = json.loads(capsys.readouterr().out)
    monkeypatch.setenv("LINESIDE_TOKEN", made["token"])
    assert main(["runs", *there]) == 0
    capsys.readouterr()
    assert tokens(["token", "revoke", made["id"], *there]) == 3
    assert "scope admin" in capsys.readouterr().err
    monkeypatch.setenv("LINESIDE_TOKEN", "sesame")
    assert tokens(["token", "revoke", made["id"], *there]) == 0
    capsys.readouterr()
    monkeypatch.setenv("LINESIDE_TOKEN", made["token"])
    assert main(["runs", *there]) == 3
    assert "revoked" in capsys.readouterr().err


def test_a_token_takes_a_known_scope_and_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert tokens(["token", "create", "n", "--scope", "owner"]) == 2
    assert tokens(["token", "create"]) == 2
    assert tokens(["token", "create", ""]) == 2
    assert tokens(["token", "revoke", "nobody"]) == 3
    assert "Traceback" not in capsys.readouterr().err


def test_a_live_token_in_the_database_is_enough_to_go_beyond_loopback(
    at_home: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """192.0.2.1 is nobody's address: that it cannot be listened on is what comes after the question of a token."""
    assert tokens(["token", "create", "n", "--scope", "admin", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert main(["serve", "--host", "192.0.2.1", "--port", "0"]) == 3
    assert "Cannot listen on 192.0.2.1" in capsys.readouterr().err
    assert tokens(["token", "revoke", made["id"]]) == 0
    capsys.readouterr()
    assert main(["serve", "--host", "192.0.2.1", "--port", "0"]) == 2
    assert "lineside token create" in capsys.readouterr().err

"""What a dead process leaves is shipped once, to its own server, by whoever comes next."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import lineside
from lineside._folder import Folder, leftovers
from lineside._leftovers import ship_folder
from lineside._record import event_record


def note(text: str) -> bytes:
    return event_record({"type": "note", "ts": 1.0, "step": 0, "text": text})


@pytest.fixture
def leave(server: Any, spool_dir: Path) -> Callable[..., Path]:
    """Leave a spool with one note behind, as a process that was killed does."""

    def begin(run: str = "old", **about: Any) -> Path:
        told = {"writer": f"w-{run}", "server": server.url, "mode": "online", "open": {"id": run}, **about}
        folder = Folder.create(spool_dir, told)
        folder.segment(1).write_bytes(note("left") + note("torn")[:-1])
        folder.release()
        return folder.path

    return begin


def texts(server: Any, run: str) -> list[str]:
    return [event["text"] for event in server.events(run, "note")]


def test_the_next_run_ships_what_is_left(server: Any, start: Any, leave: Any) -> None:
    path = leave()
    start().finish()
    assert texts(server, "old") == ["left"]
    assert not path.exists()


def test_what_is_left_of_the_same_run_comes_first(server: Any, start: Any, leave: Any) -> None:
    leave("again")
    run = start(id="again", resume="allow")
    run.note("new", step=1)
    run.finish()
    assert texts(server, "again") == ["left", "new"]
    assert next(told["writer"] for path, _, told in server.requests if path == "/runs") == "w-again"


@pytest.mark.parametrize("about", [{"server": "http://elsewhere:1"}, {"mode": "offline"}, {"refused": 409}])
def test_some_spools_are_not_for_the_next_run(server: Any, start: Any, leave: Any, about: dict[str, Any]) -> None:
    path = leave(**about)
    start().finish()
    assert texts(server, "old") == []
    assert path.exists()


def test_the_spool_of_a_live_process_is_let_be(server: Any, start: Any, leave: Any) -> None:
    folder = Folder.adopt(leave())
    assert folder is not None
    start().finish()
    assert texts(server, "old") == []
    folder.release()


def test_a_spool_is_adopted_by_one(leave: Any) -> None:
    path = leave()
    first = Folder.adopt(path)
    assert first is not None
    assert Folder.adopt(path) is None
    first.release()


def test_a_spool_of_a_later_format_is_let_be(leave: Any) -> None:
    path = leave()
    text = (path / "run.json").read_text().replace('"format": 1', '"format": 2')
    (path / "run.json").write_text(text)
    assert Folder.adopt(path) is None
    assert path.exists()


def test_a_spool_without_a_readable_description_is_passed_over(
    spool_dir: Path, leave: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path = leave()
    (path / "run.json").write_text("{")
    assert list(leftovers(spool_dir)) == [path]
    assert Folder.adopt(path) is None
    assert "cannot be read" in capsys.readouterr().err


def test_a_refused_spool_says_why_and_stays(server: Any, leave: Any) -> None:
    folder = Folder.adopt(leave())
    assert folder is not None
    server.runs["old"] = {"opened": {}, "writers": ["other"], "last_step": None}
    outcome = ship_folder(folder, server.url, None)
    assert (outcome.state, outcome.run) == ("refused", "old")
    assert "exists already" in outcome.reason
    assert folder.path.exists()


def test_a_server_that_is_away_leaves_the_spool(leave: Any) -> None:
    folder = Folder.adopt(leave())
    assert folder is not None
    assert ship_folder(folder, "http://127.0.0.1:9", None).state == "unreachable"
    assert folder.path.exists()


def test_an_outcome_counts_what_was_damaged(server: Any, leave: Any) -> None:
    path = leave()
    (path / "00000001.seg").write_bytes(note("a") + b"rubbish" + note("b"))
    folder = Folder.adopt(path)
    assert folder is not None
    outcome = ship_folder(folder, server.url, None)
    assert (outcome.state, outcome.records, outcome.damaged) == ("sent", 2, 1)
    assert server.events("old", "gap") == [{"type": "gap", "records": 1}]


def test_a_run_in_the_same_process_is_no_leftover(server: Any, start: Any) -> None:
    first = start()
    first.log({"a": 1})
    second = lineside.init(server=server.url, dir=first._held.folder.path.parent.parent)
    assert second.finish()
    assert server.status(first.id) == "finished"
    assert len(server.points(first.id)) == 1

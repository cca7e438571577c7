"""The sender ships everything once, whatever the server does, and goes quiet when it is told to."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lineside._folder import Folder
from lineside._http import Link
from lineside._keyset import KeySet
from lineside._sender import Pace, Sender
from lineside._spool import Spool

HASTY = Pace(interval=0.01, heartbeat=30.0, first_wait=0.01, longest_wait=0.05)


class Writer:
    """A spool with its sender, at a pace that suits a test."""

    def __init__(
        self, root: Path, url: str, pace: Pace, *, resume: str = "never", token: str | None = None, run: str = "r"
    ) -> None:
        about = {"writer": "w1", "server": url, "mode": "online", "open": {"id": run, "resume": resume}}
        self.spool = Spool(Folder.create(root, about), 1 << 30, resumes=resume != "never")
        self.commands: list[str] = []
        self.keyset = KeySet(("a",))
        self.sender = Sender(self.spool, root, Link(url, token), self.commands.append, pace=pace)
        self.sender.start()

    def log(self, step: int | None) -> None:
        self.spool.point(self.keyset, step, 1.0, [1.0])

    def finish(self) -> bool:
        self.spool.event({"type": "finish", "ts": 1.0, "status": "finished"}, last=True)
        self.sender.hurry()
        self.sender.join(20)
        return self.sender.complete


@pytest.fixture
def begin(server: Any, spool_dir: Path) -> Iterator[Callable[..., Writer]]:
    made = []

    def make(pace: Pace = HASTY, **options: Any) -> Writer:
        made.append(Writer(spool_dir, server.url, pace, **options))
        return made[-1]

    yield make
    for writer in made:
        writer.finish()
        writer.spool.close()
        writer.spool.folder.release()


def steps(server: Any, run: str = "r") -> list[int]:
    return [point.step for point in server.points(run)]


def test_records_arrive_and_the_spool_is_gone(server: Any, begin: Any, wait: Any, spool_dir: Path) -> None:
    writer = begin()
    for step in range(100):
        writer.log(step)
    wait(lambda: len(steps(server)) == 100)
    assert writer.sender.state == "online"
    assert writer.finish()
    assert steps(server) == list(range(100))
    assert server.status("r") == "finished"
    assert list((spool_dir / "spool").iterdir()) == []
    opened = server.requests[0][2]
    assert (opened["id"], opened["writer"], opened["resume"]) == ("r", "w1", "never")
    assert isinstance(opened["hello_ts"], float)


def test_an_idle_run_sends_a_record_at_once(server: Any, begin: Any, wait: Any) -> None:
    writer = begin(Pace(interval=1_000.0, heartbeat=1_000.0))
    wait(lambda: writer.sender.state == "online")
    writer.log(0)
    wait(lambda: steps(server) == [0])  # not after the interval


def test_a_busy_run_gathers_records(server: Any, begin: Any, wait: Any) -> None:
    writer = begin(Pace(interval=0.2, heartbeat=1_000.0))
    wait(lambda: writer.sender.state == "online")
    for step in range(2_000):
        writer.log(step)
    wait(lambda: len(steps(server)) == 2_000)
    assert len(server.batches) <= 3


def test_a_busy_run_that_nobody_watches_gathers_longer(server: Any, begin: Any, wait: Any) -> None:
    pace = Pace(interval=0.01, unwatched=1_000.0, heartbeat=1_000.0)
    server.unwatched = {"lonely"}
    lonely, watched = begin(pace, run="lonely"), begin(pace, run="watched")
    wait(lambda: {lonely.sender.state, watched.sender.state} == {"online"})
    for step in range(150):
        lonely.log(step)
        watched.log(step)
        if step % 5 == 4:  # the batch of the one that is watched is waited for: so long the other has for its own
            wait(lambda logged=step + 1: len(steps(server, "watched")) == logged)
    assert len([batch for batch in server.batches if batch["run"] == "lonely"]) <= 5
    assert lonely.finish()  # the end cuts it short
    assert steps(server, "lonely") == steps(server, "watched") == list(range(150))


def test_a_lost_answer_is_asked_for_again_with_the_same_batch(server: Any, begin: Any, wait: Any) -> None:
    server.faults.extend([("lost", None), ("lost", None)])  # that of opening the run, too
    writer = begin()
    wait(lambda: writer.sender.state == "online")
    for step in range(10):
        server.faults.append(("lost", None))
        writer.log(step)
        wait(lambda: not server.faults)
    assert writer.finish()
    assert steps(server) == list(range(10))
    assert server.contradictions == []
    duplicates = len(server.batches) - len({batch["seq"] for batch in server.batches})
    assert duplicates == 10


@pytest.mark.parametrize("trouble", [500, 502, 503, 507, 429, 408])
def test_a_server_in_trouble_is_waited_for(server: Any, begin: Any, trouble: int) -> None:
    server.faults.extend([trouble, trouble])
    writer = begin()
    writer.log(1)
    server.faults.extend([trouble] * 3)
    assert writer.finish()
    assert steps(server) == [1]


def test_what_a_server_asks_for_is_waited_for_in_full(server: Any, begin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = begin()
    pauses: list[float] = []
    monkeypatch.setattr(writer.sender, "_rest", lambda until, **_: pauses.append(until - time.monotonic()))
    for _ in range(50):
        writer.sender._back_off("it answers 429", 7.0)
    assert all(6.9 < pause <= 8.75 for pause in pauses)


def test_a_throttled_batch_is_lost_nowhere(server: Any, begin: Any) -> None:
    writer = begin()
    writer.log(1)
    server.faults.extend([(429, {"Retry-After": "0"})] * 3)
    for step in range(2, 20):
        writer.log(step)
    assert writer.finish()
    assert steps(server) == list(range(1, 20))
    assert server.contradictions == []


def test_a_server_that_comes_back_gets_everything(
    server: Any, begin: Any, wait: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    writer = begin()
    writer.log(0)
    wait(lambda: steps(server) == [0])
    server.stop()
    for step in range(1, 500):
        writer.log(step)
    wait(lambda: writer.sender.state == "waiting")
    server.start()
    wait(lambda: len(steps(server)) == 500)
    assert writer.finish()
    assert steps(server) == list(range(500))
    said = capsys.readouterr().err
    assert said.count("cannot be reached") == 1
    assert said.count("answers again") == 1


@pytest.mark.parametrize("status", [401, 403, 404, 409, 410])
def test_a_refused_run_goes_on_offline_and_keeps_its_spool(
    server: Any, begin: Any, wait: Any, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    server.faults.append(status)
    writer = begin()
    wait(lambda: writer.sender.state == "offline")
    writer.log(1)
    assert not writer.finish()
    assert writer.spool.folder.segment(1).stat().st_size > 0
    assert server.batches == []
    assert capsys.readouterr().err.count("goes on offline") == 1


def test_a_run_that_is_deleted_on_the_way_goes_on_offline(server: Any, begin: Any, wait: Any) -> None:
    writer = begin()
    writer.log(0)
    wait(lambda: steps(server) == [0])
    del server.runs["r"]
    writer.log(1)
    wait(lambda: writer.sender.state == "offline")


@pytest.mark.parametrize("status", [400, 413, 415, 422])
def test_a_refused_batch_is_lost_and_said(
    server: Any, begin: Any, wait: Any, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    writer = begin()
    wait(lambda: writer.sender.state == "online")
    server.faults.append(status)
    writer.log(0)
    wait(lambda: not server.faults)
    writer.log(1)
    assert writer.finish()
    assert steps(server) == [1]
    assert "refused a batch of 1 records" in capsys.readouterr().err


def test_what_answers_but_is_no_lineside_server_is_waited_for(server: Any, begin: Any) -> None:
    server.faults.extend([200, 200])
    writer = begin()
    writer.log(1)
    server.faults.append(200)
    assert writer.finish()
    assert steps(server) == [1]


def test_commands_are_passed_on(server: Any, begin: Any, wait: Any) -> None:
    writer = begin()
    server.commands = ["stop"]
    writer.log(0)
    wait(lambda: writer.commands)
    assert writer.commands[0] == "stop"


def test_a_silent_run_says_that_it_is_alive(server: Any, begin: Any, wait: Any) -> None:
    begin(Pace(interval=0.01, heartbeat=0.05))
    wait(lambda: len(server.events("r", "heartbeat")) >= 2)


def test_a_resumed_run_counts_on_from_the_server(server: Any, begin: Any, wait: Any) -> None:
    server.runs["r"] = {"opened": {}, "writers": ["w0"], "last_step": 41}
    server.faults.append(503)
    writer = begin(resume="allow")
    writer.log(None)  # before the server has said where it stands
    wait(lambda: steps(server) == [42])
    writer.log(None)
    assert writer.finish()
    assert steps(server) == [42, 43]


def test_the_token_is_sent(server: Any, begin: Any) -> None:
    server.token = "geheim"
    writer = begin(token="geheim")
    writer.log(1)
    assert writer.finish()
    assert steps(server) == [1]


def test_a_run_that_logs_once_an_interval_is_not_kept_waiting() -> None:
    pace = Pace(interval=0.1)
    assert pace.after(2) == 0.1
    assert pace.after(1) < 0.1
    assert pace.after(1, watched=False) < 0.1  # what is logged seldom arrives at once, whoever looks
    assert pace.after(2, watched=False) == 1.0

"""What silence does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lineside_server.store import tables
from lineside_server.store.sweep import sweep

if TYPE_CHECKING:
    from tests.server.store.conftest import Box


def swept(box: Box, since: float = 0.0) -> list[str]:
    return [run.state for run in sweep(box.store, box.clock.now(), since).result()]


def test_a_silent_run_is_lost_and_a_word_brings_it_back(box: Box) -> None:
    box.open()
    box.clock.advance(60)
    assert swept(box) == []
    box.clock.advance(1)
    assert swept(box) == ["lost"]
    assert "61 s" in str(box.run().state_reason)
    assert swept(box) == []
    run = box.send(1, box.event("heartbeat")).run
    assert (run.state, run.state_reason) == ("running", None)


def test_a_restart_of_the_server_declares_no_run_dead(box: Box) -> None:
    box.open()
    box.clock.advance(3600)
    assert swept(box, since=box.clock.now()) == []
    box.clock.advance(61)
    assert swept(box, since=box.clock.now() - 61) == ["lost"]


def test_a_run_that_lives_and_logs_nothing_is_stalled(box: Box) -> None:
    box.open()
    box.log(1, [0], loss=[1.0])
    box.clock.advance(61)
    box.send(2, box.event("heartbeat"))
    assert swept(box) == ["stalled"]
    assert box.send(3, box.event("heartbeat")).run.state == "stalled"
    assert box.log(4, [1], loss=[1.0]).run.state == "running"


def test_a_slow_run_has_ten_of_its_own_steps(box: Box) -> None:
    box.open()
    for step in range(5):
        box.log(step, [step], loss=[1.0])
        box.clock.advance(30)
    for beat in range(9):
        box.clock.advance(30)
        box.send(100 + beat, box.event("heartbeat"))
        assert swept(box) == []
    box.clock.advance(31)
    box.send(200, box.event("heartbeat"))
    assert swept(box) == ["stalled"]


def test_a_run_that_has_not_begun_to_log_is_not_stalled(box: Box) -> None:
    box.open()
    for beat in range(20):
        box.clock.advance(50)
        box.send(beat, box.event("heartbeat"))
        assert swept(box) == []


def test_ended_runs_are_let_be_and_their_late_batches_sealed(box: Box) -> None:
    box.open()
    box.send(1, box.event("finish", status="finished"))
    box.log(2, [0], loss=[1.0])
    box.clock.advance(1000)
    assert swept(box) == []
    with box.store.reader() as connection:
        assert connection.execute(tables.journal.select()).all() == []
    assert box.points("loss") == {0: 1.0}

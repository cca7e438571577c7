"""Which attempt points belong to, and what an attempt still shows."""

from typing import Any

from lineside_server.core.runs import Attempt
from lineside_server.core.steps import LAST_STEP
from lineside_server.store.attempts import Writer, choose, outlived, visible


def writer(name: str, opened_at: float = 0.0, **fields: Any) -> Writer:
    """Heard last when it opened, unless said otherwise."""
    known = {"attempt": 1, "pending": False, "clock_offset": 0.0, "heard_at": opened_at} | fields
    return Writer(name, opened_at=opened_at, **known)


FIRST = Attempt(1, 0, 0.0)
SECOND = Attempt(2, 5, 100.0)


def test_a_resumed_writer_that_goes_back_begins_an_attempt() -> None:
    resumed, gone = writer("b", 100.0, pending=True), writer("a", told_at=90.0, heard_at=90.0)
    assert choose(resumed, [gone, resumed], FIRST, (5, 9), None) == 2
    assert choose(resumed, [gone, resumed], FIRST, (9, 9), None) == 2


def test_a_resumed_writer_that_goes_on_stays() -> None:
    assert choose(writer("b", 100.0, pending=True), [], FIRST, (10, 9), None) == 1
    assert choose(writer("b", 100.0, pending=True), [], FIRST, (10, None), None) == 1


def test_only_the_first_points_of_a_resumed_writer_decide() -> None:
    assert choose(writer("b", 100.0, pending=False), [], FIRST, (5, 9), None) == 1


def test_writers_that_are_alive_together_share() -> None:
    resumed = writer("b", 100.0, pending=True)
    assert choose(resumed, [writer("a", told_at=101.0)], FIRST, (5, 9), None) == 1
    assert choose(resumed, [writer("a", heard_at=101.0)], FIRST, (5, 9), None) == 1


def test_what_a_dead_writer_left_over_does_not_make_it_alive() -> None:
    resumed, shipped_late = writer("b", 100.0, pending=True), writer("a", heard_at=101.0, told_at=50.0)
    assert choose(resumed, [shipped_late], FIRST, (5, 9), None) == 2


def test_a_finished_writer_shares_with_nobody() -> None:
    resumed = writer("b", 100.0, pending=True)
    assert choose(resumed, [writer("a", told_at=101.0, finished=True)], FIRST, (5, 9), None) == 2


def test_leftovers_go_to_their_writers_attempt_and_live_words_to_the_newest() -> None:
    early = writer("a")
    assert choose(early, [], SECOND, (7, 9), 99.0) == 1
    assert choose(early, [], SECOND, (7, 9), None) == 1
    assert choose(early, [], SECOND, (7, 9), 101.0) == 2


def test_a_finish_ends_a_run_unless_someone_else_goes_on() -> None:
    early, late = writer("a", 0.0, told_at=10.0, heard_at=10.0), writer("b", 100.0, heard_at=200.0)
    assert not outlived(late, [early, late], 200.0, 200.0)
    assert outlived(early, [early, late], 200.0, 200.0)  # the newer one was heard just now
    assert outlived(early, [early, late], 9e9, 50.0)  # told before the run was opened again
    assert not outlived(early, [early, late], 9e9, 9e9)  # the newer one is silent
    beside = writer("c", 0.0, told_at=199.0, heard_at=199.0)
    assert outlived(late, [beside], 200.0, 200.0)


def test_an_attempt_is_hidden_from_the_first_step_of_any_later_one() -> None:
    attempts = [Attempt(1, 0, 0.0), Attempt(2, 50, 0.0), Attempt(3, 30, 0.0)]
    assert visible(attempts) == [(1, 29), (2, 29), (3, LAST_STEP)]
    assert visible(attempts, 2) == [(2, LAST_STEP)]
    assert visible(attempts, 4) == []
    assert visible([Attempt(1, None, 0.0)]) == [(1, LAST_STEP)]

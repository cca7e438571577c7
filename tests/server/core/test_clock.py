"""Time that is passed in."""

import time

from lineside_server.core.clock import ManualClock, SystemClock


def test_a_manual_clock_stands_still_until_it_is_wound() -> None:
    clock = ManualClock(100.0)
    assert (clock.now(), clock.now()) == (100.0, 100.0)
    clock.advance(2.5)
    assert clock.now() == 102.5


def test_a_clock_that_is_set_back_leaves_the_elapsed_time_alone() -> None:
    clock = ManualClock(100.0)
    clock.advance(5)
    clock.jump(-3600)
    assert clock.now() == 105 - 3600
    assert clock.monotonic() == 5


def test_the_system_clock_gives_unix_seconds() -> None:
    before = time.time()
    assert before <= SystemClock().now() <= time.time()
    assert SystemClock().monotonic() <= SystemClock().monotonic()

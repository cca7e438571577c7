"""Who fails too often waits, and nobody else does."""

from lineside_server.core import throttle
from lineside_server.core.throttle import Throttle


def test_so_many_failures_then_a_wait() -> None:
    door = Throttle(3, 60.0)
    for at in (0.0, 10.0, 20.0):
        assert door.wait_s("a", at) == 0.0
        door.failed("a", at)
    assert door.wait_s("a", 25.0) == 35.0
    assert door.wait_s("b", 25.0) == 0.0
    assert door.wait_s("a", 60.0) == 0.0
    door.failed("a", 60.0)
    assert door.wait_s("a", 61.0) == 9.0


def test_who_waited_long_enough_begins_anew() -> None:
    door = Throttle(1, 60.0)
    door.failed("a", 0.0)
    assert door.wait_s("a", 59.0) == 1.0
    assert door.wait_s("a", 100.0) == 0.0


def test_many_callers_take_no_more_room_than_allowed() -> None:
    door = Throttle(1, 60.0)
    for number in range(throttle.MOST_CALLERS + 5):
        door.failed(str(number), 0.0)
    assert len(door._failures) == throttle.MOST_CALLERS
    assert door.wait_s("0", 1.0) == 0.0
    assert door.wait_s(str(throttle.MOST_CALLERS), 1.0) == 59.0

"""So many turns a second in the long run, a burst at once, and no caller at the cost of another."""

import pytest

from lineside_server.core.rates import BURST_S, MOST_CALLERS, Rates


def test_a_burst_is_let_through_and_then_one_at_a_time() -> None:
    rates = Rates(2.0)
    assert [rates.take("a", 0.0) for _ in range(int(2 * BURST_S))] == [0.0] * int(2 * BURST_S)
    assert rates.take("a", 0.0) == pytest.approx(0.5)
    assert rates.take("a", 0.25) == pytest.approx(0.25)  # what is refused costs nothing
    assert rates.take("a", 0.5) == 0.0
    assert rates.take("a", 0.5) == pytest.approx(0.5)


def test_callers_do_not_share() -> None:
    rates = Rates(0.1)
    assert rates.take("a", 0.0) == 0.0
    assert rates.take("a", 0.0) > 0
    assert rates.take("b", 0.0) == 0.0


def test_who_rests_may_do_as_much_as_at_first() -> None:
    rates = Rates(1.0)
    for _ in range(int(BURST_S)):
        rates.take("a", 0.0)
    assert [rates.take("a", 1_000.0) for _ in range(int(BURST_S))] == [0.0] * int(BURST_S)
    assert rates.take("a", 1_000.0) > 0


def test_callers_without_end_take_no_room_without_end() -> None:
    rates = Rates(1.0)
    for n in range(3 * MOST_CALLERS):
        assert rates.take(str(n), float(n) / 1_000) == 0.0
        assert len(rates._spent) <= MOST_CALLERS

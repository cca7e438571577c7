"""What is spent stays within what is earned, but for one piece of work."""

from hypothesis import given
from hypothesis import strategies as st

from lineside._budget import Budget, Pace


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 100)), max_size=60))
def test_all_but_one_piece_of_work_is_paid_for(steps: list[tuple[float, float]]) -> None:
    budget, earned, spent, dearest = Budget(), 0.0, 0.0, 0.0
    for income, cost in steps:
        budget.earn(income)
        earned += income
        if budget.allows():
            budget.spend(cost)
            spent += cost
            dearest = max(dearest, cost)
    assert spent <= earned + dearest + 1e-9


def test_work_that_can_be_afforded_is_always_done() -> None:
    budget = Budget()
    for _ in range(100):
        budget.earn(1.0)
        assert budget.allows()
        budget.spend(0.9)


def test_what_is_not_spent_is_not_saved_up() -> None:
    budget = Budget()
    for _ in range(100):
        budget.earn(1.0)
    budget.spend(3.0)
    budget.earn(1.0)
    assert not budget.allows()
    budget.earn(1.0)
    assert budget.allows()


def test_a_pause_is_no_step() -> None:
    pace = Pace()
    assert [pace.step(now) for now in (5.0, 6.0, 7.0, 1_007.0, 1_008.0)] == [0.0, 1.0, 1.0, 2.0, 1.0]


def test_the_pace_follows_the_steps() -> None:
    pace = Pace()
    now, seconds = 0.0, 0.0
    for _ in range(100):
        now += 1.0
        pace.step(now)
    for _ in range(20):
        now += 10.0
        seconds = pace.step(now)
    assert seconds == 10.0

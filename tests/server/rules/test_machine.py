"""The life of an alert: cut anywhere, the same transitions at the same points."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lineside_server.core.findings import Finding
from lineside_server.rules.machine import Case, Transition, advance
from lineside_server.rules.model import Hold, Reading

HOLDS = st.builds(
    Hold,
    points=st.integers(1, 4),
    steps=st.integers(0, 8),
    seconds=st.sampled_from([0.0, 3.0]),
    keep_points=st.integers(1, 4),
    keep_steps=st.integers(0, 8),
    keep_seconds=st.sampled_from([0.0, 3.0]),
)
LEVELS = st.lists(st.sampled_from([0, 0, 1, 2, 3]), min_size=1, max_size=60)


def reading(levels: list[int], begin: int = 0) -> Reading:
    steps = np.arange(begin, begin + len(levels)) * 2

    def tell(i: int) -> Finding:
        return Finding(f"level {levels[i]}", {}, {}, (int(steps[i]), int(steps[i])), ())

    return Reading("train", steps, steps.astype(np.float64) / 2, np.array(levels, np.int8), tell)


def told(levels: list[int], hold: Hold, cuts: list[int] | None = None) -> list[Transition]:
    case = Case()
    said: list[Transition] = []
    for begin, end in pairwise([0, *sorted(cuts or []), len(levels)]):
        said += advance("rule", case, reading(levels[begin:end], begin), hold)
    return [one for one in said if one.kind != "refreshed"]


@given(LEVELS, HOLDS, st.lists(st.integers(0, 60), max_size=8))
def test_any_cut_gives_the_same_transitions(levels: list[int], hold: Hold, cuts: list[int]) -> None:
    assert told(levels, hold, [min(cut, len(levels)) for cut in cuts]) == told(levels, hold)


@given(LEVELS, HOLDS)
def test_what_fires_was_a_breach_for_as_long_as_the_hold_asks(levels: list[int], hold: Hold) -> None:
    for one in told(levels, hold):
        if one.kind != "fired":
            continue
        at = one.step // 2
        since = max((place + 1 for place in range(at) if levels[place] == 0), default=0)
        assert at - since + 1 >= hold.points
        assert 2 * (at - since) >= hold.steps
        assert at - since >= hold.seconds


def test_a_breach_in_one_point_fires_at_once_and_is_resolved_with_the_next() -> None:
    assert [(t.kind, t.step) for t in told([0, 2, 0, 0], Hold())] == [("fired", 2), ("resolved", 4)]


def test_a_breach_that_ends_too_early_says_nothing() -> None:
    assert told([0, 2, 2, 0, 2, 2, 0], Hold(points=3)) == []


def test_it_fires_at_the_worst_level_met_and_is_raised_but_never_lowered() -> None:
    said = told([1, 2, 1, 3, 1], Hold(points=2))
    assert [(t.kind, t.step, int(t.level)) for t in said] == [("fired", 2, 2), ("raised", 6, 3)]


def test_a_flapping_metric_that_is_kept_is_one_alert() -> None:
    said = told([2, 0] * 100 + [0] * 20, Hold(keep_points=5))
    assert [t.kind for t in said] == ["fired", "resolved"]


def test_an_alert_is_told_of_as_it_last_was_before_it_is_resolved() -> None:
    said = list(advance("rule", Case(), reading([2, 2, 3, 2, 0]), Hold()))
    assert [(t.kind, t.step) for t in said] == [("fired", 0), ("raised", 4), ("refreshed", 6), ("resolved", 8)]
    assert said[-1].last_step == 6

"""Windows as arrays: what the slow loop over each point says, they say."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside_server.rules.tape import Points, Track
from lineside_server.rules.windows import (
    as_of,
    exactly_at,
    finite,
    median_of,
    medians,
    preceding,
    recent,
    running_min,
    streaks,
    trailing,
)

numbers = st.lists(st.floats(-1e6, 1e6) | st.just(math.nan) | st.just(math.inf), min_size=1, max_size=60)


def slow(values: list[float], least: int) -> float:
    kept = [value for value in values if math.isfinite(value)]
    return float(np.median(kept)) if len(kept) >= max(least, 1) else math.nan


@given(numbers, st.integers(1, 9), st.integers(1, 4))
def test_medians_are_those_of_each_window(values: list[float], width: int, least: int) -> None:
    array = finite(np.array(values))
    before = [slow(values[max(0, i - width) : i], least) for i in range(len(values))]
    upto = [slow(values[max(0, i + 1 - width) : i + 1], least) for i in range(len(values))]
    np.testing.assert_allclose(medians(preceding(array, width), least), before, rtol=1e-9)
    np.testing.assert_allclose(medians(trailing(array, width), least), upto, rtol=1e-9)


def test_many_windows_are_looked_at_in_parts() -> None:
    array = np.arange(5000.0)
    assert medians(trailing(array, 3), 3)[4000] == 3999.0
    assert len(medians(np.empty((0, 3)), 1)) == 0


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.integers(0, 40), st.integers(0, 9))
def test_streaks_go_on_where_they_were_cut(flags: list[bool], cut: int, before: int) -> None:
    whole = streaks(np.array(flags), before)
    first = streaks(np.array(flags[:cut], np.bool_), before)
    rest = streaks(np.array(flags[cut:], np.bool_), int(first[-1]) if len(first) else before)
    assert [*first, *rest] == whole.tolist()
    counted, run = [], before
    for flag in flags:
        run = run + 1 if flag else 0
        counted.append(run)
    assert whole.tolist() == counted


def test_the_least_so_far_passes_over_what_is_not_finite() -> None:
    values = np.array([math.nan, 3.0, math.inf, 2.0, math.nan, 5.0])
    assert running_min(values, math.inf).tolist() == [math.inf, 3.0, 3.0, 2.0, 2.0, 2.0]
    assert running_min(values, 2.5).tolist() == [2.5, 2.5, 2.5, 2.0, 2.0, 2.0]


def test_values_as_of_a_step_and_at_it_exactly() -> None:
    points = Points(np.array([10, 20, 30]), np.zeros(3), np.array([1.0, 2.0, 3.0]))
    steps = np.array([5, 10, 19, 30, 99])
    np.testing.assert_array_equal(as_of(points, steps), [math.nan, 1.0, 1.0, 3.0, 3.0])
    np.testing.assert_array_equal(exactly_at(points, steps), [math.nan, 1.0, math.nan, 3.0, math.nan])
    assert np.isnan(as_of(Points(), steps)).all()
    assert np.isnan(exactly_at(Points(), steps)).all()


def test_the_past_of_a_track_is_as_long_as_there_is() -> None:
    track = Track("a")
    for begin in (0, 10, 20):
        steps = np.arange(begin, begin + 10)
        track.add(Points(steps, steps.astype(np.float64), steps.astype(np.float64)))
    points, begin = recent(track, 5)
    assert (points.steps[0], begin, len(points)) == (15, 5, 15)
    assert recent(track, 99)[1] == 20


@pytest.mark.parametrize(
    ("values", "least", "median"), [([1.0, math.inf, 3.0], 1, 2.0), ([1.0], 2, None), ([], 0, None)]
)
def test_a_median_needs_enough_finite_values(values: list[float], least: int, median: float | None) -> None:
    found = median_of(np.array(values), least)
    assert found == median or (median is None and math.isnan(found))

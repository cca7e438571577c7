"""A projection holds the truth on straight, bent and noisy courses, and says when it cannot tell."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineside_server.core.projection import projected

STEPS = np.arange(100.0, 2100.0, 100.0)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 1000), st.floats(-1e-3, 1e-3))
def test_it_holds_where_a_straight_course_ends(seed: int, slope: float) -> None:
    values = 5 + slope * STEPS + np.random.default_rng(seed).normal(0, 1e-3, len(STEPS))
    interval = projected(STEPS, values, 4000.0)
    assert interval is not None
    low, high = interval
    assert low - 0.02 <= 5 + slope * 4000 <= high + 0.02


@pytest.mark.parametrize("rate", [500.0, 1500.0, 4000.0])
def test_it_holds_where_a_bent_course_ends(rate: float) -> None:
    interval = projected(STEPS, 2 + 3 * np.exp(-STEPS / rate), 4000.0)
    assert interval is not None
    assert interval[0] <= 2 + 3 * np.exp(-4000.0 / rate) <= interval[1]


def test_too_few_points_or_none_that_are_finite_tell_nothing() -> None:
    assert projected(STEPS[:9], STEPS[:9], 4000.0) is None
    assert projected(STEPS, np.full(len(STEPS), np.nan), 4000.0) is None
    assert projected(STEPS, STEPS, 50.0) is None

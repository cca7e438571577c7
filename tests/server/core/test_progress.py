"""Progress: how far, how fast, and when it will be done."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside_server.core.intent import parse_intent
from lineside_server.core.progress import Progress, Updates, progress_of, steps_per_second, total_steps, updates_done

BATCHES = parse_intent({"total_steps": 1000, "accumulation": 16, "step_unit": "batch"})


def test_a_live_run_has_a_pace_and_an_end() -> None:
    pace = [(0, 100.0), (100, 150.0), (200, 200.0)]
    assert progress_of(BATCHES, 200, pace, live=True) == Progress(200, 1000, 0.2, 2.0, 400.0)


def test_a_run_that_is_over_has_no_eta() -> None:
    assert progress_of(BATCHES, 200, [(0, 100.0), (200, 200.0)], live=False).eta_s is None


def test_a_run_without_steps_or_intent_says_nothing() -> None:
    assert progress_of(BATCHES, None, [], live=True) == Progress(None, 1000, None, None, None)
    assert progress_of(parse_intent({}), 5, [], live=True) == Progress(5, None, None, None, None)


def test_a_run_beyond_its_declared_end_is_whole() -> None:
    assert progress_of(BATCHES, 2000, [(0, 0.0), (2000, 10.0)], live=True) == Progress(2000, 1000, 1.0, 200.0, 0.0)


def test_a_pause_is_not_the_pace() -> None:
    steady = [(step, step * 0.5) for step in range(0, 1000, 100)]
    after_lunch = [*steady, (1000, 900 * 0.5 + 3600.0), (1100, 900 * 0.5 + 3650.0)]
    assert steps_per_second(after_lunch) == pytest.approx(2.0)


def test_evaluation_within_the_pace_counts() -> None:
    pace = [(0, 0.0), (100, 50.0), (200, 100.0), (300, 250.0)]
    assert steps_per_second(pace) == pytest.approx(300 / 250)


def test_going_back_is_no_speed() -> None:
    assert steps_per_second([(100, 1.0), (50, 2.0)]) is None
    assert steps_per_second([(100, 1.0), (50, 2.0), (60, 3.0)]) == pytest.approx(10.0)


@given(st.lists(st.tuples(st.integers(0, 2**62), st.floats(0, 2e9))))
def test_speed_is_never_negative(pace: Any) -> None:
    speed = steps_per_second(pace)
    assert speed is None or speed > 0


@pytest.mark.parametrize(
    ("declared", "total"),
    [
        ({"total_steps": 7}, 7),
        ({"epochs": 3, "steps_per_epoch": 24941}, 74823),
        ({"accumulation": 4, "schedule": {"kind": "linear", "peak": 1, "total": 10}}, 40),
        ({"accumulation": 4, "step_unit": "update", "schedule": {"kind": "linear", "peak": 1, "total": 10}}, 10),
        ({"schedule": {"kind": "linear", "peak": 1, "total": 10, "unit": "batch"}}, 10),
        (
            {
                "accumulation": 4,
                "step_unit": "update",
                "schedule": {"kind": "x", "peak": 1, "total": 10, "unit": "batch"},
            },
            3,
        ),
        ({}, None),
    ],
)
def test_the_length_is_told_in_several_ways(declared: Any, total: int) -> None:
    assert total_steps(parse_intent(declared)) == total


def test_updates_are_counted_or_logged() -> None:
    assert updates_done(BATCHES, 1999, None) == Updates(124, 63)
    assert updates_done(BATCHES, 1999, 125.0) == Updates(125, 63)
    assert updates_done(BATCHES, 1999, float("nan")) == Updates(124, 63)
    assert updates_done(parse_intent({"step_unit": "update", "total_steps": 9}), 4, None) == Updates(4, 9)
    assert updates_done(BATCHES, None, None) is None

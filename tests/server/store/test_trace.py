"""What the list of runs shows of each."""

import math
from itertools import pairwise
from typing import Any

import numpy as np

from lineside_server.core.events import Columns
from lineside_server.store.trace import Trace


def columns(steps: list[int], every: float = 1.0, **values: Any) -> Columns:
    at = np.array(steps, np.int64)
    return Columns(at, at.astype(np.float64) * every, {key: np.array(column) for key, column in values.items()})


def test_the_spark_shows_the_training_loss_once_there_is_one() -> None:
    trace = Trace()
    trace.add(columns([0, 1], lr=[1.0, 1.0]))
    assert trace.key == "lr"
    losses: dict[str, Any] = {"eval/loss": [7.0, 7.0], "train/loss": [5.0, math.nan]}
    trace.add(columns([2, 3], lr=[1.0, 1.0], **losses))
    assert (trace.key, trace.spark) == ("train/loss", [(2, 5.0), (3, None)])


def test_the_spark_stays_small_and_spans_the_run() -> None:
    trace = Trace()
    for start in range(0, 10_000, 50):
        trace.add(columns(list(range(start, start + 50)), loss=[float(step) for step in range(start, start + 50)]))
    steps = [step for step, _ in trace.spark]
    assert 32 < len(steps) <= 64
    assert steps[0] == 0
    assert steps[-1] > 9500
    assert all(step == value for step, value in trace.spark)


def test_the_pace_has_anchors_at_least_a_second_apart() -> None:
    trace = Trace()
    for step in range(100):
        trace.add(columns([step], every=0.3, loss=[0.0]))
    assert len(trace.pace) <= 32
    gaps = [after[1] - before[1] for before, after in pairwise(trace.pace)]
    assert min(gaps) >= 1.0


def test_the_usual_gap_is_the_time_between_logged_steps() -> None:
    trace = Trace()
    assert trace.usual_gap() == 0.0
    for step in range(0, 1000, 100):
        trace.add(columns([step], every=2.0, loss=[0.0]))
    assert trace.usual_gap() == 200.0


def test_a_new_attempt_cuts_what_it_hides() -> None:
    trace = Trace()
    trace.add(columns(list(range(10)), loss=[1.0] * 10))
    trace.cut(4)
    assert [step for step, _ in trace.spark] == [0, 1, 2, 3]
    assert trace.pace == []


def test_it_survives_being_stored() -> None:
    trace = Trace()
    trace.add(columns([0, 5], loss=[1.0, math.inf]))
    assert Trace.load(trace.dump()) == trace

"""From which step on a recording can tell its fault."""

from __future__ import annotations

from typing import Any

import pytest

from lineside_trainer.faults.catalogue import find
from lineside_trainer.lab.onset import first_step
from lineside_trainer.lab.tape import Tape
from lineside_trainer.schedule import Plan, Schedule

PLAN = Plan(200, 2, 1)
MEANT = Schedule("linear", 1e-3, 10, 100)


def tape(rates: list[float] | None = None, evals: tuple[int, ...] = (50, 99, 100, 150)) -> Tape:
    """Return a recording of 200 batches in 100 updates, with its rates as meant if none are given."""
    schedule = {"kind": "linear", "peak": 1e-3, "floor": 0.0, "warmup": 10, "total": 100, "unit": "update"}
    intent = {"steps_per_epoch": 200, "accumulation": 2, "epochs": 1, "schedule": schedule}
    events: list[dict[str, Any]] = [
        {"type": "metrics", "step": step, "ts": 0.0, "values": {"lr": rate, "update": float(step // 2)}}
        for step, rate in enumerate(rates or [MEANT.at(batch // 2) for batch in range(200)], 1)
    ]
    events += [{"type": "metrics", "step": step, "ts": 0.0, "values": {"eval/loss": 1.0}} for step in evals]
    return Tape({"intent": intent}, events)


def test_a_rate_tells_when_it_is_far_from_the_declared_one_and_its_neighbours() -> None:
    entry = find("schedule-in-batches")
    slow = find("schedule-in-batches").at(None).schedule(MEANT, PLAN)
    # Update 1 is meant to have 10% of the peak, its neighbours 0% and 20%; at half the speed it has 5%.
    assert first_step(entry, tape([slow.at(batch // 2) for batch in range(200)])) == 3
    with pytest.raises(ValueError, match="The rate is the declared one"):
        first_step(entry, tape())
    late = [MEANT.at(max(0, batch // 2 - 1)) for batch in range(200)]
    with pytest.raises(ValueError, match="The rate is the declared one"):  # a shift of an update is no fault
        first_step(entry, tape(late))


def test_an_evaluation_tells_after_50_updates() -> None:
    assert first_step(find("unweighted-eval"), tape()) == 100
    assert first_step(find("unweighted-eval"), tape(evals=(50, 150, 200))) == 150


def test_what_begins_at_a_step_tells_from_there_and_the_rest_from_the_start() -> None:
    assert first_step(find("nan-clamped"), tape()) == 120
    assert first_step(find("memory-leak"), tape()) == 20
    assert first_step(find("component-dropped"), tape()) == 1

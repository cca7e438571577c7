"""Declared learning rates agree with the schedulers of transformers and torch at every update."""

import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside_server.core.intent import Schedule, parse_intent
from lineside_server.core.schedules import declared_at, declared_rate, updates_of

PEAK = 3e-5
FOUNDING = {
    "step_unit": "batch",
    "accumulation": 16,
    "schedule": {"kind": "linear", "peak": 3e-5, "floor": 0.0, "warmup": 467, "total": 4676, "unit": "update"},
}


def steps(*values: Any) -> Any:
    return np.array(values, dtype=np.int64)


def run_torch_schedule(build: Any, updates: Any) -> Any:
    import torch  # noqa: PLC0415  # slow to import, and only these tests need it

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=PEAK)
    scheduler = build(optimizer)
    rates = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(updates):
            rates.append(scheduler.get_last_lr()[0])
            optimizer.step()
            scheduler.step()
    return np.array(rates)


TRANSFORMERS_CASES = [
    ("constant", {}, {}),
    ("constant_with_warmup", {}, {}),
    ("linear", {}, {}),
    ("cosine", {}, {}),
    ("cosine_with_min_lr", {"floor": 3e-6}, {"min_lr": 3e-6}),
    ("polynomial", {"floor": 1e-7}, {}),
    ("polynomial", {"floor": 1e-6, "power": 2.5}, {"lr_end": 1e-6, "power": 2.5}),
    ("inverse_sqrt", {}, {}),
    ("inverse_sqrt", {"timescale": 300}, {"timescale": 300}),
    ("warmup_stable_decay", {"decay": 60}, {"num_decay_steps": 60}),
    (
        "warmup_stable_decay",
        {"decay": 60, "floor": 3e-6, "warmup_shape": "1-sqrt", "decay_shape": "linear"},
        {"num_decay_steps": 60, "min_lr_ratio": 0.1, "warmup_type": "1-sqrt", "decay_type": "linear"},
    ),
    (
        "warmup_stable_decay",
        {"decay": 60, "warmup_shape": "cosine", "decay_shape": "1-sqrt"},
        {"num_decay_steps": 60, "warmup_type": "cosine", "decay_type": "1-sqrt"},
    ),
]


@pytest.mark.parametrize(("kind", "declared", "options"), TRANSFORMERS_CASES)
@pytest.mark.parametrize("warmup", [0, 37])
def test_it_agrees_with_transformers_at_every_update(kind: str, declared: Any, options: Any, warmup: int) -> None:
    from transformers import get_scheduler  # noqa: PLC0415  # slow to import, and only this test needs it

    total = 300
    needs_warmup = kind != "constant"
    expected = run_torch_schedule(
        lambda optimizer: get_scheduler(
            kind,
            optimizer,
            num_warmup_steps=warmup if needs_warmup else None,
            num_training_steps=total,
            scheduler_specific_kwargs=options,
        ),
        total + 1,
    )
    schedule = Schedule(kind=kind, peak=PEAK, warmup=warmup, total=total, **declared)
    actual = declared_rate(schedule, np.arange(total + 1))
    assert actual is not None
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-24)


def test_one_cycle_agrees_with_torch() -> None:
    from torch.optim.lr_scheduler import OneCycleLR  # noqa: PLC0415  # slow to import

    total = 200
    expected = run_torch_schedule(
        lambda optimizer: OneCycleLR(optimizer, max_lr=PEAK, total_steps=total, pct_start=0.25), total - 1
    )
    schedule = Schedule(kind="one_cycle", peak=PEAK, warmup=50, total=total, floor=PEAK / 25 / 1e4)
    actual = declared_rate(schedule, np.arange(total - 1))
    assert actual is not None
    np.testing.assert_allclose(actual, expected, rtol=1e-9)


def test_step_agrees_with_torch() -> None:
    from torch.optim.lr_scheduler import MultiStepLR, StepLR  # noqa: PLC0415  # slow to import

    every = run_torch_schedule(lambda optimizer: StepLR(optimizer, 30, gamma=0.5), 100)
    actual = declared_rate(Schedule(kind="step", peak=PEAK, every=30, gamma=0.5), np.arange(100))
    np.testing.assert_allclose(actual, every, rtol=1e-12)  # type: ignore[arg-type]  # None fails as well as it should
    marks = run_torch_schedule(lambda optimizer: MultiStepLR(optimizer, [20, 70]), 100)
    actual = declared_rate(Schedule(kind="step", peak=PEAK, milestones=(20, 70)), np.arange(100))
    np.testing.assert_allclose(actual, marks, rtol=1e-12)  # type: ignore[arg-type]  # None fails as well as it should


def test_the_founding_run_is_declared_bit_for_bit() -> None:
    rates = declared_at(parse_intent(FOUNDING), steps(1, 15, 16, 1118, 1999, 2065))
    assert rates is not None
    assert rates.tolist() == [
        0.0, 0.0, 6.423982869379015e-08, 4.4325481798715205e-06, 7.965738758029979e-06, 8.286937901498929e-06,
    ]  # fmt: skip


def test_the_logged_update_goes_before_the_arithmetic() -> None:
    intent = parse_intent({"accumulation": 4})
    logged = (steps(8, 12), np.array([1.0, math.nan]))
    assert updates_of(intent, steps(4, 8, 11, 12, 16), logged).tolist() == [1, 1, 1, 3, 4]


def test_steps_that_are_updates_are_not_divided() -> None:
    intent = parse_intent({"accumulation": 4, "step_unit": "update"})
    assert updates_of(intent, steps(0, 3, 8)).tolist() == [0, 3, 8]


def test_a_schedule_in_batches_counts_batches() -> None:
    plan = {"kind": "linear", "peak": 1.0, "warmup": 100, "total": 200, "unit": "batch"}
    told_in_batches = parse_intent({"accumulation": 4, "step_unit": "batch", "schedule": plan})
    told_in_updates = parse_intent({"accumulation": 4, "step_unit": "update", "schedule": plan})
    assert declared_at(told_in_batches, steps(40)) == pytest.approx([0.4])
    assert declared_at(told_in_updates, steps(10)) == pytest.approx([0.4])


@pytest.mark.parametrize(
    "schedule",
    [
        Schedule(kind="of_my_own", peak=1.0),
        Schedule(kind="linear", peak=1.0),
        Schedule(kind="cosine", peak=1.0),
        Schedule(kind="warmup_stable_decay", peak=1.0, decay=3),
        Schedule(kind="one_cycle", peak=1.0),
        Schedule(kind="step", peak=1.0),
        Schedule(kind="constant", peak=0.0),
    ],
)
def test_what_was_not_declared_in_full_has_no_curve(schedule: Schedule) -> None:
    assert declared_rate(schedule, np.arange(3)) is None


@given(
    kind=st.sampled_from(
        ["linear", "cosine", "polynomial", "inverse_sqrt", "one_cycle", "step", "warmup_stable_decay"]
    ),
    warmup=st.integers(0, 60),
    total=st.integers(1, 200),
    floor=st.floats(0, 1.0),
)
def test_no_rate_leaves_the_span_from_zero_to_the_peak(kind: str, warmup: int, total: int, floor: float) -> None:
    schedule = Schedule(kind=kind, peak=1.0, floor=floor, warmup=warmup, total=total, decay=10, every=7)
    rates = declared_rate(schedule, np.arange(total + 1))
    assert rates is not None
    assert np.all((rates >= 0) & (rates <= 1 + 1e-12))

"""Schedules in updates, against those of transformers."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import get_scheduler

from lineside_trainer.config import Config, LrScheduler
from lineside_trainer.schedule import Plan, Schedule, temperature_at

KINDS = {"linear": "linear", "cosine": "cosine", "constant": "constant_with_warmup"}


def theirs(kind: str, peak: float, warmup: int, total: int) -> list[float]:
    """Return the rate that transformers' scheduler puts into a real optimizer for each update."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=peak)
    scheduler = get_scheduler(KINDS[kind], optimizer, num_warmup_steps=warmup, num_training_steps=total)
    rates = []
    for _ in range(total):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("batches", "accumulation", "epochs"), [(1, 1, 1), (7, 3, 2), (64, 16, 3), (101, 4, 2)])
@pytest.mark.parametrize("warmup", [0, 1, 5, 60])
def test_agrees_with_transformers_at_every_update(
    kind: str, batches: int, accumulation: int, epochs: int, warmup: int
) -> None:
    total = Plan(batches, accumulation, epochs).total_updates
    schedule = Schedule(kind, 3e-5, warmup, total)
    expected = theirs(kind, 3e-5, warmup, total)
    assert [schedule.at(update) for update in range(total)] == pytest.approx(expected, rel=1e-12, abs=1e-20)


def test_the_founding_run_has_4676_updates_and_its_rate_at_update_124() -> None:
    schedule = Schedule("linear", 3e-5, int(0.1 * 4676), 4676)
    assert schedule.warmup == 467
    assert schedule.at(124) == pytest.approx(7.965738758029979e-06, rel=1e-15)
    assert schedule.at(4676) == 0.0


@given(st.integers(1, 200), st.integers(1, 20), st.integers(1, 4))
def test_every_batch_is_in_one_update_and_no_update_spans_epochs(batches: int, accumulation: int, epochs: int) -> None:
    plan = Plan(batches, accumulation, epochs)
    assert plan.total_updates == math.ceil(batches / accumulation) * epochs
    groups = [plan.batches_of(update) for update in range(plan.total_updates)]
    seen = [(epoch, index) for epoch, indices in groups for index in indices]
    assert seen == [(epoch, index) for epoch in range(epochs) for index in range(batches)]
    assert len(seen) == plan.total_batches
    ends = [epoch * batches + indices.stop for epoch, indices in groups]
    assert [plan.steps_after(updates) for updates in range(plan.total_updates + 1)] == [0, *ends]


def test_a_plan_keeps_the_last_smaller_batch() -> None:
    assert Plan.of(Config(batch_size=8, gradient_accumulation_steps=4, num_train_epochs=3), 17) == Plan(3, 4, 3)


def test_warmup_as_a_share_is_rounded_down() -> None:
    assert LrScheduler(warmup_ratio=0.1).warmup(4676) == 467
    assert LrScheduler(warmup_steps=12).warmup(4676) == 12
    assert LrScheduler().warmup(4676) == 0


def test_the_temperature_falls_in_a_straight_line_when_told_to() -> None:
    assert {temperature_at(Config(temperature=2.0), u, 5) for u in range(5)} == {2.0}
    assert {temperature_at(Config(temperature=2.0, min_temperature=3.0), u, 5) for u in range(5)} == {2.0}
    falling = Config(temperature=3.0, min_temperature=1.0)
    assert [temperature_at(falling, u, 5) for u in range(5)] == [3.0, 2.5, 2.0, 1.5, 1.0]
    assert temperature_at(falling, 0, 1) == 3.0

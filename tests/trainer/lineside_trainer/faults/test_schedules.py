"""Faults of the learning rate, seen in the rates that were logged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lineside_trainer.faults.catalogue import find
from lineside_trainer.loop import Job, train
from lineside_trainer.schedule import Plan, Schedule

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.trainer.lineside_trainer.conftest import Recorder

    from lineside_trainer.config import Config

    Rates = Callable[..., list[float]]


@pytest.fixture
def rates(tiny: Config, make_job: Callable[..., Job], recorder: Recorder) -> Rates:
    """Return what trains with a fault (16 batches in 8 updates, 2 of warm-up) and gives the logged rates."""

    def of(name: str, at: int | None = None) -> list[float]:
        scheduler = replace(tiny.lr_scheduler, warmup_steps=2)
        config = replace(tiny, num_train_epochs=1, lr_scheduler=scheduler)
        train(recorder, make_job(config, 64, fault=find(name).at(at)))
        return list(recorder.series["lr"].values())

    return of


MEANT = Schedule("linear", 1e-3, 2, 8)


def test_a_schedule_in_batches_runs_at_half_its_speed(rates: Rates) -> None:
    slow = Schedule("linear", 1e-3, 4, 16)
    assert rates("schedule-in-batches") == [slow.at(batch // 2) for batch in range(16)]
    assert slow.at(7) == pytest.approx(MEANT.at(2), rel=0.3)


def test_a_scheduler_stepped_per_batch_is_through_in_half_the_run(rates: Rates) -> None:
    seen = rates("stepped-per-batch")
    assert seen == [MEANT.at(batch) for batch in range(16)]
    assert seen[8:] == [0.0] * 8


def test_a_scheduler_that_is_never_stepped_stays_at_the_zero_of_its_warmup(rates: Rates, recorder: Recorder) -> None:
    assert rates("scheduler-never-stepped") == [0.0] * 16
    assert set(recorder.series["update_norm"].values()) == {0.0}
    assert len(set(recorder.series["eval/loss"].values())) == 1
    assert min(recorder.series["grad_norm"].values()) > 0


def test_a_scheduler_that_stops_keeps_its_last_rate(rates: Rates) -> None:
    seen = rates("scheduler-stops", 10)  # batch 10 is the end of update 4
    assert seen[:10] == [MEANT.at(batch // 2) for batch in range(10)]
    assert set(seen[10:]) == {MEANT.at(4)}


def test_a_thousandfold_rate_is_that(rates: Rates) -> None:
    assert rates("lr-thousandfold") == pytest.approx([1000 * MEANT.at(batch // 2) for batch in range(16)])


def test_the_intent_stays_what_was_meant(tiny: Config) -> None:
    fault = find("schedule-in-batches").at(None)
    plan = Plan(100, 4, 1)
    assert fault.settings(tiny) == tiny
    assert fault.schedule(Schedule.of(tiny, plan), plan).total == 100
    assert Schedule.of(tiny, plan).total == 25

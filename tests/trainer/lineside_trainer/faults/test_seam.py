"""The seam: without a fault it changes nothing, and a timed fault knows its step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from lineside_trainer.faults.seam import Fault, TimedFault
from lineside_trainer.loop import Job, train
from lineside_trainer.schedule import Plan, Schedule

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.trainer.lineside_trainer.conftest import Recorder

    from lineside_trainer.config import Config

    MakeJob = Callable[..., Job]


def test_no_fault_answers_what_was_meant(tiny: Config, make_job: MakeJob) -> None:
    fault, plan, job = Fault(), Plan(10, 2, 1), make_job(tiny)
    schedule = Schedule.of(tiny, plan)
    batch = job.blocks.epoch(0, 4, 0)[0]
    losses = job.objective(batch, 2.0)
    assert fault.settings(tiny) is tiny
    assert fault.schedule(schedule, plan) is schedule
    assert fault.training(job.objective) is fault.evaluation(job.objective) is job.objective
    assert fault.rate(schedule, 3, 7) == schedule.at(3)
    assert fault.batch(1, batch) is batch
    assert fault.losses(1, losses) is losses


def test_a_fault_that_has_not_begun_leaves_the_run_as_it_is(
    tiny: Config, make_job: MakeJob, make_recorder: type[Recorder]
) -> None:
    runs = make_recorder(), make_recorder()
    waiting = TimedFault()
    waiting.at = 99
    for run, fault in zip(runs, (Fault(), waiting), strict=True):
        train(run, make_job(tiny, fault=fault))
    assert runs[0].series["train/loss"] == runs[1].series["train/loss"]
    assert runs[0].series["eval/loss"] == runs[1].series["eval/loss"]


def test_a_timed_fault_begins_at_its_step_or_at_its_share_of_the_run() -> None:
    given, shared = TimedFault(), TimedFault()
    given.at = 7
    trainee = torch.nn.Module()
    for fault in (given, shared):
        fault.begin(Plan(50, 2, 2), trainee)  # type: ignore[arg-type] # no fault with a step looks at it
    assert (given.at, shared.at) == (7, 60)

"""Faults of the learning rate: a schedule of the wrong length or height, or one that is stepped wrongly."""

# ruff: noqa: ARG002 (a hook is given whatever any fault may need)

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lineside_trainer.faults.seam import Fault, TimedFault

if TYPE_CHECKING:
    from lineside_trainer.models import Trainee
    from lineside_trainer.schedule import Plan, Schedule


class ScheduleInBatches(Fault):
    """The scheduler is told the number of batches, and stepped once an update."""

    def schedule(self, meant: Schedule, plan: Plan) -> Schedule:
        return replace(meant, warmup=meant.warmup * plan.accumulation, total=plan.total_batches)


class SteppedPerBatch(Fault):
    """The scheduler is built for updates, and stepped after every batch."""

    def rate(self, schedule: Schedule, update: int, batch: int) -> float:
        return schedule.at(batch)


class NeverStepped(Fault):
    """The rate stays what the scheduler set when it was built: with a warm-up, zero."""

    def rate(self, schedule: Schedule, update: int, batch: int) -> float:
        return schedule.at(0)


class StopsBeingStepped(TimedFault):
    """The rate stays what it was at a step."""

    share = 0.4

    def begin(self, plan: Plan, trainee: Trainee) -> None:
        super().begin(plan, trainee)
        self.last = next(update for update in range(plan.total_updates) if plan.steps_after(update + 1) >= self.at)

    def rate(self, schedule: Schedule, update: int, batch: int) -> float:
        return schedule.at(min(update, self.last))


class ThousandfoldRate(Fault):
    """3e-3 was written as 3."""

    def schedule(self, meant: Schedule, plan: Plan) -> Schedule:
        return replace(meant, peak=1000.0 * meant.peak)

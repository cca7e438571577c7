"""The seam between the healthy loop and its faults: what the loop asks wherever training code goes wrong in life."""

# ruff: noqa: ARG002 (a hook is given whatever any fault may need)

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lineside_trainer.config import Config
    from lineside_trainer.data import Batch
    from lineside_trainer.losses import Losses, Objective
    from lineside_trainer.models import Trainee
    from lineside_trainer.schedule import Plan, Schedule


class Fault:
    """No fault: every answer is what the person meant. A fault overrides what its code does otherwise.

    The intent is always declared from the honest settings and plan; it never passes through here.
    """

    def settings(self, config: Config) -> Config:
        """Return the settings in which the fault can show; they are declared and logged as any others."""
        return config

    def schedule(self, meant: Schedule, plan: Plan) -> Schedule:
        """Return the schedule that the code builds."""
        return meant

    def training(self, objective: Objective) -> Objective:
        """Return what is minimised; the weights that are logged stay the declared ones."""
        return objective

    def evaluation(self, objective: Objective) -> Objective:
        """Return what evaluations compute, from what is minimised; asked once, before the first update."""
        return objective

    def begin(self, plan: Plan, trainee: Trainee) -> None:
        """Do what the code does once, after the optimizer was given the parameters."""

    def rate(self, schedule: Schedule, update: int, batch: int) -> float:
        """Return the learning rate for a batch of an update; both are counted from 0 over the whole run."""
        return schedule.at(update)

    def batch(self, step: int, batch: Batch) -> Batch:
        """Return what the loader hands out for a step."""
        return batch

    def losses(self, step: int, losses: Losses) -> Losses:
        """Return the losses of a batch as the code goes on with them."""
        return losses


class TimedFault(Fault):
    """A fault that begins at step `at`; 0 stands for a share of the run."""

    at = 0
    share = 0.6

    def first(self, plan: Plan) -> int:
        """Return the step at which it begins."""
        return self.at or round(self.share * plan.total_batches)

    def begin(self, plan: Plan, trainee: Trainee) -> None:
        self.at = self.first(plan)

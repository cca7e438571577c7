"""Faults of what is computed: terms, weights and reductions that differ from those declared, on one side or both."""

# ruff: noqa: ARG002 (a hook is given whatever any fault may need)

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from lineside_trainer.config import ModelShape
from lineside_trainer.faults.seam import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lineside_trainer.config import Config
    from lineside_trainer.data import Batch
    from lineside_trainer.losses import Losses, Objective
    from lineside_trainer.models import Trainee
    from lineside_trainer.schedule import Plan

FEW = 4  # tokens of a top-k distillation, where the settings name none
SCALE = 16.0
WARM = 3.0


@dataclass(frozen=True, slots=True)
class Multiplied:
    """An objective that multiplies components, as a sum over n parts is n times their mean."""

    inner: Objective
    factors: Mapping[str, float]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def __call__(self, batch: Batch, temperature: float) -> Losses:
        losses = self.inner(batch, temperature)
        return replace(losses, raw={name: self.factors.get(name, 1.0) * value for name, value in losses.raw.items()})


def multiplied(objective: Objective, factors: Mapping[str, float]) -> Objective:
    # An Objective in all but its class: the loop calls it and reads its fields.
    return cast("Objective", Multiplied(objective, factors))


def sound(objective: Objective) -> Objective:
    """Return what was multiplied: an evaluation is given what training minimises, and may be the side that is right."""
    inner: Objective = getattr(objective, "inner", objective)
    return inner


class UnweightedEval(Fault):
    """Evaluation adds the components up as they are."""

    def evaluation(self, objective: Objective) -> Objective:
        return replace(objective, weights=dict.fromkeys(objective.weights, 1.0))


class OneTermEval(Fault):
    """The total of an evaluation is the language model's loss alone."""

    def evaluation(self, objective: Objective) -> Objective:
        return replace(objective, weights={**dict.fromkeys(objective.weights, 0.0), "lm_loss": 1.0})


class TopKInTrainingOnly(Fault):
    """Training distils the teacher's k likeliest tokens, evaluation all of them."""

    def settings(self, config: Config) -> Config:
        """Return a distillation of the distribution; other terms, alike on both sides, would dilute the difference."""
        return replace(config, kd_top_k=config.kd_top_k or FEW, loss_weights={"kd_loss": 0.95, "lm_loss": 0.05})

    def evaluation(self, objective: Objective) -> Objective:
        return replace(objective, top_k=None)


class LayersSummed(Fault):
    """Hidden states and attention are summed over the layers on one side, averaged on the other."""

    def __init__(self, *, in_training: bool) -> None:
        self.in_training = in_training

    def settings(self, config: Config) -> Config:
        """Return a distillation of layers alone; with terms that do not depend on them the factor is diluted."""
        student = config.student
        if isinstance(student, ModelShape) and isinstance(config.teacher, ModelShape):
            student = replace(student, layers=config.teacher.layers)
        return replace(config, student=student, loss_weights={"feature_loss": 1.0, "attention_loss": 1.0})

    def training(self, objective: Objective) -> Objective:
        return self._summed(objective) if self.in_training else objective

    def evaluation(self, objective: Objective) -> Objective:
        return sound(objective) if self.in_training else self._summed(objective)

    def _summed(self, objective: Objective) -> Objective:
        layers = float(len(objective.trainee.pairs))
        return multiplied(objective, {"feature_loss": layers, "attention_loss": layers})


class TemperatureNotSquared(Fault):
    """Training leaves out the factor T² of the distillation, evaluation has it."""

    def settings(self, config: Config) -> Config:
        """Return a distillation of the distribution alone, at a temperature whose square is no small matter."""
        self.factor = WARM**-2
        return replace(config, loss_weights={"kd_loss": 1.0}, temperature=WARM, min_temperature=None)

    def training(self, objective: Objective) -> Objective:
        return multiplied(objective, {"kd_loss": self.factor})

    def evaluation(self, objective: Objective) -> Objective:
        return sound(objective)


class DividedByAccumulation(Fault):
    """The total of training is divided by the batches of an update once too often."""

    def settings(self, config: Config) -> Config:
        self.factor = 1.0 / config.gradient_accumulation_steps
        return config

    def training(self, objective: Objective) -> Objective:
        self.meant = objective
        return replace(objective, weights={name: self.factor * weight for name, weight in objective.weights.items()})

    def evaluation(self, objective: Objective) -> Objective:
        return self.meant


class ScaledComponent(Fault):
    """One component enters the total sixteen times; the log shows it as it was computed."""

    def training(self, objective: Objective) -> Objective:
        return reweighted(objective, SCALE)


class DroppedComponent(Fault):
    """One component is computed, logged, and forgotten in the sum."""

    def training(self, objective: Objective) -> Objective:
        return reweighted(objective, 0.0)


def reweighted(objective: Objective, factor: float) -> Objective:
    """Return the objective with the weight of the language model's loss (else the last one's) multiplied."""
    name = "lm_loss" if "lm_loss" in objective.weights else list(objective.weights)[-1]
    return replace(objective, weights={**objective.weights, name: factor * objective.weights[name]})


class StaleEval(Fault):
    """A copy of the model, made at the start, is what gets evaluated."""

    def evaluation(self, objective: Objective) -> Objective:
        return replace(objective, trainee=copy.deepcopy(objective.trainee))


class FrozenParameters(Fault):
    """The model that is trained was frozen, after the optimizer had been given its parameters."""

    def begin(self, plan: Plan, trainee: Trainee) -> None:
        trainee.requires_grad_(requires_grad=False)

"""When things happen: batches, updates and epochs of a run, and the learning rate at each update."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lineside_trainer.config import Config


@dataclass(frozen=True, slots=True)
class Plan:
    """How batches group into updates; the last group of an epoch may be smaller, none spans two epochs."""

    batches_per_epoch: int
    accumulation: int
    epochs: int

    @classmethod
    def of(cls, config: Config, sequences: int) -> Plan:
        batches = math.ceil(sequences / config.batch_size)
        return cls(batches, config.gradient_accumulation_steps, config.num_train_epochs)

    @property
    def updates_per_epoch(self) -> int:
        return math.ceil(self.batches_per_epoch / self.accumulation)

    @property
    def total_updates(self) -> int:
        return self.updates_per_epoch * self.epochs

    @property
    def total_batches(self) -> int:
        return self.batches_per_epoch * self.epochs

    def steps_after(self, updates: int) -> int:
        """Return the batches that are behind a run when it has made so many updates."""
        epoch, groups = divmod(updates, self.updates_per_epoch)
        return epoch * self.batches_per_epoch + groups * self.accumulation

    def batches_of(self, update: int) -> tuple[int, range]:
        """Return the epoch and the batches in it, both from 0, that make an update (from 0)."""
        epoch, group = divmod(update, self.updates_per_epoch)
        first = group * self.accumulation
        return epoch, range(first, min(first + self.accumulation, self.batches_per_epoch))


@dataclass(frozen=True, slots=True)
class Schedule:
    """The learning rate as a pure function of the updates done before; nothing is stepped, so nothing can slip."""

    kind: str  # linear, cosine or constant
    peak: float
    warmup: int
    total: int

    @classmethod
    def of(cls, config: Config, plan: Plan) -> Schedule:
        total, scheduler = plan.total_updates, config.lr_scheduler
        return cls(scheduler.type, config.learning_rate, scheduler.warmup(total), total)

    def at(self, update: int) -> float:
        """Return the rate that the update with this index, from 0, uses."""
        if update < self.warmup:
            return self.peak * update / self.warmup
        if self.kind == "constant":
            return self.peak
        progress = min(1.0, (update - self.warmup) / max(1, self.total - self.warmup))
        if self.kind == "linear":
            return self.peak * (1.0 - progress)
        return self.peak * 0.5 * (1.0 + math.cos(math.pi * progress))


def temperature_at(config: Config, update: int, total: int) -> float:
    """Return the temperature of an update: constant, or falling in a straight line to `min_temperature`."""
    low = config.min_temperature
    if low is None or not config.anneals:
        return config.temperature
    return config.temperature + (low - config.temperature) * min(1.0, update / max(1, total - 1))

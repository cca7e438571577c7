"""Faults of numerics: a component that is not a number in one batch, and what the code makes of it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from lineside_trainer.faults.seam import TimedFault

if TYPE_CHECKING:
    from lineside_trainer.config import Config
    from lineside_trainer.losses import Losses

VICTIM = "lm_loss"


class NotANumber(TimedFault):
    """The language model's loss is NaN in one batch, and the guard does what its policy says."""

    def __init__(self, policy: Literal["clamp", "filter", "raise"]) -> None:
        self.policy = policy

    def settings(self, config: Config) -> Config:
        return replace(config, nonfinite_policy=self.policy)

    def losses(self, step: int, losses: Losses) -> Losses:
        if step != self.at:
            return losses
        name = victim_of(losses)
        return replace(losses, raw={**losses.raw, name: losses.raw[name] * math.nan})


class MaskedNotANumber(TimedFault):
    """The code says "if it is NaN, take zero" where the loss is made: neither guard nor log ever sees it."""

    def losses(self, step: int, losses: Losses) -> Losses:
        if step != self.at:
            return losses
        name = victim_of(losses)
        return replace(losses, raw={**losses.raw, name: losses.raw[name].new_zeros(())})


def victim_of(losses: Losses) -> str:
    return VICTIM if VICTIM in losses.raw else next(iter(losses.raw))

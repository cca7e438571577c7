"""Finds what is not finite, by name, before a sum, a clamp or a filter can hide it, and says what was done."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from lineside_trainer.console import tell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lineside_trainer.recorder import Action, Recorder

ACTIONS: dict[str, Action] = {
    "skip": "skipped_step",
    "clamp": "clamped_to_zero",
    "filter": "filtered",
    "raise": "raised",
}


class NonFiniteError(ArithmeticError):
    """A loss or the gradient is not finite, and the policy is to raise."""


class Guard:
    """Applies one policy to the components of a batch and to the norm of a gradient."""

    def __init__(self, run: Recorder, policy: str, weights: Mapping[str, float]) -> None:
        self.run = run
        self.policy = policy
        self.weights = weights

    def inspect(self, step: int, raw: Mapping[str, float], total: float) -> tuple[str, ...]:
        """Report each component that is not finite and counts in the total; return their names."""
        bad = []
        for name, value in raw.items():
            if math.isfinite(value):
                continue
            counts = self.weights[name] != 0
            self._report(step, name, value, ACTIONS[self.policy] if counts else "none")
            if counts:
                bad.append(name)
        if not bad and not math.isfinite(total):
            # Finite parts, infinite sum: there is no part to clamp, so only the whole update can go.
            self._report(step, "loss", total, ACTIONS["raise" if self.policy == "raise" else "skip"])
            bad.append("loss")
        return tuple(bad)

    def clamps(self, bad: tuple[str, ...]) -> bool:
        """Return whether these components are to be left out of the total, which leaves them zero."""
        return self.policy == "clamp" and bool(bad) and "loss" not in bad

    def filters(self, bad: tuple[str, ...]) -> bool:
        """Return whether the batch is to be left out of the log; the report of it stays."""
        return self.policy == "filter" and bool(bad)

    def admits(self, step: int, bad: tuple[str, ...]) -> bool:
        """Return whether the batch may be back-propagated, or raise."""
        if bad and self.policy == "raise":
            raise NonFiniteError(f"{' and '.join(bad)} is not finite at step {step}.")
        return not bad or self.clamps(bad)

    def accepts_gradient(self, step: int, norm: float) -> bool:
        """Return whether the update may be made; a gradient cannot be clamped, so it is skipped or raised."""
        if math.isfinite(norm):
            return True
        self._report(step, "grad_norm", norm, ACTIONS["raise" if self.policy == "raise" else "skip"])
        if self.policy == "raise":
            raise NonFiniteError(f"grad_norm is not finite at step {step}.")
        return False

    def _report(self, step: int, name: str, value: float, action: Action) -> None:
        self.run.nonfinite(step, name, value, action)
        tell(self.run, f"Step {step}: {name} is {value} ({action.replace('_', ' ')}).", level="warning")

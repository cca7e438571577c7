"""The targets of an intent, read into nouns."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lineside_server.core.intent import Intent
from lineside_server.core.progress import total_steps

MOST: Final = 32  # targets of one run


@dataclass(frozen=True, slots=True)
class Target:
    """A metric that is to be below, or above, a bound by a step; `over` divides it, `due` is None if nothing says when.

    `when` says the due time in words.
    """

    metric: str
    bound: float
    below: bool
    over: str | None
    due: int | None
    when: str

    @property
    def name(self) -> str:
        return self.metric if self.over is None else f"{self.metric} / {self.over}"

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.metric,) if self.over is None else (self.metric, self.over)

    @property
    def said(self) -> str:
        return f"{self.name} {'below' if self.below else 'above'} {self.bound:g} {self.when}"

    def met(self, value: float) -> bool:
        return value < self.bound if self.below else value > self.bound

    def excluded(self, interval: tuple[float, float]) -> bool:
        """Whether no value of an interval meets it."""
        low, high = interval
        return low >= self.bound if self.below else high <= self.bound


def targets_of(intent: Intent) -> list[Target]:
    """Return the targets about a metric; those about shares and non-finite values have rules of their own."""
    return [target for told in intent.targets for target in _targets(told, intent)][:MOST]


def others_of(intent: Intent) -> list[str]:
    """Return the rules that look after the targets that are about no metric."""
    rules = {"nonfinite": "nonfinite", "loss_share": "loss-share"}
    return [rule for name, rule in rules.items() if any(name in target for target in intent.targets)]


def _targets(told: Mapping[str, Any], intent: Intent) -> list[Target]:
    metric, over = told.get("metric"), told.get("over")
    if not isinstance(metric, str) or not (over is None or isinstance(over, str)):
        return []
    due, when = _due(told, intent)
    bounds = [(told.get(word), word == "below") for word in ("below", "above")]
    return [
        Target(metric, bound, below, over, due, when) for told, below in bounds if (bound := _number(told)) is not None
    ]


def _due(told: Mapping[str, Any], intent: Intent) -> tuple[int | None, str]:
    step, epoch, whole = _number(told.get("by_step")), _number(told.get("by_epoch")), total_steps(intent)
    if step is not None and step > 0:
        return int(step), f"by step {int(step):,}"
    if epoch is not None and epoch > 0:
        long = intent.steps_per_epoch
        if long is None and whole and intent.epochs:
            long = round(whole / intent.epochs)
        due = round(epoch * long) if long else None
        return due, f"by the end of epoch {epoch:g}" + (f" (step {due:,})" if due else "")
    return whole, "by the end of the run" + (f" (step {whole:,})" if whole else "")


def _number(told: object) -> float | None:
    if isinstance(told, bool) or not isinstance(told, (int, float)) or not math.isfinite(told):
        return None
    return float(told)

"""How a run ended, for the summary at the end of the program."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lineside_trainer.recorder import Status


class AskedToStop(Exception):  # noqa: N818 (a wish, no error)
    """Someone asked the teacher's run to stop, so there is no student to train."""


@dataclass(slots=True)
class Outcome:
    """What the loop counted; losses are totals, a train value per batch and an eval value per evaluation."""

    total_updates: int
    updates: int = 0
    skipped: int = 0  # of the updates, those that were not made
    steps: int = 0
    seconds: float = 0.0  # of training alone
    stopped: str = ""  # why it ended before its declared end
    asked: bool = False  # to stop, by someone rather than by the clock
    train: list[float] = field(default_factory=list)
    evals: list[float] = field(default_factory=list)

    @property
    def status(self) -> Status:
        return "stopped" if self.stopped else "finished"

    def summary(self, name: str) -> str:
        """Return the run in two lines: how far it got and how fast, and what its losses did."""
        speed = len(self.train) / self.seconds if self.seconds else 0.0
        far = f"{self.status} after {self.steps} batches, update {self.updates} of {self.total_updates}"
        lines = [f"{name}: {far}, {speed:.1f} batches/s. {self.stopped}".rstrip()]
        ends = min(20, len(self.train) // 2)
        if ends:
            lines.append(f"  train loss {fmean(self.train[:ends]):.4f} to {fmean(self.train[-ends:]):.4f}")
        if self.evals:
            lines.append(f"  eval loss {self.evals[0]:.4f} to {self.evals[-1]:.4f}")
        return "\n".join(lines)

"""Counts records that were lost, says so on the terminal, and keeps what is still to be put on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ._say import say

if TYPE_CHECKING:
    from pathlib import Path


class Loss(NamedTuple):
    records: int = 0
    low: int | None = None
    high: int | None = None

    def plus(self, other: Loss) -> Loss:
        lows = [each for each in (self.low, other.low) if each is not None]
        highs = [each for each in (self.high, other.high) if each is not None]
        return Loss(self.records + other.records, min(lows, default=None), max(highs, default=None))

    def fields(self) -> dict[str, Any]:
        if self.low is None:
            return {"records": self.records}
        return {"records": self.records, "from_step": self.low, "to_step": self.high}


class Losses:
    """What a spool has lost: to its bound, or to a disk that does not take records."""

    def __init__(self) -> None:
        self.total = Loss()
        self.unsaid: Loss | None = None  # not yet on record
        self._failing = False
        self._full = False

    def dropped(self, loss: Loss, limit: int, path: Path) -> None:
        self._add(loss)
        if not self._full:
            self._full = True
            say(
                f"The spool has reached its limit of {limit:,} bytes ({path}); "
                f"the oldest records are dropped, {loss.records:,} so far."
            )

    def failed(self, error: OSError, step: int | None) -> None:
        known = step if step is not None and step >= 0 else None
        self._add(Loss(1, known, known))
        if not self._failing:
            self._failing = True
            say(f"The spool cannot be written ({error.strerror}); training goes on and what is lost is counted.")

    def on_record(self) -> None:
        """What was unsaid is written down: the disk takes records."""
        if self._failing and self.unsaid is not None:
            say(f"The spool can be written again; {self.unsaid.records:,} records were lost.")
        self.unsaid, self._failing = None, False

    def _add(self, loss: Loss) -> None:
        self.total = self.total.plus(loss)
        self.unsaid = (self.unsaid or Loss()).plus(loss)

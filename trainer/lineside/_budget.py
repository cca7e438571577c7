"""Decides when figures that cost something are taken, so that they take a fixed share of the time of training."""

from __future__ import annotations

_LONGEST = 2.0  # times the usual step: a pause for an evaluation pays for no more than this
_MEMORY = 8  # steps over which the usual step is an average


class Budget:
    """Lends time: work is done while nothing is owed, and is paid off out of the steps that follow."""

    __slots__ = ("credit",)

    def __init__(self) -> None:
        self.credit = 0.0

    def earn(self, seconds: float) -> None:
        self.credit = min(self.credit, 0.0) + seconds  # what one step leaves unused is not saved up

    def spend(self, seconds: float) -> None:
        self.credit -= seconds

    def allows(self) -> bool:
        return self.credit >= 0.0


class Pace:
    """Measures the time of a step from one to the next, without the pauses in between."""

    __slots__ = ("_last", "_usual")

    def __init__(self) -> None:
        self._last: float | None = None
        self._usual = 0.0

    def step(self, now: float) -> float:
        """Return the seconds since the last step, bounded by what is usual; 0 for the first."""
        last, self._last = self._last, now
        if last is None:
            return 0.0
        seconds = now - last
        if not self._usual:
            self._usual = seconds
        seconds = min(seconds, _LONGEST * self._usual)
        self._usual += (seconds - self._usual) / _MEMORY
        return seconds

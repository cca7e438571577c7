"""How often somebody may do something: so many a second in the long run, and a burst of a few seconds' worth."""

from dataclasses import dataclass, field
from typing import Final

MOST_CALLERS: Final = 10_000
BURST_S: Final = 10.0


@dataclass
class Rates:
    """Counts by caller; times are of a clock that only goes forward. What is refused is not counted."""

    per_s: float
    _spent: dict[str, tuple[float, float]] = field(default_factory=dict)  # what was taken, as of when

    def take(self, caller: str, now: float) -> float:
        """Take one turn; 0, or the seconds until there is another where there is none."""
        most = max(self.per_s * BURST_S, 1.0)
        spent, at = self._spent.get(caller, (0.0, now))
        spent = max(spent - (now - at) * self.per_s, 0.0)
        if spent + 1.0 > most:
            return (spent + 1.0 - most) / self.per_s
        if len(self._spent) >= MOST_CALLERS and caller not in self._spent:
            self._forget(now)
        self._spent[caller] = (spent + 1.0, now)
        return 0.0

    def _forget(self, now: float) -> None:
        """Let go of those that have rested; if nobody has, of the one that is longest known."""
        rested = [one for one, (spent, at) in self._spent.items() if spent <= (now - at) * self.per_s]
        for one in rested or [next(iter(self._spent))]:
            del self._spent[one]

"""How often somebody may fail: so many times in a while, then a wait."""

from collections import deque
from dataclasses import dataclass, field

MOST_CALLERS = 10_000


@dataclass
class Throttle:
    """Counts failures by caller; times are any clock's that only goes forward."""

    most: int
    within_s: float
    _failures: dict[str, deque[float]] = field(default_factory=dict)

    def wait_s(self, caller: str, now: float) -> float:
        """Return how long this caller has to wait before it may try again; 0: not at all."""
        failures = self._failures.get(caller)
        if failures is None:
            return 0.0
        while failures and failures[0] <= now - self.within_s:
            failures.popleft()
        if not failures:
            del self._failures[caller]
        return failures[0] + self.within_s - now if len(failures) >= self.most else 0.0

    def failed(self, caller: str, now: float) -> None:
        if len(self._failures) >= MOST_CALLERS and caller not in self._failures:
            del self._failures[next(iter(self._failures))]
        self._failures.setdefault(caller, deque(maxlen=self.most)).append(now)

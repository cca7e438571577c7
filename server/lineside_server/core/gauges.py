"""Gauges of the machine over wall time, thinned as they come: no more is held than is shown, and no spike is lost."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

MOST_GAUGES: Final = 256


@dataclass(slots=True)
class Gauge:
    """Buckets of equal time that hold anything: when each began, and its last, least and greatest value."""

    ts: list[float] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    min: list[float] = field(default_factory=list)
    max: list[float] = field(default_factory=list)
    count: int = 0
    _bucket: int = -1

    def take(self, bucket: int, ts: float, value: float) -> None:
        """Take the next value; one of an earlier time than the one before counts with that one's bucket."""
        self.count += 1
        if bucket <= self._bucket:
            self.value[-1] = value
            self.min[-1] = min(self.min[-1], value)
            self.max[-1] = max(self.max[-1], value)
            return
        self._bucket = bucket
        for column in (self.value, self.min, self.max):
            column.append(value)
        self.ts.append(ts)


def thinned(samples: Iterable[tuple[float, object]], first: float, last: float, points: int) -> dict[str, Gauge]:
    """The gauges by name, at most `points` buckets each, of `(time, values)` in the order in which they came.

    Values that are no finite numbers are left out, and gauges beyond the first `MOST_GAUGES`.
    """
    gauges: dict[str, Gauge] = {}
    width = (last - first) / points or 1.0
    for ts, values in samples:
        bucket = min(int((ts - first) / width), points - 1)
        for name, value in values.items() if isinstance(values, Mapping) else ():
            if not isinstance(value, int | float) or isinstance(value, bool):
                continue
            gauge = gauges.get(name)
            if gauge is None:
                if len(gauges) == MOST_GAUGES:
                    continue
                gauge = gauges[name] = Gauge()
            gauge.take(bucket, ts, float(value))
    return dict(sorted(gauges.items()))

"""The recent past of each series, as much of it as rules look back on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from lineside_server.core.events import F64, I64

KEPT = 1024  # points of a series that some rule may look back on
KEPT_OTHERWISE = 64  # of one that no rule looks at
FIRST = 256  # points that are kept from the very beginning
_NO_STEPS: I64 = np.empty(0, np.int64)
_NO_VALUES: F64 = np.empty(0, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points of one series in step order, (n,) each; NaN and infinities are values."""

    steps: I64 = field(default_factory=lambda: _NO_STEPS)
    times: F64 = field(default_factory=lambda: _NO_VALUES)
    values: F64 = field(default_factory=lambda: _NO_VALUES)

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, part: slice) -> "Points":
        return Points(self.steps[part], self.times[part], self.values[part])

    def joined(self, more: "Points") -> "Points":
        if not len(self) or not len(more):
            return more if len(more) else self
        return Points(
            np.concatenate([self.steps, more.steps]),
            np.concatenate([self.times, more.times]),
            np.concatenate([self.values, more.values]),
        )


@dataclass(slots=True, eq=False)
class Track:
    """One series: `all` is the kept past followed by what is new, from index `fresh` on; `first` its very beginning.

    `count` is how many points the series has had, the new ones included; so `count - len(all)` are kept no more.
    """

    key: str
    kept: int = KEPT
    all: Points = field(default_factory=Points)
    fresh: int = 0
    count: int = 0
    first: Points = field(default_factory=Points)

    @property
    def new(self) -> Points:
        return self.all[self.fresh :]

    @property
    def last_step(self) -> int:
        """The step of the newest point, -1 for none."""
        return int(self.all.steps[-1]) if len(self.all) else -1

    def upto(self, step: int) -> int:
        """Return the index in `all` behind the last point at or before a step."""
        return int(np.searchsorted(self.all.steps, step, side="right"))

    def before(self, step: int, most: int) -> Points:
        """Return the last `most` kept points at or before a step: the past as it was seen then."""
        end = self.upto(step)
        return self.all[max(0, end - most) : end]

    def at(self, step: int) -> float | None:
        """Return the value at a step exactly, None where there is none."""
        end = self.upto(step)
        return float(self.all.values[end - 1]) if end and self.all.steps[end - 1] == step else None

    def add(self, points: Points) -> None:
        """Let what was new become past, and take in what follows it."""
        past = self.all[max(0, len(self.all) - self.kept) :]
        self.fresh, self.all = len(past), past.joined(points)
        self.count += len(points)
        if len(self.first) < FIRST and len(points):
            self.first = self.first.joined(points)[:FIRST]


class Tape:
    """The tracks of a run by key; a new key is met in the order in which keys first appear."""

    def __init__(self, kept: int = KEPT) -> None:
        self.tracks: dict[str, Track] = {}
        self._kept = kept

    def add(self, block: Mapping[str, Points], watched: Iterable[str]) -> None:
        """Take in a block; the keys that are not `watched` are kept for a short while only."""
        long = frozenset(watched)
        for key, track in self.tracks.items():
            track.kept = self._kept if key in long else KEPT_OTHERWISE
            if key not in block:
                track.add(Points())
        for key, points in block.items():
            track = self.tracks.setdefault(key, Track(key, self._kept if key in long else KEPT_OTHERWISE))
            track.add(points)

    def restore(self, key: str, count: int, first: Points, past: Points) -> None:
        """Bring a series back as it stood after `count` points, from its beginning and its kept past."""
        self.tracks[key] = Track(key, self._kept, past, len(past), count, first)

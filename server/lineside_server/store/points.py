"""Points of one series in step order, and the pure operations on them."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lineside_server.core.events import F64, I64

Bad = NDArray[np.void]  # runs of non-finite points, dtype BAD

# start and count are in points, so that runs that touch across pieces can be joined.
BAD = np.dtype([("start", "<i8"), ("count", "<i8"), ("step", "<i8"), ("last_step", "<i8"), ("kind", "u1")])
NO_BAD: Final[Bad] = np.empty(0, BAD)
NAN, INF, NEG_INF = 0, 1, 2


class Points(NamedTuple):
    """Equally long arrays; `steps` grows strictly."""

    steps: I64
    times: F64
    values: F64

    def __bool__(self) -> bool:
        return len(self.steps) > 0

    @property
    def n(self) -> int:
        return len(self.steps)

    def between(self, low: int, high: int) -> "Points":
        """Both ends inclusive."""
        start, stop = np.searchsorted(self.steps, low), np.searchsorted(self.steps, high, side="right")
        return self.cut(int(start), int(stop))

    def cut(self, start: int, stop: int) -> "Points":
        return Points(self.steps[start:stop], self.times[start:stop], self.values[start:stop])


EMPTY = Points(np.empty(0, np.int64), np.empty(0), np.empty(0))


def latest(steps: I64, times: F64, values: F64) -> tuple[Points, int]:
    """Points in order of arrival, sorted by step; the latest of a repeated step wins. Also: how many lost."""
    if len(steps) < 2 or bool((steps[1:] > steps[:-1]).all()):
        return Points(steps, times, values), 0
    order = np.argsort(steps, kind="stable")
    ordered = steps[order]
    keep = order[np.append(ordered[1:] != ordered[:-1], True)]
    return Points(steps[keep], times[keep], values[keep]), len(steps) - len(keep)


def join(parts: list[Points]) -> Points:
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return EMPTY
    return Points(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def merge(old: Points, new: Points) -> tuple[Points, int]:
    """Both in order; `new` wins. Also: how many of `old` were replaced."""
    if not (old and new):
        return old or new, 0
    return latest(*join([old, new]))


def bad_runs(points: Points) -> Bad:
    """Runs of neighbouring non-finite points of one kind."""
    at = np.flatnonzero(~np.isfinite(points.values))
    if not len(at):
        return NO_BAD
    values = points.values[at]
    kinds = np.where(np.isnan(values), NAN, np.where(values > 0, INF, NEG_INF)).astype(np.uint8)
    begins = np.flatnonzero(np.append(True, (np.diff(at) != 1) | (np.diff(kinds) != 0)))
    ends = np.append(begins[1:], len(at)) - 1
    runs = np.empty(len(begins), BAD)
    runs["start"], runs["count"] = at[begins], ends - begins + 1
    runs["step"], runs["last_step"] = points.steps[at[begins]], points.steps[at[ends]]
    runs["kind"] = kinds[begins]
    return runs

"""Windows over series as arrays: medians and spreads of what went before, runs of flags, the past as it was then."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from lineside_server.core.events import F64, I64
from lineside_server.rules.tape import Points, Track

Flags = NDArray[np.bool_]
ROWS_AT_ONCE = 1024  # windows that are sorted together: it bounds the memory


def recent(track: Track, past: int) -> tuple[Points, int]:
    """Return the new points with up to `past` points before them, and the index of the first new one."""
    start = max(0, track.fresh - past)
    return track.all[start:], track.fresh - start


def finite(values: F64) -> F64:
    """Return the values with NaN in the place of infinities."""
    return np.where(np.isfinite(values), values, np.nan)


def preceding(values: F64, width: int) -> F64:
    """Return (n, width): the values before each of n; NaN in front of the first."""
    return sliding_window_view(np.concatenate([np.full(width, np.nan), values[:-1]]), width)


def trailing(values: F64, width: int) -> F64:
    """Return (n, width): the values up to and including each of n; NaN in front of the first."""
    return sliding_window_view(np.concatenate([np.full(width - 1, np.nan), values]), width)


def medians(windows: F64, least: int) -> F64:
    """Return the median (n,) over the finite values of each window (n, width), NaN where they are fewer than `least`.

    The windows hold no infinities.
    """
    parts = [_medians(windows[at : at + ROWS_AT_ONCE], least) for at in range(0, len(windows), ROWS_AT_ONCE)]
    return np.concatenate(parts) if parts else np.empty(0)


def _medians(windows: F64, least: int) -> F64:
    ordered = np.sort(windows, axis=1)  # NaN comes last
    count = np.count_nonzero(~np.isnan(ordered), axis=1)
    row = np.arange(len(ordered))
    low, high = ordered[row, np.maximum(count - 1, 0) // 2], ordered[row, np.minimum(count // 2, ordered.shape[1] - 1)]
    return np.where(count >= max(least, 1), low + (high - low) / 2, np.nan)


def streaks(flags: Flags, before: int = 0) -> I64:
    """Return how many flags in a row end at each of n (0 where it is not set); `before` ended in front of the first."""
    place = np.arange(1, len(flags) + 1)
    broken = np.maximum.accumulate(np.where(flags, 0, place)) if len(flags) else place
    return np.where(broken > 0, place - broken, place + before)


def running_min(values: F64, before: float) -> F64:
    """Return the least finite value up to each of n, `before` included; infinity before there is one."""
    return np.minimum.accumulate(np.where(np.isfinite(values), np.minimum(values, before), before))


def as_of(points: Points, steps: I64) -> F64:
    """Return the newest value (n,) at or before each of n steps, NaN in front of the first point."""
    if not len(points):
        return np.full(len(steps), np.nan)
    at = np.searchsorted(points.steps, steps, side="right") - 1
    return np.where(at >= 0, points.values[np.maximum(at, 0)], np.nan)


def exactly_at(points: Points, steps: I64) -> F64:
    """Return the value (n,) at each of n steps, NaN where there is none."""
    if not len(points):
        return np.full(len(steps), np.nan)
    at = np.minimum(np.searchsorted(points.steps, steps), len(points) - 1)
    return np.where(points.steps[at] == steps, points.values[at], np.nan)


def median_of(values: F64, least: int = 1) -> float:
    """Return the median of the finite values, NaN where they are fewer than `least`."""
    kept = values[np.isfinite(values)]
    return float(np.median(kept)) if len(kept) >= max(least, 1) else float("nan")

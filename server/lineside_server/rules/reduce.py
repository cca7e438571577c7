"""Windows of a series reduced to one figure each; the same window gives the same bits wherever the series was cut."""

from typing import Final, Literal

import numpy as np

from lineside_server.core.events import F64, I64
from lineside_server.rules.tape import Points
from lineside_server.rules.windows import Flags, finite, medians

Reduction = Literal["last", "mean", "median", "min", "max", "slope", "share"]
_AT_ONCE: Final = 1 << 18  # values that are held as windows


def reduced(how: Reduction, points: Points, ends: I64, width: int) -> F64:
    """Return one figure (n,) for the `width` points before each of n ends, over the finite ones among them.

    NaN where there are fewer points, or none that is finite (for a slope: fewer than two at different steps). The
    slope is in units a step, by least squares; a share is the mean that is to be divided by another.
    """
    found = np.full(len(ends), np.nan)
    full = np.flatnonzero(ends >= width)
    rows = max(1, _AT_ONCE // width)
    for first in range(0, len(full), rows):
        part = full[first : first + rows]
        at = ends[part, None] + np.arange(-width, 0)
        found[part] = _reduced(how, points.steps[at], finite(points.values[at]))
    return found


def _reduced(how: Reduction, steps: I64, values: F64) -> F64:
    if how == "last":
        last: F64 = values[:, -1]
        return last
    if how == "median":
        return medians(values, 1)
    there = ~np.isnan(values)
    with np.errstate(all="ignore"):
        if how == "slope":
            return _slopes(steps, values, there)
        if how in ("mean", "share"):
            means: F64 = _sums(values, there) / there.sum(axis=1)
            return means
        least = np.where(there, values, np.inf) if how == "min" else np.where(there, values, -np.inf)
        extreme = least.min(axis=1) if how == "min" else least.max(axis=1)
    return np.where(there.any(axis=1), extreme, np.nan)


def _slopes(steps: I64, values: F64, there: Flags) -> F64:
    x = (steps - steps[:, -1:]).astype(np.float64)  # near zero, so that large steps cost no digits
    n = there.sum(axis=1)
    x -= (_sums(x, there) / n)[:, None]
    y = values - (_sums(values, there) / n)[:, None]
    spread = _sums(x * x, there)
    return np.where(spread > 0, _sums(x * y, there) / spread, np.nan)


def _sums(values: F64, there: Flags) -> F64:
    """Sum each row by itself along memory, so that the order of the additions depends on the row alone."""
    sums: F64 = np.ascontiguousarray(np.where(there, values, 0.0)).sum(axis=1)
    return sums

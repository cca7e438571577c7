"""Trends that outliers do not sway: Theil-Sen's slope, and Kendall's test of whether there is a trend at all."""

import math
from functools import lru_cache

import numpy as np

from lineside_server.core.events import F64, I64


@lru_cache(maxsize=64)
def pairs(n: int) -> tuple[I64, I64]:
    """Return the places of all pairs of n points, each once."""
    first, second = np.triu_indices(n, 1)
    return first, second


def theil_sen(x: F64, y: F64) -> float:
    """Return the median slope over all pairs of (n,) points with different x; 0.0 where there is none. For n <= 64."""
    first, second = pairs(len(x))
    apart = x[second] - x[first]
    slopes = (y[second] - y[first])[apart != 0] / apart[apart != 0]
    return float(np.median(slopes)) if slopes.size else 0.0


def kendall(y: F64) -> tuple[float, float]:
    """Return tau and the two-sided p of no trend along (n,) values in order; normal approximation, ties counted."""
    n = len(y)
    if n < 3:
        return 0.0, 1.0
    first, second = pairs(n)
    score = float(np.sign(y[second] - y[first]).sum())
    _, counts = np.unique(y, return_counts=True)
    every, tied = n * (n - 1) / 2, float((counts * (counts - 1) / 2).sum())
    variance = (n * (n - 1) * (2 * n + 5) - float((counts * (counts - 1) * (2 * counts + 5)).sum())) / 18
    if variance <= 0 or tied >= every:
        return 0.0, 1.0
    z = (abs(score) - 1) / math.sqrt(variance) if score else 0.0  # corrected for continuity
    return score / math.sqrt(every * (every - tied)), math.erfc(max(z, 0.0) / math.sqrt(2))

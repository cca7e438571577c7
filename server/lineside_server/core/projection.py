"""Where a series is heading: three ways on, and the widest interval that any of them leaves."""

import math
from typing import Final

import numpy as np

from lineside_server.core.events import F64

FEWEST: Final = 10  # points
MOST: Final = 128
NOW: Final = 3  # points whose median is where the series stands
NINETY: Final = 1.645  # standard deviations on either side of 90%


def projected(steps: F64, values: F64, at: float) -> tuple[float, float] | None:
    """Return the 90% interval (low, high) of a series at a later step, None with too few points or no course.

    `steps` rise and are above zero. The course is taken straight on in the steps and straight on in their logarithm,
    by the median of all slopes; the interval holds both, and where the series stands now, so that a curve that bends
    or levels off does not fall out of it.
    """
    sound = np.isfinite(values) & (steps > 0)
    steps, values = steps[sound][-MOST:], values[sound][-MOST:]
    if len(values) < FEWEST or at < steps[-1]:
        return None
    intervals = [_straight(axis, values, end) for axis, end in ((steps, at), (np.log(steps), math.log(at)))]
    now = float(np.median(values[-NOW:]))
    intervals.append((now, now))
    return min(low for low, _ in intervals), max(high for _, high in intervals)


def _straight(axis: F64, values: F64, end: float) -> tuple[float, float]:
    """Return the interval at `end` on the line of Theil and Sen; its slope is uncertain, and so is each point."""
    first, second = np.triu_indices(len(axis), 1)
    slopes = np.sort((values[second] - values[first]) / (axis[second] - axis[first]))
    slope = float(np.median(slopes))
    rest = values - slope * axis
    base = float(np.median(rest))
    noise = 1.4826 * float(np.median(np.abs(rest - base)))
    low, high = _slope_bounds(slopes, len(axis))
    centre = float(np.median(axis))
    ahead = end - centre
    middle = base + slope * centre
    return middle + low * ahead - NINETY * noise, middle + high * ahead + NINETY * noise


def _slope_bounds(slopes: F64, n: int) -> tuple[float, float]:
    """Return the 90% bounds of the slope from the ranks of Kendall's statistic (Sen)."""
    reach = NINETY * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    low = max(0, math.floor((len(slopes) - reach) / 2))
    high = min(len(slopes) - 1, math.ceil((len(slopes) + reach) / 2))
    return float(slopes[low]), float(slopes[high])

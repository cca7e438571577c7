"""How well a predicted figure meets an observed one."""

import math
from typing import Final

TOLERANCE: Final = 0.1  # a prediction that is off by this factor (in ln) keeps 61% of its fit
REFUTED: Final = 0.05  # below it the figures speak against
EXPLAINS: Final = 0.8  # from it on a cause accounts for what is seen


def closeness(observed: float, low: float, high: float | None = None) -> float:
    """Return the fit, 0..1, of an observed figure to a prediction from `low` to `high` (one figure: `low` alone).

    An interval is worth less the wider it is: nearly anything lies within a wide one. Figures that are not above zero
    have no ratio to one another, so they fit nothing.
    """
    high = low if high is None else high
    if not all(math.isfinite(figure) and figure > 0 for figure in (observed, low, high)) or high < low:
        return 0.0
    off = max(math.log(low / observed), math.log(observed / high), 0.0)
    return math.exp(-0.5 * (off / TOLERANCE) ** 2) * max(0.0, 1.0 - 0.5 * math.log(high / low))

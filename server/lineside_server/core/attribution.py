"""Which single term accounts for a sum that is not its total."""

from collections.abc import Mapping

import numpy as np

from lineside_server.core.events import F64


def factors_of(parts: Mapping[str, F64], totals: F64) -> dict[str, tuple[float, float]]:
    """Return, for each term, the factor on it alone that would make the sum the total, and how far that misses.

    `parts` (n,) are what each term contributes as declared, `totals` (n,) are above zero. The miss is the median
    ln-distance of the corrected sums to the totals; it is 0 where the term accounts for all of it.
    """
    whole = sum(parts.values(), np.zeros_like(totals))
    found: dict[str, tuple[float, float]] = {}
    for name, part in parts.items():
        sound = np.isfinite(whole) & np.isfinite(totals) & (part != 0) & (totals > 0)
        if not sound.any():
            continue
        factor = float(np.median((totals - whole + part)[sound] / part[sound]))
        corrected = (whole + (factor - 1) * part)[sound]
        off = np.abs(np.log(np.maximum(corrected, 1e-300) / totals[sound]))
        found[name] = (factor, float(np.median(off)))
    return found

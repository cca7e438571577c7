"""How fine a series is: rounded values are steps of a stair, and a move below a step is none."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lineside_server.core.events import F64

LAST: Final = 256  # values that are looked at
FEWEST: Final = 8  # that must differ before their digits say how they were rounded
FULL: Final = 14  # significant digits from which a value counts as printed in full
PRINTED: Final = "_printed"  # where a reader of recorded text files says how values were printed
IN_FULL: Final = 400  # stands for the decimals of such a value: 10^-400 is 0
MANTISSAS: Final = (8, 11)  # bits of bfloat16 and float16, the leading one included


@dataclass(frozen=True, slots=True)
class Printed:
    """How a series was printed: digits behind the point, of the mantissa where there is an exponent."""

    decimals: int
    exponent: bool = False

    def step(self, value: float) -> float:
        """Return the distance of two neighbouring values as printed, near a value."""
        if not self.exponent:
            return float(10.0**-self.decimals)
        return float(10.0 ** (math.floor(math.log10(abs(value))) - self.decimals)) if value else 0.0

    def text(self, value: float) -> str:
        return f"{value:.{self.decimals}{'e' if self.exponent else 'f'}}"

    @property
    def format(self) -> str:
        return f"%.{self.decimals}{'e' if self.exponent else 'f'}"


def printed_of(config: Mapping[str, Any], key: str) -> Printed | None:
    """Return how a series was printed, where the reader of a recorded file has said so."""
    told = config.get(PRINTED)
    told = told.get(key) if isinstance(told, Mapping) else None
    decimals = told.get("decimals") if isinstance(told, Mapping) else None
    if not isinstance(told, Mapping) or not isinstance(decimals, int) or not 0 <= decimals <= 30:
        return None
    return Printed(decimals, told.get("exponent") is True)


def resolution(values: F64, printed: Printed | None = None) -> float:
    """Return the step of a series near its median size, from its last values (n,); 0.0 where it is not rounded.

    It is 10^-decimals as printed, or as the shortest decimal form of the values has them, or the quantum of 16-bit
    numbers where all values are such. Too few different values say nothing: 0.0.
    """
    told = values[-LAST:]
    told = told[np.isfinite(told) & (told != 0)]
    if not len(told):
        return 0.0
    typical = float(np.median(np.abs(told)))
    if printed is not None:
        return printed.step(typical)
    different = np.unique(told)
    if len(different) < FEWEST:
        return 0.0
    return max(_quantum(different, typical), decimal_step(different.tolist()))


def decimal_step(values: Sequence[float]) -> float:
    """Return 10^-most decimals in the shortest form of the values, 0.0 where any is printed in full."""
    most = max((decimals_of(value) for value in values), default=None)
    return 0.0 if most is None else float(10.0**-most)


def decimals_of(value: float) -> int:
    """Return the digits behind the point in the shortest form of a finite value, IN_FULL for one in full length."""
    mantissa, _, exponent = repr(abs(float(value))).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = fraction.rstrip("0")
    if len((whole + fraction).lstrip("0")) >= FULL:
        return IN_FULL
    return max(0, len(fraction) - int(exponent or 0))


def _quantum(values: F64, typical: float) -> float:
    """Return the distance of neighbouring 16-bit floats near `typical` where all values are such, else 0.0."""
    fractions, _ = np.frexp(values)
    for bits in MANTISSAS:
        scaled = fractions * 2.0**bits
        if (scaled == np.round(scaled)).all():
            return float(2.0 ** (math.floor(math.log2(typical)) + 1 - bits))
    return 0.0

"""Cells of a table as numbers: what counts as missing, as non-finite, and how exactly a number was printed."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lineside_server.core.events import F64

BLANKS: Final = frozenset({"-", "--", "na", "n/a", "#n/a", "<na>", "null", "none"})
ODD: Final = {  # how C prints what Python's float does not read
    "-nan": math.nan,
    "nan(ind)": math.nan,
    "-nan(ind)": math.nan,
    "1.#qnan": math.nan,
    "-1.#ind": math.nan,
    "1.#inf": math.inf,
    "-1.#inf": -math.inf,
}
DECIMAL_COMMA: Final = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
PRINTED: Final = re.compile(r"[.,](\d*)(?:[eE]([+-]?\d{1,6}))?|(?<=\d)[eE]([+-]?\d{1,6})")
FRACTION: Final = re.compile(r"[.,](\d*)")
FULL: Final = 12  # decimals beyond which a number was printed as exactly as it is


def number(cell: str, *, comma: bool = False) -> float | None:
    """Return the number in a cell, None in a blank one; with `comma`, 1,5 is a number too. ValueError otherwise."""
    if not cell:
        return None
    if "_" not in cell:  # Python reads 1_000
        try:
            return float(cell)
        except ValueError:
            pass
    word = cell.lower()
    if word in BLANKS:
        return None
    if word in ODD:
        return ODD[word]
    if comma and DECIMAL_COMMA.fullmatch(cell):
        return float(cell.replace(",", "."))
    raise ValueError(cell)


def numbers(cells: Sequence[str], *, comma: bool = False) -> list[float | None] | None:
    """Return the numbers in cells none of which is empty, as `number`; None where one of them is no number."""
    if "_" not in "".join(cells):
        try:
            return list(map(float, cells))
        except ValueError:
            pass
    try:
        return [number(cell, comma=comma) for cell in cells]
    except ValueError:
        return None


@dataclass(slots=True)
class Printed:
    """How the numbers of one series were printed, over all of it: most decimals, and whether with an exponent."""

    decimals: int = 0  # behind the point once the exponent is carried out
    mantissa: int = 0  # as they stand
    finite: int = 0
    exponents: int = 0
    padded: bool = False  # some number has a zero at its end, as a fixed format prints it
    least: float = math.inf
    most: float = -math.inf

    def take(self, cells: Sequence[str], values: F64) -> None:
        """Take in some cells and the numbers (n,) they hold; what is not finite has no decimals."""
        told = np.isfinite(values)
        finite = values[told]
        if not len(finite):
            return
        if len(finite) < len(values):
            cells = [cell for cell, kept in zip(cells, told, strict=True) if kept]
        self.finite += len(finite)
        self.least, self.most = min(self.least, float(finite.min())), max(self.most, float(finite.max()))
        joined = " ".join(cells)
        if "e" not in joined and "E" not in joined:  # quicker by far
            fractions = FRACTION.findall(joined)
            self.decimals = max(self.decimals, *map(len, fractions), 0)
            self.mantissa = max(self.mantissa, self.decimals)
        else:
            parts = PRINTED.findall(joined)
            fractions = [fraction for fraction, _, _ in parts]
            powers = [exponent or bare for _, exponent, bare in parts]
            self.exponents += sum(map(bool, powers))
            shown = (len(fraction) - int(power or 0) for fraction, power in zip(fractions, powers, strict=True))
            self.decimals = max(self.decimals, *shown, 0)
            self.mantissa = max(self.mantissa, *map(len, fractions), 0)
        self.padded = self.padded or any(fraction[1:].endswith("0") for fraction in fractions)

    def told(self) -> dict[str, Any] | None:
        """Return `decimals` and whether each number has an `exponent`, as a format %.{decimals}f or %.{decimals}e does.

        None where nothing can be told: full precision, or one short value throughout.
        """
        exponent = 0 < self.finite == self.exponents
        decimals = self.mantissa if exponent else self.decimals
        single = self.least == self.most and not self.padded
        if not self.finite or decimals > FULL or single:
            return None
        return {"decimals": decimals, "exponent": exponent}

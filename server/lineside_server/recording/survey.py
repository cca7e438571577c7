"""What each column of a table holds, found in one pass over all of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import numpy as np

from lineside_server.core.events import F64
from lineside_server.recording.cells import Printed, number, numbers
from lineside_server.recording.layout import Layout, Tally, rows_of

CELLS_AT_ONCE: Final = 200_000
STEPS: Final = 2**63


@dataclass(slots=True)
class Column:
    """What is known of a column: counts of cells, and the extremes of its numbers."""

    name: str
    place: int
    comma: bool
    rows: int = 0
    filled: int = 0  # cells that are not blank
    words: int = 0  # of them no numbers
    word: str = ""  # the first of these
    text: str = ""  # the first that is not blank
    constant: bool = True
    whole: bool = True  # all numbers are whole and may be steps
    falls: int = 0  # how often a number is less than the one before
    repeats: int = 0  # or equal to it
    last: float = -math.inf
    least: float = math.inf
    most: float = -math.inf
    points: bool = False
    commas: bool = False
    printed: Printed = field(default_factory=Printed)

    @property
    def numbers(self) -> int:
        return self.filled - self.words

    @property
    def is_series(self) -> bool:
        """Whether it is mainly numbers, and of one decimal mark."""
        return self.numbers > 0 and self.words <= self.numbers and not (self.points and self.commas)

    @property
    def is_steps(self) -> bool:
        """Whether every number of it, and at least every other cell, can be a step."""
        return self.whole and self.numbers > 0 and not self.words and 2 * self.numbers >= self.rows

    def take(self, cells: Sequence[str]) -> None:
        """Take in the next cells, downwards."""
        self.rows += len(cells)
        told = [cell for cell in cells if cell]
        if not told:
            return
        self.text = self.text or told[0]
        self.constant = self.constant and set(told) == {self.text}
        read = self._numbers(told)
        kept = [cell for cell, value in zip(told, read, strict=True) if value is not None]
        values = np.array([value for value in read if value is not None], np.float64)
        self.filled += len(values)
        if len(values):
            self._measure(kept, values)

    def _numbers(self, told: Sequence[str]) -> Sequence[float | None]:
        """Return the number in each cell; None in one that is blank, or holds a word, which is counted."""
        read = numbers(told, comma=self.comma)
        if read is not None:
            return read
        read = []
        for cell in told:
            try:
                read.append(number(cell, comma=self.comma))
            except ValueError:
                read.append(None)
                self.words += 1
                self.filled += 1
                self.word = self.word or cell
        return read

    def _measure(self, cells: Sequence[str], values: F64) -> None:
        self.printed.take(cells, values)
        self.whole = self.whole and bool(np.all((values >= 0) & (values < STEPS) & (np.floor(values) == values)))
        finite = values[np.isfinite(values)]
        if len(finite):
            before = np.concatenate([[self.last], finite[:-1]])
            self.falls += int(np.sum(finite < before))
            self.repeats += int(np.sum(finite == before))
            self.last = float(finite[-1])
            self.least, self.most = min(self.least, float(finite.min())), max(self.most, float(finite.max()))
        if self.comma:
            joined = " ".join(cells)
            self.points, self.commas = self.points or "." in joined, self.commas or "," in joined


@dataclass(frozen=True, slots=True)
class Survey:
    """The columns that have a name, and the rows that were passed over."""

    columns: tuple[Column, ...]
    tally: Tally


def survey_of(layout: Layout) -> Survey:
    """Read a whole table once, holding little of it; BadInput as `rows_of`."""
    columns = [Column(name, place, layout.comma) for place, name in enumerate(layout.names) if name]
    tally = Tally()
    rows = rows_of(layout, tally)
    while block := list(islice(rows, max(1, CELLS_AT_ONCE // len(layout.raw)))):
        by_place = list(zip(*block, strict=True))
        for column in columns:
            column.take(by_place[column.place])
    return Survey(tuple(columns), tally)

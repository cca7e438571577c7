"""When the rows of a table were written: by a clock, by the seconds since the start, or not said at all."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from lineside_server.recording.cells import number
from lineside_server.recording.survey import Column

ClockKind = Literal["wall", "elapsed", "none"]
ELAPSED_ROWS: Final = 5  # fewer do not show that a column of seconds only ever grows
LATEST: Final = 1e12  # seconds, the bound of the service
# Unix times by how they are counted: seconds, milli-, micro- and nanoseconds since 1970, from 1985 on.
UNITS: Final = ((5e8, 1e11, 1.0), (5e11, 1e14, 1e-3), (5e14, 1e17, 1e-6), (5e17, 1e20, 1e-9))


@dataclass(slots=True)
class Clock:
    """The time of each row: `at` is asked for one cell after the other; a blank cell has the time of the row before."""

    kind: ClockKind
    now: float
    scale: float = 1.0
    offset: float = 0.0
    place: int | None = None
    comma: bool = False

    def at(self, row: list[str]) -> float:
        """Return the Unix time of a row."""
        if self.place is not None and (told := _seconds(row[self.place], self.comma)) is not None:
            stamped, value = told
            time = value if stamped else value * self.scale + self.offset
            self.now = time if 0 <= time < LATEST else self.now
        return self.now


def wall_clock(column: Column) -> Clock | None:
    """Return a clock that reads a column of Unix times or of dates, None where it holds neither."""
    if (first := _stamp(column.text)) is not None:
        return Clock("wall", first, place=column.place)
    for least, most, scale in UNITS:
        if not column.words and least <= column.least and column.most < most:
            return Clock("wall", column.least * scale, scale, place=column.place, comma=column.comma)
    return None


def elapsed_clock(column: Column, end: float, *, told: bool = False) -> Clock | None:
    """Return a clock that reads seconds since the start; `end` is when the file was last written.

    Unless it is `told`, the column must only ever grow: a duration of each step does not.
    """
    grows = column.falls == 0 and column.numbers >= ELAPSED_ROWS and column.least < column.most
    if not column.is_series or column.least < 0 or not column.most < UNITS[0][0] or not (told or grows):
        return None
    start = max(0.0, end - column.most)
    return Clock("elapsed", start, offset=start, place=column.place, comma=column.comma)


def no_clock(end: float) -> Clock:
    """Return the one time that all rows bear when nothing says any."""
    return Clock("none", end)


def _seconds(cell: str, comma: bool) -> tuple[bool, float] | None:
    """Return the number in a cell, and whether it is a date that was turned into one."""
    try:
        value = number(cell, comma=comma)
    except ValueError:
        stamp = _stamp(cell)
        return None if stamp is None else (True, stamp)
    return (False, value) if value is not None and math.isfinite(value) else None


def _stamp(cell: str) -> float | None:
    """Return the Unix time of a date in ISO 8601, in UTC where it names no zone."""
    if cell.count("-") < 2:
        return None
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        return None
    seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return seconds if 0 <= seconds < LATEST else None

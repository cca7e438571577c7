"""How a table is laid out: what parts its cells, and what its columns are called."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from lineside_server.recording.cells import number
from lineside_server.recording.model import no_run
from lineside_server.recording.source import HEAD, reading_text

DELIMITERS: Final = ",;\t|"
NO_DELIMITER: Final = "\x1f"
SAMPLE: Final = 100  # rows
LINE_END: Final = re.compile(r"[\r\n]")
OF_RUN: Final = re.compile(r"(?P<run>.+?) - (?P<name>.+?)(?P<envelope>__MIN|__MAX)?")
INDEX: Final = re.compile(r"(Unnamed: \d+)?")  # how pandas writes the index of a table


@dataclass(frozen=True, slots=True)
class Layout:
    """`names` are the columns' own, "" for one that is passed over; `runs` are the runs that a W&B chart names."""

    path: Path
    delimiter: str
    raw: tuple[str, ...]
    names: tuple[str, ...]
    runs: tuple[str, ...] = ()

    @property
    def comma(self) -> bool:
        """Whether 1,5 may be a number."""
        return self.delimiter != ","


@dataclass(slots=True)
class Tally:
    """Rows that were passed over."""

    rows: int = 0
    overlong: int = 0
    headers: int = 0
    cut: bool = False


def layout_of(path: Path, head: str) -> Layout:
    """Guess the layout from the beginning; BadInput where it is no table."""
    if len(head) >= HEAD and not LINE_END.search(head):
        raise no_run(path, "its first line has no end")
    head = head[: max(head.rfind("\n"), head.rfind("\r")) + 1] or head
    best: tuple[float, int, str] = (0.0, 1, NO_DELIMITER)
    for delimiter in DELIMITERS:
        sample = _sample(head, delimiter)
        width = len(sample[0]) if sample else 0
        if width > 1:
            alike = sum(len(row) == width for row in sample) / len(sample)
            best = max(best, (alike, width, delimiter), key=lambda found: found[:2])
    delimiter = best[2]
    sample = _sample(head, delimiter) or [[head.strip()]]
    raw = tuple(map(str.strip, sample[0]))
    if all(_is_number(name) for name in raw):
        raise no_run(path, "its first line holds numbers, where a table has the names of its columns")
    names, runs = _names(raw)
    return Layout(path, delimiter, raw, names, runs)


def rows_of(layout: Layout, tally: Tally) -> Iterator[list[str]]:
    """Return the rows below the header, stripped and as wide as it; `tally` counts those that are passed over."""
    width, header = len(layout.raw), list(layout.raw)
    with reading_text(layout.path) as text:
        lines = _Lines(text)
        held: list[str] | None = None
        first = True
        for row in _checked(layout, csv.reader(lines, delimiter=layout.delimiter)):
            if held is not None:
                yield held
            held = None
            cells = list(map(str.strip, row))
            if not any(cells):
                continue
            if first or cells[:width] == header:
                tally.headers += not first
                first = False
            elif any(cells[width:]):
                tally.overlong += 1
            else:
                tally.rows += 1
                tally.cut = len(cells) < width
                held = cells[:width] + [""] * (width - len(cells))
        tally.cut = tally.cut and held is not None and not lines.ended
        if held is not None and not tally.cut:
            yield held


class _Lines:
    """The lines of a text; `ended` tells whether the last one so far has its end."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.ended = True

    def __iter__(self) -> Iterator[str]:
        for line in self._text:
            self.ended = line[-1] in "\r\n"
            yield line


def _checked(layout: Layout, rows: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from rows
    except csv.Error as fault:
        raise no_run(layout.path, f"it cannot be read as a table ({fault})") from fault


def _sample(head: str, delimiter: str) -> list[list[str]]:
    try:
        rows = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
        return list(islice((row for row in rows if any(cell.strip() for cell in row)), SAMPLE))
    except csv.Error:
        return []


def _is_number(cell: str) -> bool:
    try:
        return number(cell) is not None
    except ValueError:
        return False


def _names(raw: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Name the columns: an index has no name, a W&B chart's lose their run, and one that stands twice is numbered."""
    names, runs = _without_run(raw)
    seen: dict[str, int] = {}
    told = []
    for name in names:
        if INDEX.fullmatch(name):
            told.append("")
            continue
        seen[name] = seen.get(name, 0) + 1
        told.append(name if seen[name] == 1 else f"{name}.{seen[name]}")
    return tuple(told), runs


def _without_run(raw: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Undo how W&B exports a chart: `run - key`, with a `__MIN` and a `__MAX` beside each."""
    parts = [OF_RUN.fullmatch(name) for name in raw]
    if not any(part and part["envelope"] for part in parts):
        return list(raw), ()
    runs = tuple(dict.fromkeys(part["run"] for part in parts if part))
    names = []
    for name, part in zip(raw, parts, strict=True):
        envelope = part and part["envelope"]
        alone = part["name"] if part and len(runs) == 1 else name
        names.append("" if envelope else alone)
    return names, runs

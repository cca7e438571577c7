"""Which batches of a run are due, and whether one is missing among those that came after it."""

from typing import Final

from sqlalchemy import select

from lineside_server.store import tables
from lineside_server.store.engine import Store
from lineside_server.store.seqs import Seqs

LATE_START: Final = 8  # a first batch of a higher number is where its writer begins; up to it others are due


def due_seqs(store: Store, run_id: str) -> tuple[dict[str, int], bool]:
    """Return the seq that is due next of each writer, and whether one before it is missing.

    A writer counts from 0 or 1, or from some higher number where it likes; what lies between its batches is due.
    """
    writer = tables.writer.c
    with store.reader() as connection:
        rows = connection.execute(select(writer.writer, writer.applied).where(writer.run_id == run_id)).all()
    ranges = {name: Seqs.unpack(applied).ranges() for name, applied in rows}
    return {name: told[-1][1] + 1 for name, told in ranges.items() if told}, any(map(_is_open, ranges.values()))


def _is_open(ranges: list[tuple[int, int]]) -> bool:
    return len(ranges) > 1 or (len(ranges) == 1 and 1 < ranges[0][0] <= LATE_START)

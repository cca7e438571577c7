"""Turns a run's journal into chunks, in the transaction that deletes the journal's rows."""

import logging
from itertools import pairwise
from typing import Final

import numpy as np
from sqlalchemy import delete, insert, select, update

from lineside_server.store import chunks, codec, tables, tracks
from lineside_server.store.chunks import Address
from lineside_server.store.codec import DamagedError
from lineside_server.store.heads import Head
from lineside_server.store.points import Points, join, merge
from lineside_server.store.tail import Tail
from lineside_server.store.work import Work

_log = logging.getLogger(__name__)
_SMALL: Final = 256  # points: below this a chunk always takes in what follows
_GROWTH: Final = 4  # a chunk is written anew for at least a quarter of its size: sealing stays linear
_ROWS: Final = 64  # chunks written at once: a long backlog must not gather in memory
_journal, _chunk = tables.journal.c, tables.chunk.c


def due(head: Head, work: Work) -> bool:
    limits = work.sealing
    return head.tail_steps >= limits.steps or head.tail_bytes >= limits.bytes or head.tail_rows >= limits.rows


def seal(work: Work, head: Head) -> None:
    """Nothing that is seen changes: a read before and after gives the same."""
    run_id = head.run.id
    for attempt, tail in _tails(work, run_id).items():
        _Sealer(work, run_id, attempt).run(tail)
    work.connection.execute(delete(tables.journal).where(_journal.run_id == run_id, _journal.attempt > 0))
    head.tail_rows = head.tail_steps = head.tail_bytes = 0


def _tails(work: Work, run_id: str) -> dict[int, Tail]:
    tails: dict[int, Tail] = {}
    rows = select(_journal.cursor, _journal.attempt, _journal.checksum, _journal.body)
    ours = rows.where(_journal.run_id == run_id, _journal.attempt > 0).order_by(_journal.cursor)
    for row in work.connection.execute(ours).all():
        try:
            codec.verify(row.checksum, row.body)
        except DamagedError:
            _set_aside(work, run_id, row.cursor, row.attempt)
        else:
            tails.setdefault(row.attempt, Tail()).add(row.body)
    return tails


def _set_aside(work: Work, run_id: str, cursor: int, attempt: int) -> None:
    _log.error("row %d of the journal of run %s is damaged, and is set aside", cursor, run_id)
    work.tally.damaged += 1
    ours = (_journal.run_id == run_id, _journal.cursor == cursor)
    work.connection.execute(update(tables.journal).where(*ours).values(attempt=-attempt))


class _Sealer:
    """Seals the tail of one attempt; rows are gathered and written together."""

    def __init__(self, work: Work, run_id: str, attempt: int) -> None:
        self._work, self._run_id, self._attempt = work, run_id, attempt
        self._rows: list[dict[str, object]] = []
        self._last: tuple[int, int] = (0, 0)  # first step and size of the chunk written last

    def run(self, tail: Tail) -> None:
        known = tracks.of_attempt(self._work.connection, self._run_id, self._attempt)
        new: list[tracks.Fields] = []
        changed: list[tracks.Fields] = []
        for series_id in sorted(tail.series_ids()):
            address = (self._run_id, series_id, self._attempt)
            fields = self._seal(address, *tail.series(series_id), known.get(series_id))
            fields |= {"run_id": self._run_id, "series_id": series_id, "attempt": self._attempt}
            (changed if series_id in known else new).append(fields)
        self._flush()
        tracks.save(self._work.connection, new, changed)

    def _seal(self, address: Address, points: Points, corrected: int, track: tracks.Track | None) -> tracks.Fields:
        self._work.tally.corrected += corrected
        if track is None or points.steps[0] > track.last_step:
            fields = tracks.extended(track, points, corrected)
            if track is None or self._extend(address, points, corrected, track):
                if track is None:
                    self._write(address, points, corrected)
                return fields | {"chunk_first_step": self._last[0], "chunk_n": self._last[1]}
        else:
            self._sort_in(address, points, corrected)
        self._flush()
        fields_now = tracks.recount(self._work.connection, address)
        assert fields_now is not None, "points were just written"
        return fields_now

    def _extend(self, address: Address, points: Points, corrected: int, track: tracks.Track) -> bool:
        """Adds later points; a small last chunk takes them in. False when that one was damaged."""
        whole = track.chunk_n + points.n <= self._work.sealing.chunk_points
        if not (whole and track.chunk_n < max(_SMALL, _GROWTH * points.n)):
            self._write(address, points, corrected)
            return True
        before = self._take(address, track.chunk_first_step)
        if before is None:
            self._write(address, points, corrected)
            return False
        self._write(address, join([before[0], points]), before[1] + corrected)
        return True

    def _sort_in(self, address: Address, points: Points, corrected: int) -> None:
        """Late points go into the chunks that they fall into, corrections replace what is there."""
        overlapping = (_chunk.last_step >= int(points.steps[0]), _chunk.first_step <= int(points.steps[-1]))
        found = select(_chunk.first_step).where(*chunks.at(address), *overlapping).order_by(_chunk.first_step)
        firsts = list(self._work.connection.execute(found).scalars())
        if not firsts:
            self._write(address, points, corrected)
        bounds = [0, *np.searchsorted(points.steps, firsts[1:]).tolist(), points.n]
        for place, first in enumerate(firsts):
            part = points.cut(bounds[place], bounds[place + 1])
            self._replace(address, first, part, corrected if place == 0 else 0)

    def _replace(self, address: Address, first_step: int, points: Points, corrected: int) -> None:
        if not points:
            return
        before = self._take(address, first_step)
        if before is None:
            self._write(address, points, corrected)
            return
        merged, replaced = merge(before[0], points)
        self._work.tally.corrected += replaced
        self._write(address, merged, before[1] + replaced + corrected)

    def _take(self, address: Address, first_step: int) -> tuple[Points, int] | None:
        self._flush()
        taken = chunks.take(self._work.connection, address, first_step)
        if taken is None:
            _log.error("the chunk of run %s, series %d, at step %d is damaged", address[0], address[1], first_step)
            self._work.tally.damaged += 1
        return taken

    def _write(self, address: Address, points: Points, corrected: int) -> None:
        parts = max(1, round(points.n / self._work.sealing.chunk_points))  # a little over is no reason for two halves
        edges = [points.n * part // parts for part in range(parts + 1)]
        for start, stop in pairwise(edges):
            part = points.cut(start, stop)
            self._rows.append(chunks.row_of(address, part, corrected if start == 0 else 0))
            self._last = (int(part.steps[0]), part.n)
        self._work.tally.sealed_chunks += parts
        if len(self._rows) >= _ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            self._work.connection.execute(insert(tables.chunk), self._rows)
            self._rows = []

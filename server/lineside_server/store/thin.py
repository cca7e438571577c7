"""Series as views: every point while they are few, else buckets in which no extreme and no NaN is lost."""

from dataclasses import replace
from typing import Final

import numpy as np
from sqlalchemy import Connection

from lineside_server.core.series import SeriesView
from lineside_server.store import chunks
from lineside_server.store.buckets import Buckets
from lineside_server.store.chunks import Address
from lineside_server.store.codec import DamagedError
from lineside_server.store.nonfinite import listed
from lineside_server.store.pieces import Piece, Series
from lineside_server.store.points import NO_BAD, Bad, Points, bad_runs, join
from lineside_server.store.sketch import atoms_of, one_atom, sketch_size

_FIELDS: Final = {"step": "step", "ts": "ts", "value": "last", "min": "min", "max": "max"}


def view(connection: Connection, series: Series, limit: int) -> SeriesView:
    return _every_point(connection, series) if series.count <= limit else _buckets(connection, series, limit)


def by_time(given: SeriesView) -> SeriesView:
    """The same entries in the order of their times: late points stand where they happened."""
    order = np.argsort(given.ts, kind="stable")
    names = ("step", "ts", "value", "min", "max")
    return replace(given, **{name: getattr(given, name)[order] for name in names})


def last_point(series: Series, opened: Points | None) -> tuple[int, float, float] | None:
    """(step, ts, value) of the last point; `opened`: the points of the last piece, if they are at hand."""
    if opened:
        return int(opened.steps[-1]), float(opened.times[-1]), float(opened.values[-1])
    chunk = series.pieces[-1].chunk if series.pieces else None
    return (chunk.last_step, chunks.plain(chunk.last_ts), chunks.plain(chunk.last_value)) if chunk else None


def _every_point(connection: Connection, series: Series) -> SeriesView:
    parts = [part for piece in series.pieces if (part := series.open(connection, piece))]
    points = join(parts)
    return SeriesView(
        count=points.n,
        thinned=False,
        step=points.steps,
        ts=points.times,
        value=points.values,
        min=points.values,
        max=points.values,
        nonfinite=listed([bad_runs(points)], max(points.n, 1)),
        last=last_point(series, points),
        corrected=series.corrected,
        damaged=tuple(series.damaged),
    )


def _buckets(connection: Connection, series: Series, limit: int) -> SeriesView:
    buckets = Buckets(series.count, limit)
    reader = _Reader(connection, series, limit)
    for piece in series.pieces:
        reader.read(piece, buckets)
    atoms = buckets.result()
    return SeriesView(
        count=series.count,
        thinned=True,
        **{name: np.ascontiguousarray(atoms[field]) for name, field in _FIELDS.items()},
        nonfinite=listed(reader.bad, limit),
        last=last_point(series, reader.opened),
        corrected=series.corrected,
        damaged=tuple(series.damaged),
    )


class _Reader:
    """Reads pieces as coarsely as the buckets allow: a chunk as one atom, as its sketch, or as its points."""

    def __init__(self, connection: Connection, series: Series, limit: int) -> None:
        self._connection, self._series = connection, series
        whole = [piece for piece in series.pieces if piece.whole]
        # What stands for several points may be no wider than a bucket, taken on average.
        needed = sum(piece.n for piece in whole) * limit / series.count
        self._by_chunk = len(whole) >= needed
        by_sketch = not self._by_chunk and sum(sketch_size(piece.n) for piece in whole) >= needed
        addresses = {piece.address for piece in whole if by_sketch}
        self._sketches = {address: self._load(address, whole) for address in addresses}
        self.bad: list[Bad] = []
        self.opened: Points | None = None  # the points of the piece that was read last, if it had to be opened

    def read(self, piece: Piece, buckets: Buckets) -> None:
        try:
            coarse = self._coarse(piece)
            bad = chunks.bad_of(piece.chunk) if coarse and piece.chunk is not None else NO_BAD
        except DamagedError:
            coarse = None
        if coarse is None:
            self.opened = self._series.open(self._connection, piece)
            coarse, bad = atoms_of(self.opened).tobytes(), bad_runs(self.opened)
        else:
            self.opened = None
        if len(bad):
            self.bad.append(_moved(bad, buckets.taken))
        buckets.take(piece.n, coarse)

    def _coarse(self, piece: Piece) -> bytes | None:
        """None: the points themselves are wanted."""
        row = piece.chunk
        if not piece.whole or row is None:
            return None
        if self._by_chunk:
            extremes = (chunks.plain(row.last_finite), chunks.plain(row.min), chunks.plain(row.max))
            return one_atom(row.n, row.first_step, chunks.plain(row.first_ts), extremes)
        return self._sketches.get(piece.address, {}).get(row.first_step)

    def _load(self, address: Address, pieces: list[Piece]) -> dict[int, bytes]:
        firsts = [piece.chunk.first_step for piece in pieces if piece.address == address and piece.chunk is not None]
        return chunks.sketches(self._connection, address, firsts[0], firsts[-1])


def _moved(runs: Bad, by: int) -> Bad:
    moved = runs.copy()
    moved["start"] += by
    return moved

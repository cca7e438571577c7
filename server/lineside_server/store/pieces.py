"""A series as disjoint pieces in step order, chunks and unsealed points together, opened only where needed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row

from lineside_server.core.series import Damage
from lineside_server.store import chunks
from lineside_server.store.chunks import Address
from lineside_server.store.codec import DamagedError
from lineside_server.store.points import EMPTY, Points, merge


@dataclass(slots=True)
class Piece:
    """Unsealed points, or one chunk cut to [low, high] with `points` that came later sorted in."""

    n: int
    points: Points
    chunk: Row[Any] | None = None
    address: Address = ("", 0, 0)
    low: int = 0
    high: int = 0
    whole: bool = False  # exactly one chunk: its figures and its sketch can stand for it

    def open(self, connection: Connection) -> Points:
        """DamagedError when the chunk is not what was written."""
        return self.points if self.chunk is None else self._sorted_in(connection)[0]

    def count(self, connection: Connection) -> int:
        """Fixes `n`, and says how many sealed points were corrected by later ones."""
        if self.whole or self.chunk is None:
            return 0
        points, corrected = self._sorted_in(connection)
        self.n = points.n
        return corrected

    def _sorted_in(self, connection: Connection) -> tuple[Points, int]:
        assert self.chunk is not None, "only for chunks"
        sealed = chunks.points_of(connection, self.address, self.chunk.first_step)
        return merge(sealed.between(self.low, self.high), self.points)

    def damage(self) -> Damage:
        assert self.chunk is not None, "only chunks can be damaged"
        return damage_of(self.chunk)


@dataclass(slots=True)
class Series:
    """One series between two steps, as the chosen attempts show it."""

    pieces: list[Piece] = field(default_factory=list)
    corrected: int = 0
    damaged: list[Damage] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(piece.n for piece in self.pieces)

    def add(self, connection: Connection, piece: Piece) -> None:
        """A chunk that must be opened to be counted, and cannot be, is named and left out."""
        try:
            self.corrected += piece.count(connection)
        except DamagedError:
            self.damaged.append(piece.damage())
            piece = Piece(piece.points.n, piece.points)
        if piece.n:
            self.pieces.append(piece)

    def open(self, connection: Connection, piece: Piece) -> Points:
        """The points of a piece; of a damaged one, which is then named, what is left."""
        try:
            return piece.open(connection)
        except DamagedError:
            self.damaged.append(piece.damage())
            piece.n = piece.points.n
            return piece.points


def damage_of(chunk: Row[Any]) -> Damage:
    return Damage(abs(chunk.attempt), chunk.first_step, chunk.last_step, chunk.n)


def arrange(address: Address, rows: Sequence[Row[Any]], tail: Points, low: int, high: int) -> list[Piece]:
    """Chunks in step order and unsealed points, cut to [low, high], as disjoint pieces in step order."""
    tail = tail.between(low, high)
    if not (rows and tail) or tail.steps[0] > rows[-1].last_step:
        pieces = [_chunk(row, EMPTY, address, low, high) for row in rows]
        return [*pieces, Piece(tail.n, tail)]
    pieces = []
    bounds = [0, *np.searchsorted(tail.steps, [row.first_step for row in rows[1:]]).tolist(), tail.n]
    for place, row in enumerate(rows):
        part = tail.cut(bounds[place], bounds[place + 1])
        before, within, after = _around(part, row)
        pieces += [Piece(before.n, before), _chunk(row, within, address, low, high), Piece(after.n, after)]
    return pieces


def _chunk(row: Row[Any], late: Points, address: Address, low: int, high: int) -> Piece:
    whole = not late and low <= row.first_step and row.last_step <= high
    return Piece(row.n, late, row, address, low, high, whole)


def _around(part: Points, row: Row[Any]) -> tuple[Points, Points, Points]:
    start = int(np.searchsorted(part.steps, row.first_step))
    stop = int(np.searchsorted(part.steps, row.last_step, side="right"))
    return part.cut(0, start), part.cut(start, stop) if stop > start else EMPTY, part.cut(stop, part.n)

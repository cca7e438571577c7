"""The journal's bodies: points as they came, written fast, and read back as series."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from lineside_server.core.events import F64, I64
from lineside_server.store.points import EMPTY, Points, latest


class Rows(NamedTuple):
    """Points of several series at common steps: `ids` (k,), `steps` and `times` (n,), `values` (n, k)."""

    ids: I64
    steps: I64
    times: F64
    values: F64


# ids, steps, times, values row by row: rows of equal ids can be put together by joining bytes.
_Packed = tuple[bytes, bytes, bytes, bytes]
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[_Packed]).decode


def pack(rows: Iterable[Rows]) -> bytes:
    return _encode([tuple(np.ascontiguousarray(part).tobytes() for part in block) for block in rows])


class _Group:
    """All blocks of one set of series, put together once they are read."""

    __slots__ = ("columns", "order", "parts")

    def __init__(self, ids: bytes) -> None:
        self.columns = {key: column for column, key in enumerate(np.frombuffer(ids, "<i8").tolist())}
        self.parts: list[_Packed] = []
        self.order: list[int] = []  # the place of each block among all, for "the latest wins"

    def rows(self) -> tuple[I64, F64, F64]:
        steps, times, values = (b"".join(part[place] for part in self.parts) for place in (1, 2, 3))
        matrix = np.frombuffer(values, "<f8").reshape(-1, len(self.columns))
        return np.frombuffer(steps, "<i8"), np.frombuffer(times, "<f8"), matrix

    def arrivals(self) -> I64:
        return np.repeat(np.array(self.order), [len(part[1]) // 8 for part in self.parts])


class Tail:
    """The unsealed points of one attempt, added in the order in which they were applied."""

    def __init__(self) -> None:
        self._groups: dict[bytes, _Group] = {}
        self._blocks = 0
        self._read: dict[bytes, tuple[I64, F64, F64]] = {}

    def add(self, body: bytes) -> None:
        for packed in _decode(body):
            group = self._groups.get(packed[0])
            if group is None:
                group = self._groups[packed[0]] = _Group(packed[0])
            group.parts.append(packed)
            group.order.append(self._blocks)
            self._blocks += 1

    def series_ids(self) -> set[int]:
        return {key for group in self._groups.values() for key in group.columns}

    def series(self, series_id: int) -> tuple[Points, int]:
        """Its points, and how many were replaced by later ones."""
        holders = [(ids, group) for ids, group in self._groups.items() if series_id in group.columns]
        if not holders:
            return EMPTY, 0
        found = [self._column(ids, group, series_id) for ids, group in holders]
        if len(found) == 1:
            return latest(*found[0])
        arrival = np.argsort(np.concatenate([group.arrivals() for _, group in holders]), kind="stable")
        return latest(*_in_order(found, arrival))

    def _column(self, ids: bytes, group: _Group, series_id: int) -> Points:
        if ids not in self._read:
            self._read[ids] = group.rows()
        steps, times, values = self._read[ids]
        return Points(steps, times, np.ascontiguousarray(values[:, group.columns[series_id]]))


def _in_order(parts: Sequence[Points], order: I64) -> Points:
    return Points(*(np.concatenate(columns)[order] for columns in zip(*parts, strict=True)))

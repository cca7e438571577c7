"""Cuts a batch out of the bytes of a segment: the same bytes always give the same batch."""

from __future__ import annotations

import json
import struct
from array import array
from typing import Any, NamedTuple

from ._record import EVENT, FRAME_SIZE, KEYS, KEYSET, MARK_BYTES, POINT, ROW_START, Alike, following, frames

MAX_COST = 3_800_000  # bytes of a body by estimate, below the 4 MiB that the client never exceeds
_POINT_HEAD = ROW_START + 16
_HEAD_END = FRAME_SIZE + ROW_START
_NO_ROOM, _UNREADABLE = -1, -2


class Batch(NamedTuple):
    """Events ready for the wire; `end` is how far into the data they reach, `full` whether more may follow at once."""

    events: list[dict[str, Any]]
    end: int
    records: int
    damaged: int
    full: bool


def build(data: bytes, keysets: dict[int, list[str]], base: int, *, exact: bool) -> Batch:
    """Read records until `data` or the size of a body is exhausted; `keysets` learns the key sets met on the way."""
    table = _Table(base)
    groups = table.groups
    end = cost = records = damaged = 0
    while (found := following(data, end, exact=exact)) is not None:
        upto, body = found
        if body is None:
            damaged += max(data.count(MARK_BYTES, end, upto), 1)
            end = upto
            continue
        # Nearly all records are points of a key set that this batch has met, and nearly always more of it follow.
        head = body[:ROW_START]
        group = groups.get(head)
        if group is not None and len(body) == group.size and cost + group.size <= MAX_COST:
            group.rows.append(body[ROW_START:])
            extra = group.size
        else:
            extra = table.add(body, keysets, room=MAX_COST - cost)
        if extra == _NO_ROOM:
            return Batch(table.close(damaged), end, records, damaged, full=True)
        damaged += extra == _UNREADABLE
        records += extra > 0
        cost += max(extra, 0)
        end = upto
        if group is not None and data[end + FRAME_SIZE : end + _HEAD_END] == head:
            rows = group.alike.rows(data, end, (MAX_COST - cost) // group.size)
            group.rows += rows
            records += len(rows)
            cost += len(rows) * group.size
            end += len(rows) * (FRAME_SIZE + group.size)
    return Batch(table.close(damaged), end, records, damaged, full=False)


def learn(data: bytes, keysets: dict[int, list[str]]) -> None:
    """Take up the key sets that the records of `data` define."""
    for _, body in frames(data, exact=True):
        if body is not None and body[0] == KEYS:
            _learn(body, keysets)


def _learn(body: bytes, keysets: dict[int, list[str]]) -> None:
    keysets[KEYSET.unpack_from(body)[1]] = json.loads(body[KEYSET.size :])


class _Group:
    """Points of one key set."""

    __slots__ = ("alike", "keys", "rows", "size")

    def __init__(self, head: bytes, keys: list[str]) -> None:
        self.keys = keys
        self.size = _POINT_HEAD + 8 * len(keys)
        self.alike = Alike(head, self.size)
        self.rows: list[bytes] = []


class _Table:
    """Gathers points of equal key sets into columns without changing which value of a key comes last."""

    def __init__(self, base: int) -> None:
        self.groups: dict[bytes, _Group] = {}  # by the first bytes of a point: kind and key set
        self._base = base
        self._taken: set[str] = set()
        self._columns: list[dict[str, Any]] = []
        self._events: list[dict[str, Any]] = []

    def add(self, body: bytes, keysets: dict[int, list[str]], room: int) -> int:
        """Take a record in; return about how many bytes it adds to a body, 0 for a definition, or what hinders."""
        try:
            if body[0] == POINT:
                return self._add_point(body, keysets, room)
            if body[0] == EVENT:
                return self._add_event(body, room)
            if body[0] == KEYS:
                _learn(body, keysets)
                return 0
        except (ValueError, KeyError, struct.error):
            return _UNREADABLE
        return _UNREADABLE

    def close(self, damaged: int) -> list[dict[str, Any]]:
        self._flush()
        if damaged:
            self._events.insert(0, {"type": "gap", "records": damaged})
        return self._columns + self._events

    def _is_empty(self) -> bool:
        return not (self.groups or self._columns or self._events)

    def _add_point(self, body: bytes, keysets: dict[int, list[str]], room: int) -> int:
        head = body[:ROW_START]
        known = self.groups.get(head)
        group = known or _Group(head, keysets[KEYSET.unpack_from(body)[1]])
        if len(body) != group.size:
            return _UNREADABLE
        cost = group.size
        if known is None:
            cost += 96 + sum(4 * len(key) + 10 for key in group.keys)  # a character is at most four bytes
        if cost > room and not self._is_empty():
            return _NO_ROOM
        if known is None:
            self._begin(head, group)
        group.rows.append(body[ROW_START:])
        return cost

    def _add_event(self, body: bytes, room: int) -> int:
        if len(body) > room and not self._is_empty():
            return _NO_ROOM
        event = json.loads(body[1:])
        if "step" in event:
            step = event["step"]
            event["step"] = max(self._base, 0) if step is None else self._base - step if step < 0 else step
        self._events.append(event)
        return len(body) + 64

    def _begin(self, head: bytes, group: _Group) -> None:
        # A key that two groups share could come out in the wrong order: the later value must win.
        if not self._taken.isdisjoint(group.keys):
            self._flush()
        self._taken.update(group.keys)
        self.groups[head] = group

    def _flush(self) -> None:
        self._columns.extend(_columns(group, self._base) for group in self.groups.values())
        self.groups.clear()
        self._taken.clear()


def _columns(group: _Group, base: int) -> dict[str, Any]:
    # Rows are moved about as 64-bit words, so that every bit pattern of a double survives.
    words = array("Q")
    words.frombytes(b"".join(group.rows))
    width = len(group.keys) + 2
    return {
        "type": "columns",
        "steps": _resolve(words[0::width].tobytes(), base),
        "ts": words[1::width].tobytes(),
        "columns": {key: words[2 + place :: width].tobytes() for place, key in enumerate(group.keys)},
    }


def _resolve(steps: bytes, base: int) -> bytes:
    layout = f"<{len(steps) // 8}q"
    numbers = struct.unpack(layout, steps)
    if min(numbers) >= 0:
        return steps
    return struct.pack(layout, *(base - step if step < 0 else step for step in numbers))

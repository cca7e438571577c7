"""The binary records of a spool segment: framed and checksummed, so that damage stays where it is.

A record is a frame (mark, length of the body, CRC-32 of the body) and a body whose first byte tells its kind:
KEYS names a set of keys once per segment, POINT is one `log()` (id of the key set, step, time, one double a key),
EVENT is anything else, as JSON. All integers and doubles are little-endian.
A negative step -k means "k steps after the last one that the server knew when the run was opened".
"""

from __future__ import annotations

import json
from struct import Struct
from typing import TYPE_CHECKING, Any
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

KEYS, POINT, EVENT = 1, 2, 3

MARK = 0x9E1D5AC3
MARK_BYTES = MARK.to_bytes(4, "little")
FRAME = Struct("<III")
FRAME_SIZE = FRAME.size
HEAD = Struct("<BIqd")  # kind, key set, step, time
KEYSET = Struct("<BI")
ROW_START = KEYSET.size  # a row is step, time and values: eight bytes each
MAX_BODY = 3 << 20  # a batch of one such record still fits the 4 MiB that the client sends at once


def frame(body: bytes) -> bytes:
    return FRAME.pack(MARK, len(body), crc32(body)) + body


def keys_record(keyset: int, keys: Sequence[str]) -> bytes:
    return frame(KEYSET.pack(KEYS, keyset) + json.dumps(keys).encode())


def event_record(event: Mapping[str, Any]) -> bytes:
    return frame(bytes([EVENT]) + json.dumps(event, allow_nan=False, separators=(",", ":")).encode())


def frames(data: bytes, *, exact: bool) -> Iterator[tuple[int, bytes | None]]:
    """Yield what `following` finds, one after the other."""
    position = 0
    while (found := following(data, position, exact=exact)) is not None:
        yield found
        position = found[0]


def following(data: bytes, position: int, *, exact: bool) -> tuple[int, bytes | None] | None:
    """Return (end, body) of the record at `position`, with None as the body of a damaged stretch.

    None before bytes at the end that hold no whole record (torn, or still being written), unless `data` is `exact`:
    then they are damage too.
    """
    size = len(data)
    if position >= size:
        return None
    # What _is_intact() says, spelt out: the sender comes here often.
    start = position + FRAME_SIZE
    if start < size:
        mark, length, checksum = FRAME.unpack_from(data, position)
        end = start + length
        if mark == MARK and end <= size and 0 < length <= MAX_BODY:
            body = data[start:end]
            if crc32(body) == checksum:
                return end, body
    intact = _next_intact(data, position + 1)
    if intact is None:
        return (size, None) if exact else None
    return intact, None


class Alike:
    """Reads records that follow each other and differ in their rows alone, as points of one key set do.

    Nearly all of a spool is of that kind, and this takes an eighth of the time of `following`.
    """

    __slots__ = ("_checksum", "_head", "_layout", "_start", "size")

    def __init__(self, head: bytes, size: int) -> None:
        """`head`: the first bytes of each body; `size`: of a body, in bytes."""
        self.size = size
        self._start = FRAME.pack(MARK, size, 0)[:8]
        self._head = head
        self._checksum = crc32(head)
        self._layout = Struct(f"<8sI{len(head)}s{size - len(head)}s")

    def rows(self, data: bytes, position: int, most: int) -> list[bytes]:
        """Return the rows from `position` on, up to the first record that is another one, torn or damaged."""
        start, head, begun, layout = self._start, self._head, self._checksum, self._layout
        found: list[bytes] = []
        if data[position : position + 8] != start:
            return found
        count = min(most, (len(data) - position) // layout.size)
        for its_start, checksum, its_head, row in layout.iter_unpack(
            memoryview(data)[position : position + count * layout.size]
        ):
            if its_start != start or its_head != head or crc32(row, begun) != checksum:
                break
            found.append(row)
        return found


def is_torn(data: bytes) -> bool:
    """Tell whether the bytes at the end of a segment are the start of a record whose write never ended."""
    if len(data) < FRAME.size:
        return data[:4] == MARK_BYTES[: len(data)]
    mark, length, _ = FRAME.unpack_from(data)
    return bool(mark == MARK and FRAME.size + length > len(data))


def _is_intact(data: bytes, position: int) -> bool:
    start = position + FRAME_SIZE
    if start >= len(data):
        return False
    _, length, checksum = FRAME.unpack_from(data, position)
    body = data[start : start + length]
    return 0 < length <= MAX_BODY and len(body) == length and crc32(body) == int(checksum)


def _next_intact(data: bytes, position: int) -> int | None:
    while (position := data.find(MARK_BYTES, position)) >= 0:
        if _is_intact(data, position):
            return position
        position += 1
    return None

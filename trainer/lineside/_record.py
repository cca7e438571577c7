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
_FRAME_SIZE = FRAME.size
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
    """Yield (end, body) for each record, with None as the body of a damaged stretch.

    Stops before bytes at the end that hold no whole record (torn, or still being written), unless `data` is `exact`:
    then they are damage too.
    """
    position, size = 0, len(data)
    while position < size:
        # What _is_intact() says, spelt out: this is the hottest loop of the sender.
        start = position + _FRAME_SIZE
        if start < size:
            mark, length, checksum = FRAME.unpack_from(data, position)
            end = start + length
            if mark == MARK and end <= size and 0 < length <= MAX_BODY:
                body = data[start:end]
                if crc32(body) == checksum:
                    yield end, body
                    position = end
                    continue
        following = _next_intact(data, position + 1)
        if following is None and not exact:
            return
        position = size if following is None else following
        yield position, None


def is_torn(data: bytes) -> bool:
    """Tell whether the bytes at the end of a segment are the start of a record whose write never ended."""
    if len(data) < FRAME.size:
        return data[:4] == MARK_BYTES[: len(data)]
    mark, length, _ = FRAME.unpack_from(data)
    return bool(mark == MARK and FRAME.size + length > len(data))


def _is_intact(data: bytes, position: int) -> bool:
    start = position + _FRAME_SIZE
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

"""Points of one series as compressed bytes, and back, bit for bit."""

import struct
import threading
import zlib
from typing import Final

import numpy as np
import zstandard
from numpy.typing import NDArray

from lineside_server.core.events import I64
from lineside_server.store.points import Points

_LEVEL: Final = 3
_HEADER: Final = struct.Struct("<IqqBqqB")  # n; first, base and item size of the deltas of steps, then of times
_BY_SIZE: Final = {0: np.uint8, 1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}


class DamagedError(Exception):
    """Stored bytes do not match their checksum, or are not what was written."""


class _PerThread(threading.local):
    # zstandard's objects must not be shared between threads, and cost more to make than to use.
    def __init__(self) -> None:
        self.compress = zstandard.ZstdCompressor(level=_LEVEL).compress
        self.compress_checked = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress
        self.decompress = zstandard.ZstdDecompressor().decompress


_zstd = _PerThread()


def checksum(*parts: bytes) -> int:
    total = 0
    for part in parts:
        total = zlib.crc32(part, total)
    return total


def verify(expected: int, *parts: bytes) -> None:
    if checksum(*parts) != expected:
        raise DamagedError("the checksum does not match")


def encode(points: Points) -> bytes:
    """At least one point."""
    steps_head, steps = _pack_deltas(points.steps)
    # The bits of a double are an integer too: their deltas are small for clocks and reversible for anything.
    times_head, times = _pack_deltas(np.ascontiguousarray(points.times).view(np.int64))
    values = _shuffle(np.ascontiguousarray(points.values).view(np.uint64))
    return _zstd.compress(_HEADER.pack(points.n, *steps_head, *times_head) + steps + times + values)


def decode(data: bytes) -> Points:
    try:
        raw = _zstd.decompress(data)
        n, s_first, s_base, s_size, t_first, t_base, t_size = _HEADER.unpack_from(raw)
        times_at = _HEADER.size + s_size * (n - 1)
        values_at = times_at + t_size * (n - 1)
        steps = _unpack_deltas(raw[_HEADER.size : times_at], n, s_first, s_base, s_size)
        times = _unpack_deltas(raw[times_at:values_at], n, t_first, t_base, t_size).view(np.float64)
        values = _unshuffle(raw[values_at:], n, 8).view(np.float64)
    except (zstandard.ZstdError, struct.error, ValueError, KeyError) as error:
        raise DamagedError(str(error)) from error
    return Points(steps, times, values)


def squeeze(raw: bytes) -> bytes:
    """With a checksum inside."""
    return _zstd.compress_checked(raw)


def unsqueeze(packed: bytes) -> bytes:
    try:
        return _zstd.decompress(packed)
    except zstandard.ZstdError as error:
        raise DamagedError(str(error)) from error


def _pack_deltas(numbers: I64) -> tuple[tuple[int, int, int], bytes]:
    """(first, smallest delta, item size) and the deltas above the smallest; all modulo 2^64, so nothing overflows."""
    deltas = np.diff(numbers)
    base = deltas.min() if len(deltas) else np.int64(0)
    above = (deltas - base).view(np.uint64)
    top = int(above.max()) if len(above) else 0
    size = next(size for size in (0, 1, 2, 4, 8) if top < 1 << (8 * size))
    packed = _shuffle(above.astype(_BY_SIZE[size])) if size else b""
    return (int(numbers[0]), int(base), size), packed


def _unpack_deltas(packed: bytes, n: int, first: int, base: int, size: int) -> I64:
    numbers = np.empty(n, np.int64)
    numbers[0] = first
    numbers[1:] = base
    if size:
        numbers[1:] += _unshuffle(packed, n - 1, size).astype(np.uint64).view(np.int64)
    return np.cumsum(numbers, out=numbers)


def _shuffle(numbers: NDArray[np.unsignedinteger]) -> bytes:
    """All first bytes, then all second ones …: like bytes stand together, and compress."""
    return numbers.view(np.uint8).reshape(len(numbers), numbers.itemsize).T.tobytes()


def _unshuffle(packed: bytes, n: int, size: int) -> NDArray[np.unsignedinteger]:
    planes = np.frombuffer(packed, np.uint8).reshape(size, n)
    return np.ascontiguousarray(planes.T).view(_BY_SIZE[size]).reshape(n)

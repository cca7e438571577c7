"""Remembers on disk, before a batch is first sent, where it was cut."""

from __future__ import annotations

import os
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

if TYPE_CHECKING:
    from pathlib import Path

_SLOT = Struct("<Q?qQQQQ")  # generation, then the fields of Cut
_SLOT_DISTANCE = 512  # one disk sector each, so that a torn write spoils one slot at most
_CHECK = Struct("<I")
# After a power failure the same seq must not name other records: a write returns once it is on disk. Where the system
# can be told so beforehand, the interpreter is left and taken back once instead of twice.
_SYNCED = getattr(os, "O_DSYNC", 0)


class Cut(NamedTuple):
    """The last batch that was cut: bytes `start` to `end` of a segment; `seq` 0 means none yet.

    `base` is the last step that the server knew of when the run was opened, -1 for none.
    """

    opened: bool = False
    base: int = -1
    seq: int = 0
    segment: int = 0
    start: int = 0
    end: int = 0


class CutFile:
    """Two slots written in turn and in place, so that one of them is whole whenever the power goes."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | _SYNCED, 0o600)
        if not os.fstat(self._fd).st_size:
            os.pwrite(self._fd, bytes(2 * _SLOT_DISTANCE), 0)  # a full disk must not keep the spool from emptying
        self.cut, self._generation = self._load()

    def save(self, cut: Cut) -> None:
        generation = self._generation + 1
        slot = _SLOT.pack(generation, *cut)
        os.pwrite(self._fd, slot + _CHECK.pack(crc32(slot)), _SLOT_DISTANCE * (generation % 2))
        if not _SYNCED:
            os.fsync(self._fd)
        self.cut, self._generation = cut, generation

    def close(self) -> None:
        os.close(self._fd)

    def _load(self) -> tuple[Cut, int]:
        best, newest = Cut(), 0
        for place in range(2):
            data = os.pread(self._fd, _SLOT.size + _CHECK.size, _SLOT_DISTANCE * place)
            if len(data) < _SLOT.size + _CHECK.size or _CHECK.unpack_from(data, _SLOT.size)[0] != crc32(
                data[: _SLOT.size]
            ):
                continue
            generation, *fields = _SLOT.unpack_from(data)
            if generation > newest:
                best, newest = Cut(*fields), generation
        return best, newest

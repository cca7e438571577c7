"""Walks through the segments of a spool and cuts them into batches, each once and for all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ._batch import Batch, build, learn
from ._cuts import Cut, CutFile
from ._record import FRAME, MAX_BODY, is_torn

if TYPE_CHECKING:
    from ._folder import Folder

_CHUNK = 512 << 10  # small enough to leave the interpreter to the trainer soon
_LARGEST_CHUNK = MAX_BODY + FRAME.size


class Source(Protocol):
    """Where segments come from: the spool that is being written, or one that was left behind."""

    def claim(self, after: int) -> int | None: ...
    def is_final(self, number: int) -> bool: ...
    def discard(self, number: int) -> None: ...


class Leftover:
    """The segments of a process that is gone."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def claim(self, after: int) -> int | None:
        return min((number for number in self._folder.segments() if number > after), default=None)

    def is_final(self, number: int) -> bool:  # noqa: ARG002 - nobody writes any of them
        return True

    def discard(self, number: int) -> None:
        self._folder.segment(number).unlink(missing_ok=True)


class Parcel(NamedTuple):
    """A batch that was cut and is to be sent until it is acknowledged or refused."""

    seq: int
    events: list[dict[str, Any]]
    records: int
    damaged: int
    more: bool


class Reader:
    """Gives one parcel at a time; `next` gives the following one only after `done`."""

    def __init__(self, folder: Folder, source: Source) -> None:
        self._folder = folder
        self._source = source
        self._cuts = CutFile(folder.path / "cut")
        self._number = self._cuts.cut.segment
        self._position = 0
        self._chunk = _CHUNK
        self._keysets: dict[int, list[str]] = {}
        self._fd = -1
        self._repeat = self._cuts.cut.seq > 0

    @property
    def opened(self) -> bool:
        return self._cuts.cut.opened

    def set_opened(self, base: int) -> None:
        self._cuts.save(self._cuts.cut._replace(opened=True, base=base))

    def next(self) -> Parcel | None:
        """Return the next batch, written down as cut; None when there is nothing (more) now."""
        if self._repeat and (parcel := self._again()) is not None:
            return parcel
        while self._fd >= 0 or self._advance():
            final = self._source.is_final(self._number)  # asked before reading: afterwards more may have come
            chunk = self._chunk
            data = os.pread(self._fd, chunk, self._position)
            batch = build(data, self._keysets, self._cuts.cut.base, exact=False)
            if batch.end == 0 and data:
                batch = self._stuck(data, final=final)
            if batch.events:
                return self._cut(batch, more=batch.full or len(data) == chunk)
            self._position += batch.end
            if batch.end or len(data) == chunk:
                continue
            if not final:
                return None
            self._leave()
        return None

    def done(self) -> None:
        self._position = self._cuts.cut.end
        self._chunk = _CHUNK

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1
        self._cuts.close()

    def _again(self) -> Parcel | None:
        """Cut the last batch before a crash exactly as it was; None if its segment is gone, so it had arrived."""
        self._repeat = False
        cut = self._cuts.cut
        if self._source.claim(cut.segment - 1) != cut.segment:
            return None
        self._fd = os.open(self._folder.segment(cut.segment), os.O_RDONLY | os.O_CLOEXEC)
        learn(os.pread(self._fd, cut.start, 0), self._keysets)
        self._position = cut.start
        batch = build(os.pread(self._fd, cut.end - cut.start, cut.start), self._keysets, cut.base, exact=True)
        return Parcel(cut.seq, batch.events, batch.records, batch.damaged, more=True)

    def _advance(self) -> bool:
        number = self._source.claim(self._number)
        if number is None:
            return False
        self._fd = os.open(self._folder.segment(number), os.O_RDONLY | os.O_CLOEXEC)
        self._number, self._position, self._keysets = number, 0, {}
        return True

    def _leave(self) -> None:
        os.close(self._fd)
        self._fd = -1
        self._source.discard(self._number)

    def _cut(self, batch: Batch, *, more: bool) -> Parcel:
        cut = self._cuts.cut
        end = self._position + batch.end
        self._cuts.save(Cut(cut.opened, cut.base, cut.seq + 1, self._number, self._position, end))
        return Parcel(cut.seq + 1, batch.events, batch.records, batch.damaged, more)

    def _stuck(self, data: bytes, *, final: bool) -> Batch:
        """No whole record at the front: read further, wait for the writer, or give up what is damaged."""
        if len(data) == self._chunk < _LARGEST_CHUNK:
            self._chunk = _LARGEST_CHUNK
        elif len(data) == _LARGEST_CHUNK or (final and not is_torn(data)):
            return build(data, self._keysets, self._cuts.cut.base, exact=True)
        return Batch([], 0, 0, 0, full=False)

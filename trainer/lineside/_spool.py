"""Writes what is logged to segment files, within a bound, before the call returns."""

from __future__ import annotations

import errno
import os
import time
from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, Any
from zlib import crc32

from ._loss import Loss, Losses
from ._pen import Pen, pen_for
from ._record import FRAME, MARK, MAX_BODY, POINT, event_record, frame, keys_record
from ._say import say
from ._shelf import Extent, Shelf
from ._steps import Steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ._folder import Folder
    from ._keyset import KeySet

_LARGEST_SEGMENT = 4 << 20
_SMALLEST_SEGMENT = 4 << 10
_SEGMENTS_A_LIMIT = 8
_FRAME_SIZE = FRAME.size
_FULL = {errno.EFBIG, errno.ENOSPC, errno.EDQUOT}


class Spool:
    """The spool of this process. Any thread may write; nothing here raises or waits for the network.

    A signal handler may run in the middle of a write, in the very thread that holds the lock: what it wants to write
    (or to do) is postponed until that write is done.
    """

    def __init__(self, folder: Folder, limit: int, *, resumes: bool, pen: Pen | None = None) -> None:
        self.folder = folder
        self.lock = RLock()
        self.idle = False  # set by the sender before it waits for `ring`
        self.ring: Callable[[], None] = _nobody
        self.losses = Losses()
        self._limit = limit
        self._segment_size = max(_SMALLEST_SEGMENT, min(_LARGEST_SEGMENT, limit // _SEGMENTS_A_LIMIT))
        self._shelf = Shelf(folder)
        self._declared: dict[str, dict[str, Any]] = {}
        self._busy = False
        self._postponed: list[Callable[[], object]] = []
        self._closed = False
        self._steps = Steps(resumes=resumes)
        self._keysets = 0
        self._number = 1
        self._extent = Extent()
        self._pen = pen or pen_for(folder.path)
        self._fd = self._open(1)

    def point(  # noqa: C901, PLR0912 - the hottest lines of the client: a call costs more here than a branch
        self, keyset: KeySet, step: int | None, ts: float, numbers: Iterable[float], *, advance: bool = True
    ) -> bool:
        """Write one record of a number a key; `step` None is the one after the last.

        Return False, with nothing done, if a value has no double.
        """
        with self.lock:
            if self._busy:
                self._postponed.append(partial(self.point, keyset, step, ts, list(numbers), advance=advance))
                return True
            if self._closed:
                return True
            self._busy = True
            try:
                steps = self._steps
                at = (steps.last - 1 if steps.relative else steps.last + 1) if step is None else step
                if self._extent.size >= self._segment_size:
                    self._rotate()
                if keyset.segment != self._number:
                    self._declare(keyset)
                try:
                    keyset.pack_into(keyset.record, _FRAME_SIZE, POINT, keyset.id, at, ts, *numbers)
                except Exception:  # noqa: BLE001 - each value is asked for its double, and may fail in any way
                    return False
                if step is None:
                    if advance:
                        steps.last = at
                elif at > steps.last or not steps.given:
                    steps.last, steps.given, steps.relative = at, True, False
                FRAME.pack_into(keyset.record, 0, MARK, keyset.size, crc32(keyset.body))
                if (written := self._pen(self._fd, keyset.held, len(keyset.record))) != len(keyset.record):
                    self._write_rest(keyset.record, max(written, 0))
                extent = self._extent
                extent.size += len(keyset.record)
                extent.records += 1
                if at > extent.high:  # noqa: PLR1730 - max() takes three times as long
                    extent.high = at
                if at < extent.low:  # noqa: PLR1730
                    extent.low = at
                if self.losses.unsaid is not None:
                    self._own_up()
            except OSError as error:
                self._survive(error, partial(self._put_point, keyset, at, ts, numbers), at)
            finally:
                self._busy = False
        if self.idle:
            self.idle = False
            self.ring()
        if self._postponed:
            self._catch_up()
        return True

    def event(self, fields: Mapping[str, Any], *, last: bool = False) -> None:
        """Write an event; a step of None becomes the last step. After the `last` one nothing more is written."""
        with self.lock:
            if self._busy:
                self._postponed.append(partial(self.event, fields, last=last))
                return
            if self._closed:
                return
            self._busy = True
            try:
                event = self._with_step(fields)
                self._put_event(event)
                if self.losses.unsaid is not None:
                    self._own_up()
            except OSError as error:
                self._survive(error, partial(self._put_event, event), event.get("step"))
            finally:
                self._closed = self._closed or last
                self._busy = False
        if self.idle:
            self.idle = False
            self.ring()
        if self._postponed:
            self._catch_up()

    def after_write(self, action: Callable[[], None]) -> bool:
        """Have `action` called when the write that this thread is in the middle of is done; False if there is none."""
        with self.lock:
            if self._busy:
                self._postponed.append(action)
            return self._busy

    def set_base(self, base: int) -> None:
        """Count steps from the last step that the server knew of, -1 for none."""
        with self.lock:
            self._steps.set_base(base)

    def claim(self, after: int) -> int | None:
        """Return the next segment to read, never to be dropped from now on."""
        with self.lock:
            return self._shelf.claim(after, newest=self._number)

    def is_final(self, number: int) -> bool:
        return number < self._number or self._closed

    def discard(self, number: int) -> None:
        """Delete a segment whose records the server has acknowledged."""
        self.folder.segment(number).unlink(missing_ok=True)
        with self.lock:
            self._shelf.discarded(number)

    @property
    def closed(self) -> bool:
        return self._closed

    def abandon(self) -> None:
        """Let go of the files in a forked child; the parent owns them."""
        self.lock = RLock()
        self.close()
        self.folder.release()

    def close(self) -> None:
        with self.lock:
            self._closed = True
            fd, self._fd = self._fd, -1
            if fd >= 0:
                os.close(fd)

    def _with_step(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        event = dict(fields)
        if "step" in event and event["step"] is None:
            event["step"] = self._steps.reached()
        return event

    def _open(self, number: int) -> int:
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
        return os.open(self.folder.segment(number), flags, 0o600)

    def _declare(self, keyset: KeySet) -> None:
        number = self._keysets + 1
        self._write(keys_record(number, keyset.keys))
        self._keysets = number
        keyset.id, keyset.segment = number, self._number

    def _put_point(self, keyset: KeySet, step: int, ts: float, numbers: Iterable[float]) -> None:
        if keyset.segment != self._number:
            self._declare(keyset)
        keyset.pack_into(keyset.record, _FRAME_SIZE, POINT, keyset.id, step, ts, *numbers)
        self._write(frame(bytes(keyset.body)))
        self._extent.add(1, step, step)

    def _put_event(self, event: dict[str, Any]) -> None:
        if self._extent.size >= self._segment_size:
            self._rotate()
        data = event_record(event)
        if len(data) > MAX_BODY:
            say(
                f"An event of type {event['type']} of {len(data) / 1e6:.1f} MB is too large to be sent and is left out."
            )
            return
        self._write(data)
        self._extent.add(1, None, None)
        if event["type"] in ("config", "intent"):
            self._extent.declares = True
            self._declared.setdefault(event["type"], {}).update(event[event["type"]])

    def _write(self, data: bytes) -> None:
        if (written := os.write(self._fd, data)) != len(data):
            self._write_rest(data, written)
        self._extent.size += len(data)

    def _write_rest(self, data: bytes | bytearray, written: int) -> None:
        """Complete a short write, or take its half record out again and raise what stopped it."""
        try:
            while written < len(data):
                written += os.write(self._fd, data[written:])
        except OSError:
            if written:
                os.ftruncate(self._fd, os.fstat(self._fd).st_size - written)
            raise

    def _rotate(self) -> None:
        """Seal the segment, begin the next, and drop the oldest unsent ones if the spool has outgrown its limit."""
        try:
            fd = self._open(self._number + 1)
        except OSError:
            self._segment_size += self._extent.size  # no new file can be had now: this one grows on
            return
        os.close(self._fd)
        self._shelf.seal(self._number, self._extent)
        self._fd, self._number, self._extent, self._keysets = fd, self._number + 1, Extent(), 0
        self._drop_oldest()

    def _drop_oldest(self) -> None:
        loss, declares = self._shelf.shrink(self._limit - self._segment_size)
        if loss.records:
            self.losses.dropped(loss, self._limit, self.folder.path)
        if declares:
            for kind, told in list(self._declared.items()):
                self._put_event({"type": kind, "ts": time.time(), kind: told})

    def _survive(self, error: OSError, again: Callable[[], None], step: int | None) -> None:
        """After a failed write: a file too large is followed by the next one, anything else is a counted loss.

        On a full disk, too, the segment is ended: once its records are acknowledged it is deleted, and makes room.
        """
        if error.errno in _FULL and self._extent.size:
            size = self._segment_size
            try:
                self._segment_size = self._extent.size
                self._rotate()
                again()
            except OSError as second:
                error = second
            else:
                return
            finally:
                if error.errno != errno.EFBIG:
                    self._segment_size = size
        self.losses.failed(error, step)

    def _own_up(self) -> None:
        """Put on record what was lost, as soon as the disk takes a record."""
        loss = self.losses.unsaid or Loss()
        try:
            self._write(event_record({"type": "gap", "ts": time.time(), **loss.fields()}))
        except OSError:
            return
        # Should this segment be dropped in turn, what it tells of is still lost.
        self._extent.add(loss.records, loss.low, loss.high)
        self.losses.on_record()

    def _catch_up(self) -> None:
        while self._postponed:
            self._postponed.pop(0)()


def _nobody() -> None:
    """Stand in for the bell of a sender where there is none."""

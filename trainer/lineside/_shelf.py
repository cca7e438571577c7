"""The sealed segments of a spool that no batch has taken up, and what goes when there are too many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._loss import Loss

if TYPE_CHECKING:
    from ._folder import Folder

_LOWEST, _HIGHEST = 1 << 63, -(1 << 63)


class Extent:
    """What a segment holds, kept to say what is lost when the segment is dropped."""

    __slots__ = ("declares", "high", "low", "records", "size")

    def __init__(self) -> None:
        self.size = self.records = 0
        self.low, self.high = _LOWEST, _HIGHEST
        self.declares = False  # whether it holds a later config or intent

    def add(self, records: int, low: int | None, high: int | None) -> None:
        self.records += records
        if low is not None and high is not None:
            self.low, self.high = min(self.low, low), max(self.high, high)

    def loss(self) -> Loss:
        known = 0 <= self.low <= self.high
        return Loss(self.records, self.low if known else None, self.high if known else None)


class Shelf:
    """Not thread-safe: the spool's lock guards it."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._sealed: dict[int, Extent] = {}
        self._claimed = 0
        self._claimed_size = 0

    def seal(self, number: int, extent: Extent) -> None:
        if number == self._claimed:
            self._claimed_size = extent.size
        else:
            self._sealed[number] = extent

    def claim(self, after: int, newest: int) -> int | None:
        """Return the next segment to be read, which is never dropped from now on; asked again, the same one."""
        if self._claimed > after:
            return self._claimed
        number = min((each for each in self._sealed if each > after), default=newest)
        if number <= after:
            return None
        extent = self._sealed.pop(number, None)
        self._claimed, self._claimed_size = number, extent.size if extent else 0
        return number

    def discarded(self, number: int) -> None:
        if number == self._claimed:
            self._claimed_size = 0

    def shrink(self, room: int) -> tuple[Loss, bool]:
        """Delete the oldest segments until the rest fits; return what is lost, and whether a declaration is."""
        loss, declares = Loss(), False
        while self._sealed and self._claimed_size + sum(each.size for each in self._sealed.values()) > room:
            number = min(self._sealed)
            extent = self._sealed.pop(number)
            self._folder.segment(number).unlink(missing_ok=True)
            loss, declares = loss.plus(extent.loss()), declares or extent.declares
        return loss, declares

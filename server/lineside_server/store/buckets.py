"""Sorts atoms into buckets of equal count, in blocks of bounded size."""

from typing import Final

import numpy as np

from lineside_server.core.events import I64
from lineside_server.store.sketch import ATOM, Atoms, reduce

_HELD: Final = 1 << 17  # atoms kept before they are reduced: bounds the memory of any read


class Buckets:
    """At most `limit` of them for `count` points, taken in order."""

    def __init__(self, count: int, limit: int) -> None:
        self._count, self._limit = count, limit
        self.taken = 0  # points
        self._held: list[bytes] = []
        self._size = 0
        self._reached = 0  # points that are in buckets
        self._done: list[Atoms] = []
        self._numbers: list[I64] = []

    def take(self, n: int, atoms: bytes) -> None:
        """N points, as the bytes of an array of ATOM."""
        self.taken += n
        self._held.append(atoms)
        self._size += len(atoms)
        if self._size >= _HELD * ATOM.itemsize:
            self._reduce()

    def result(self) -> Atoms:
        self._reduce()
        if not self._done:
            return np.empty(0, ATOM)
        return reduce(np.concatenate(self._done), np.concatenate(self._numbers))

    def _reduce(self) -> None:
        atoms = np.frombuffer(b"".join(self._held), ATOM)
        if len(atoms):
            ends = self._reached + np.cumsum(atoms["n"], dtype=np.int64)
            numbers = (ends - atoms["n"]) * self._limit // self._count
            self._reached = int(ends[-1])
            self._done.append(reduce(atoms, numbers))
            self._numbers.append(numbers[np.append(True, numbers[1:] != numbers[:-1])])
        self._held, self._size = [], 0

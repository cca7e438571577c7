"""Which batches of a writer were applied, as ranges of seq: small for a writer that counts, exact for any other."""

from bisect import bisect_right

import numpy as np


class Seqs:
    """A set of non-negative integers below 2^63 as sorted, disjoint, never touching ranges."""

    __slots__ = ("_firsts", "_lasts")

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []

    @classmethod
    def unpack(cls, packed: bytes) -> "Seqs":
        seqs = cls()
        pairs = np.frombuffer(packed, dtype="<i8")
        seqs._firsts, seqs._lasts = pairs[::2].tolist(), pairs[1::2].tolist()
        return seqs

    def pack(self) -> bytes:
        pairs = np.empty(2 * len(self._firsts), dtype="<i8")
        pairs[::2], pairs[1::2] = self._firsts, self._lasts
        return pairs.tobytes()

    def ranges(self) -> list[tuple[int, int]]:
        return list(zip(self._firsts, self._lasts, strict=True))

    def __contains__(self, seq: int) -> bool:
        at = bisect_right(self._firsts, seq) - 1
        return at >= 0 and seq <= self._lasts[at]

    def add(self, seq: int) -> None:
        """Only for a seq that is not in it."""
        at = bisect_right(self._firsts, seq)
        joins_left = at > 0 and self._lasts[at - 1] == seq - 1
        joins_right = at < len(self._firsts) and self._firsts[at] == seq + 1
        if joins_left and joins_right:
            self._lasts[at - 1] = self._lasts.pop(at)
            del self._firsts[at]
        elif joins_left:
            self._lasts[at - 1] = seq
        elif joins_right:
            self._firsts[at] = seq
        else:
            self._firsts.insert(at, seq)
            self._lasts.insert(at, seq)

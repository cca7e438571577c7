"""A set of keys that is logged together, and the room in which its records are packed."""

from __future__ import annotations

from struct import Struct

from ._pen import held
from ._record import FRAME, HEAD


class KeySet:
    """Keys in the order of their values; `id` means something in the segment `segment` only.

    `record` is packed anew for every point, under the lock of the spool; `body` is the part after the frame, `held` the
    whole as a pen takes it.
    With `asks` values are asked for their number (tensors by `.item()`), otherwise struct does it.
    """

    __slots__ = ("asks", "body", "held", "id", "keys", "pack_into", "record", "segment", "size")

    def __init__(self, keys: tuple[str, ...], *, asks: bool = False) -> None:
        layout = Struct(f"{HEAD.format}{len(keys)}d")
        self.keys = keys
        self.asks = asks
        self.pack_into = layout.pack_into
        self.size = layout.size
        self.record = bytearray(FRAME.size + layout.size)
        self.body = memoryview(self.record)[FRAME.size :]
        self.held = held(self.record)
        self.segment = 0
        self.id = 0

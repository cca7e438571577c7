"""What the list of runs shows of each, kept up with every batch: pace, a thinned main loss, and how often it logs."""

import math
from statistics import median
from typing import Final

import msgspec
import numpy as np

from lineside_server.core.events import F64, I64, Columns

_ANCHORS: Final = 32
_ANCHOR_EVERY: Final = 1.0  # seconds
_SPARK: Final = 64
_GAPS: Final = 15
# The main loss, best first; any other key ranks after these.
_MAIN: Final = ("train/loss", "train/total_loss", "loss", "train_loss")


class Trace(msgspec.Struct, array_like=True):
    """Small and derived: written with every batch, so that a list of runs needs no series."""

    pace: list[tuple[int, float]] = []
    gaps: list[float] = []  # seconds between logged steps, lately
    key: str = ""
    stride: int = 1
    seen: int = 0
    spark: list[tuple[int, float | None]] = []

    @classmethod
    def load(cls, packed: bytes) -> "Trace":
        return _decode(packed)

    def dump(self) -> bytes:
        return _encode(self)

    def usual_gap(self) -> float:
        """Median seconds between logged steps; 0 while unknown."""
        return median(self.gaps) if self.gaps else 0.0

    def add(self, columns: Columns) -> None:
        self._add_pace(columns.steps, columns.times)
        key = min(columns.values, key=_rank)
        if not self.key or _rank(key) < _rank(self.key):
            self.key, self.stride, self.seen, self.spark = key, 1, 0, []
        if self.key in columns.values:
            self._add_spark(columns.steps, columns.values[self.key])

    def cut(self, first_step: int) -> None:
        """A new attempt hides what was logged from its first step on."""
        self.pace = []
        self.spark = [point for point in self.spark if point[0] < first_step]

    def _add_pace(self, steps: I64, times: F64) -> None:
        last = int(steps.argmax())
        step, ts = int(steps[last]), float(times[last])
        if not math.isfinite(ts):
            return
        if self.pace and step > self.pace[-1][0] and ts > self.pace[-1][1]:
            self.gaps = [*self.gaps[1 - _GAPS :], (ts - self.pace[-1][1]) / len(steps)]
        elif not self.pace and len(steps) > 1:
            self._anchor(int(steps[0]), float(times[0]))
        self._anchor(step, ts)

    def _anchor(self, step: int, ts: float) -> None:
        if not self.pace or (step > self.pace[-1][0] and ts >= self.pace[-1][1] + _ANCHOR_EVERY):
            self.pace = [*self.pace[1 - _ANCHORS :], (step, ts)]

    def _add_spark(self, steps: I64, values: F64) -> None:
        chosen = np.arange(-self.seen % self.stride, len(steps), self.stride)
        self.seen += len(steps)
        picked = zip(steps[chosen].tolist(), values[chosen].tolist(), strict=True)
        self.spark = [*self.spark, *((step, value if math.isfinite(value) else None) for step, value in picked)]
        while len(self.spark) > _SPARK:
            self.spark, self.stride = self.spark[::2], self.stride * 2


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Trace).decode


def _rank(key: str) -> tuple[int, str]:
    if key in _MAIN:
        return _MAIN.index(key), key
    if key.endswith("loss"):
        return len(_MAIN) + (2 if key.startswith(("eval", "val", "test")) else 1), key
    return len(_MAIN) + 3, key

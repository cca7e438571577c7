"""Faults of data and machine: garbage in the batches, a leak, a slow loader, a hang, a kill."""

from __future__ import annotations

import os
import signal
import time
import zlib
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from lineside_trainer.faults.seam import TimedFault

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from lineside_trainer.data import Batch

FEW = 4  # batches that a stuck sampler repeats
LEAK = 125_000  # numbers of eight bytes that every batch leaves behind: a megabyte
PACKED = 3_000_000  # bytes; about 60 ms
HOUR_S = 3600.0


class BadBatches(TimedFault):
    """A shard of the corpus is damaged: so many batches in a row are noise."""

    def __init__(self, count: int) -> None:
        self.count = count

    def batch(self, step: int, batch: Batch) -> Batch:
        if not self.at <= step < self.at + self.count:
            return batch
        noise = batch.input_ids.clone().random_(int(batch.input_ids.max()) + 1)
        return replace(batch, input_ids=noise, labels=noise)


class StuckSampler(TimedFault):
    """From its step on the sampler hands out the last few batches again and again."""

    share = 0.2

    def __init__(self) -> None:
        self.last: deque[Batch] = deque(maxlen=FEW)

    def batch(self, step: int, batch: Batch) -> Batch:
        if step < self.at or len(self.last) < FEW:
            self.last.append(batch)
        else:
            self.last.rotate(-1)
        return self.last[-1]


class MemoryLeak(TimedFault):
    """Something of every batch is kept for ever."""

    share = 0.1

    def __init__(self) -> None:
        self.kept: list[Tensor] = []

    def batch(self, step: int, batch: Batch) -> Batch:
        if step >= self.at:
            self.kept.append(batch.input_ids.new_ones(LEAK))
        return batch


class SlowLoader(TimedFault):
    """The loader begins to pack every batch before it hands it out: real work, on the processor of the training."""

    share = 0.5

    def __init__(self, work: Callable[[bytes], object] = zlib.compress) -> None:
        self.work = work
        self.data = os.urandom(PACKED)

    def batch(self, step: int, batch: Batch) -> Batch:
        if step >= self.at:
            self.work(self.data)
        return batch


class Hang(TimedFault):
    """The loader waits for a worker that is gone, for ever."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self.sleep = sleep

    def batch(self, step: int, batch: Batch) -> Batch:
        while step >= self.at:
            self.sleep(HOUR_S)
        return batch


class Kill(TimedFault):
    """The system kills the process, as it does when memory is short: nobody says goodbye."""

    def __init__(self, kill: Callable[[int, int], None] = os.kill) -> None:
        self.kill = kill

    def batch(self, step: int, batch: Batch) -> Batch:
        if step == self.at:
            self.kill(os.getpid(), signal.SIGKILL)
        return batch

"""The body of a run: norms of gradient, update and parameters, speed, memory, and the host's gauges."""

from __future__ import annotations

import contextlib
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch.nn.utils import clip_grad_norm_

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from torch import Tensor

    from lineside_trainer.recorder import Recorder

GAUGE_SECONDS = 10.0


def clip(parameters: Sequence[Tensor], max_norm: float) -> float:
    """Clip the gradients in place (0: not at all); return their norm from before."""
    return clip_grad_norm_(parameters, max_norm or math.inf).item()


def copies(parameters: Iterable[Tensor]) -> list[Tensor]:
    return [parameter.detach().clone() for parameter in parameters]


def norms_of_update(parameters: Sequence[Tensor], before: Sequence[Tensor]) -> dict[str, float]:
    """Return how far the parameters moved, how large they are, and the ratio; one transfer from the device."""
    moved = torch.stack([(p.detach() - b).norm() for p, b in zip(parameters, before, strict=True)]).norm()
    size = torch.stack([p.detach().norm() for p in parameters]).norm()
    update_norm, param_norm = torch.stack([moved, size]).tolist()
    ratio = update_norm / param_norm if param_norm else 0.0
    return {"update_norm": update_norm, "param_norm": param_norm, "update_ratio": ratio}


class Stopwatch:
    """Times training alone: what happens inside `paused` does not count."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.start = clock()

    def lap(self) -> float:
        """Return the seconds of training since the last lap."""
        now = self.clock()
        seconds, self.start = now - self.start, now
        return seconds

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        began = self.clock()
        yield
        self.start += self.clock() - began


def memory_bytes(device: torch.device) -> int:
    """Return the bytes that matter: of the GPU as reserved by torch, else this process's resident memory."""
    return torch.cuda.memory_reserved(device) if device.type == "cuda" else resident_bytes()


def resident_bytes() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:  # no /proc: the peak is the next best thing, in KiB (bytes on macOS)
        return _peak_bytes()
    return pages * os.sysconf("SC_PAGE_SIZE")


def _peak_bytes() -> int:
    import resource  # noqa: PLC0415 (not on every system, and needed on few)
    import sys  # noqa: PLC0415 (beside its only use)

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class Gauges:
    """Sends the state of host and GPU every few seconds; it is not on the step axis."""

    def __init__(self, run: Recorder, device: torch.device, clock: Callable[[], float]) -> None:
        self.run, self.device, self.clock = run, device, clock
        self.last = -math.inf
        self.spent = _cpu_seconds()
        self.whole = _memory_of_host()

    def tick(self) -> None:
        now = self.clock()
        if now - self.last < GAUGE_SECONDS:
            return
        self.run.system(self._read(now - self.last))
        self.last = now

    def _read(self, seconds: float) -> dict[str, float]:
        spent = _cpu_seconds()
        gauges = {"host/rss_bytes": float(resident_bytes()), "host/load_1m": os.getloadavg()[0]} | self.whole
        if math.isfinite(seconds) and seconds > 0:
            gauges["host/process_cpu_cores"] = (spent - self.spent) / seconds
        self.spent = spent
        if self.device.type == "cuda":
            free, total = torch.cuda.mem_get_info(self.device)
            gauges |= {"gpu/memory_used_bytes": float(total - free), "gpu/memory_total_bytes": float(total)}
        return gauges


def _memory_of_host() -> dict[str, float]:
    """Return the memory that there is at all, where the system tells: what a growing one runs against."""
    try:
        return {"host/memory_total_bytes": float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))}
    except (OSError, ValueError):
        return {}


def _cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system

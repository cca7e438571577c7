"""Brings figures from the device to the host without waiting for the device."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

    Timer = tuple[Any, Any, Callable[[float], None]]

Named = tuple[str, Any]  # the name of a figure, and a tensor of one element
_COUNTS = frozenset({"changed", "skipped"})  # the parts of other figures are norms


class Readback:
    """Figures of one step. On a CUDA device they are copied in the background, and an event tells when they are there.

    `timers` are pairs of events around the work that made them, each with who pays for the seconds in between.
    """

    def __init__(self, torch: ModuleType, figures: Sequence[Named], timers: Sequence[Timer] = ()) -> None:
        self._timers = timers
        self._parts = [_Part(torch, group) for group in _by_device(figures)]

    def done(self) -> bool:
        return all(part.done() for part in self._parts) and all(end.query() for _, end, _ in self._timers)

    def figures(self) -> dict[str, float]:
        """Return the figures; those of one name from several devices are put together."""
        found: dict[str, list[float]] = {}
        for part in self._parts:
            for name, value in part.values():
                found.setdefault(name, []).append(value)
        return {name: together(name, values) for name, values in found.items()}

    def settle(self) -> None:
        """Have the time paid that the device has worked for them."""
        for begin, end, pay in self._timers:
            pay(begin.elapsed_time(end) / 1e3)


def together(name: str, values: Sequence[float]) -> float:
    """Return the whole of which the values are parts: a sum of counts, a root of squares of norms."""
    if len(values) == 1 or name in _COUNTS:
        return sum(values)
    return math.nan if any(map(math.isnan, values)) else math.hypot(*values)


def event_of(torch: ModuleType, device: Any) -> Any:
    """Record an event on the device's stream; None on a device that needs none."""
    if device.type != "cuda":
        return None
    event = torch.cuda.Event(enable_timing=True)
    event.record(torch.cuda.current_stream(device))
    return event


class _Part:
    """The figures of one device."""

    def __init__(self, torch: ModuleType, figures: Sequence[Named]) -> None:
        self._names = [name for name, _ in figures]
        wide = torch.float64 if any(value.dtype is torch.float64 for _, value in figures) else torch.float32
        values = torch.stack([value.detach().reshape(()).to(wide) for _, value in figures])
        self._values = values.to("cpu", non_blocking=True) if values.device.type == "cuda" else values
        self._event = event_of(torch, values.device)

    def done(self) -> bool:
        return self._event is None or self._event.query()

    def values(self) -> zip[tuple[str, float]]:
        return zip(self._names, self._values.tolist(), strict=True)


def _by_device(figures: Sequence[Named]) -> list[list[Named]]:
    groups: dict[Any, list[Named]] = {}
    for figure in figures:
        groups.setdefault(figure[1].device, []).append(figure)
    return list(groups.values())

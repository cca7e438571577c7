"""Notices the steps that a gradient scaler leaves out, which the optimizer itself never hears of."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeVar

from ._exit import last_line

if TYPE_CHECKING:
    from collections.abc import Callable

    AboutTo = Callable[[Any], Callable[[], None]]  # is given an optimizer, and returns what to call after the step

_DEPTH = 16  # frames from a hook up to the scaler: torch's own wrappers, a scheduler's, a framework's

_T = TypeVar("_T")


class StepOfScaler:
    """Stands before a scaler's `step`, and tells which optimizers it has called it for."""

    def __init__(self, scaler: Any, about_to: AboutTo, complain: Callable[[str, str], None]) -> None:
        self._scaler = scaler
        self._about_to: AboutTo | None = about_to
        self._complain = complain
        self._step = scaler.step
        scaler.step = self

    def __call__(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        about_to = self._about_to
        done = None if about_to is None else self._quietly(lambda: about_to(optimizer))
        result = self._step(optimizer, *args, **kwargs)
        if done is not None:
            self._quietly(done)
        return result

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy of the scaler, also one in a file, steps by itself."""
        return getattr, (self._scaler, "step")

    def remove(self) -> None:
        """Step aside; where somebody has come before us since, stay as a mere pass-through."""
        if vars(self._scaler).get("step") is self:
            del self._scaler.step
        self._about_to = None

    def _quietly(self, work: Callable[[], _T]) -> _T | None:
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - training goes on without these figures
            self._complain("watch scaler", f"watch() cannot look at a step of the scaler: {last_line(error)}")
            return None


def is_scaler(thing: Any) -> bool:
    return all(callable(getattr(thing, name, None)) for name in ("step", "unscale_", "get_scale", "is_enabled"))


def calling_scaler() -> Any:
    """Return the scaler that has called the optimizer's step, found among the callers; None without one."""
    frame = sys._getframe(1)  # noqa: SLF001 - the way to the callers
    for _ in range(_DEPTH):
        if frame.f_back is None:
            return None
        frame = frame.f_back
        if frame.f_code.co_name == "step" and is_scaler(frame.f_locals.get("self")):
            return frame.f_locals["self"]
    return None

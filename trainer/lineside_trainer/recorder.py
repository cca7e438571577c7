"""What the trainer needs of a monitored run: the methods of `lineside.Run`, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

Action = Literal["clamped_to_zero", "skipped_step", "filtered", "raised", "none"]
Status = Literal["finished", "stopped"]


class Recorder(Protocol):
    """Receives what happens in a run; tests pass one that keeps it in lists."""

    @property
    def id(self) -> str: ...

    @property
    def should_stop(self) -> bool: ...

    def log(self, values: Mapping[str, float], step: int | None = None) -> None: ...
    def log_losses(
        self,
        step: int,
        phase: str = "train",
        raw: Mapping[str, float] | None = None,
        weights: Mapping[str, float] | None = None,
        total: float | None = None,
    ) -> None: ...
    def nonfinite(self, step: int, component: str, value: float, action: Action) -> None: ...
    def note(self, text: str, step: int | None = None) -> None: ...
    def checkpoint(self, path: str, step: int | None = None) -> None: ...
    def epoch(self, n: int, step: int | None = None) -> None: ...
    def system(self, values: Mapping[str, float]) -> None: ...
    def print_line(self, text: str, level: str = "info") -> None: ...
    def finish(self, status: Status, error: str | None = None) -> object: ...


class OpenRun(Protocol):
    """Begins a monitored run, or goes on with the one of that id."""

    def __call__(
        self, name: str, config: dict[str, Any], intent: dict[str, Any], run_id: str | None
    ) -> AbstractContextManager[Recorder]: ...

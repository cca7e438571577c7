"""The functions of the module: each acts on the current run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._session import current

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._intent import Intent
    from ._states import Status
    from ._teller import Action
    from ._watch import Watch


def log(values: Mapping[str, Any], step: int | None = None, commit: bool | None = None) -> None:
    current().log(values, step, commit)


def log_losses(
    step: int | None,
    phase: str = "train",
    raw: Mapping[str, Any] | None = None,
    weights: Mapping[str, Any] | None = None,
    total: Any = None,
) -> None:
    current().log_losses(step, phase, raw, weights, total)


def nonfinite(step: int | None, component: str, value: Any, action: Action = "none") -> None:
    current().nonfinite(step, component, value, action)


def note(text: str, step: int | None = None) -> None:
    current().note(text, step)


def checkpoint(path: Any, step: int | None = None) -> None:
    current().checkpoint(path, step)


def epoch(n: float, step: int | None = None) -> None:
    current().epoch(n, step)


def alert(title: str, text: str | None = None, level: Any = "warning", step: int | None = None) -> None:
    current().alert(title, text, level, step)


def system(values: Mapping[str, Any]) -> None:
    current().system(values)


def print_line(text: str, level: str = "info") -> None:
    current().print_line(text, level)


def update_config(values: Any) -> None:
    current().update_config(values)


def update_intent(intent: Intent | Mapping[str, Any]) -> None:
    current().update_intent(intent)


def define_metric(name: str, *args: Any, **settings: Any) -> None:
    current().define_metric(name, *args, **settings)


def watch(
    model: Any, optimizer: Any = None, scheduler: Any = None, *more: Any, scaler: Any = None, **others: Any
) -> Watch:
    return current().watch(model, optimizer, scheduler, *more, scaler=scaler, **others)


def finish(
    status: Status | int | None = None, error: str | None = None, timeout: float = 30.0, *, exit_code: int | None = None
) -> bool:
    return current().finish(status, error, timeout, exit_code=exit_code)

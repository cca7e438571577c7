"""The fit of a cause: how near its prediction comes to what was observed."""

from collections.abc import Iterable
from typing import Any, Final

from lineside_server.core.findings import Cause
from lineside_server.core.fit import EXPLAINS, REFUTED, closeness

# A cause that takes its size from the very figures it explains is worth less than one that predicts them.
FREE: Final = 0.9
OPEN: Final = 0.5  # the figures speak neither for a cause nor against it

__all__ = ["EXPLAINS", "FREE", "OPEN", "REFUTED", "best", "closeness", "meeting", "scored", "stands"]


def scored(name: str, fit: float, explanation: str, **evidence: Any) -> Cause:
    """Return a cause; one that the figures refute says so first."""
    told = explanation if fit >= REFUTED else f"Refuted: {explanation[:1].lower()}{explanation[1:]}"
    return Cause(name, fit, told, evidence)


def meeting(observed: float, predictions: Iterable[float]) -> tuple[float, float]:
    """Return the best fit of a figure to any of several predictions, and that prediction."""
    return max((closeness(observed, prediction), prediction) for prediction in predictions)


def stands(cause: Cause) -> bool:
    return cause.fit >= REFUTED


def best(causes: Iterable[Cause]) -> Cause | None:
    """Return the cause that fits best, the first of equals; None where all are refuted."""
    standing = [cause for cause in causes if stands(cause)]
    return max(standing, key=lambda cause: cause.fit, default=None)

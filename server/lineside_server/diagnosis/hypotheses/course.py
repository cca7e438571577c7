"""Hypotheses that several faults of numerics and learning share: the rate, the gradient, and 16-bit numbers."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from lineside_server.core.facts import Facts
from lineside_server.core.findings import Cause
from lineside_server.diagnosis.fit import FREE, OPEN, scored

HALF: Final = ("fp16", "float16", "half")
WIDE: Final = ("bf16", "bfloat16")


def likelihood(figure: float, neither: float, surely: float) -> float:
    """Return 0..1 for where a positive figure lies, in logarithms, from what speaks against to what speaks for."""
    if figure <= 0 or not math.isfinite(figure):
        return 0.0
    way = math.log(figure / neither) / math.log(surely / neither)
    return min(1.0, max(0.0, way))


def number(clues: Mapping[str, Any], name: str) -> float | None:
    told = clues.get(name)
    return float(told) if isinstance(told, (int, float)) and math.isfinite(told) else None


def rate_too_high(clues: Mapping[str, Any]) -> Cause | None:
    """Return the cause that the rate is above the declared one, None where either is not known."""
    rate, due = number(clues, "lr"), number(clues, "lr_due")
    if rate is None or due is None or due <= 0:
        return None
    times = rate / due
    return scored(
        "lr-too-high",
        FREE * likelihood(times, 1.1, 2.0),
        f"The learning rate was {rate:.3g}, {times:.3g} times the declared {due:.3g}.",
        lr=rate,
        declared=due,
    )


def gradient_burst(clues: Mapping[str, Any]) -> Cause | None:
    """Return the cause that gradients exploded, None where their norm is not logged."""
    highest, usual = number(clues, "grad_norm_max"), number(clues, "grad_norm_median")
    if highest is None or usual is None or usual <= 0:
        return None
    times = highest / usual
    return scored(
        "gradient-explosion",
        FREE * likelihood(times, 2.0, 20.0),
        f"The gradient norm reached {highest:.3g} about then, {times:.3g} times its usual {usual:.3g}.",
        highest=highest,
        usual=usual,
    )


def half_precision(clues: Mapping[str, Any], facts: Facts) -> Cause | None:
    """Return the cause that 16-bit numbers overflowed, None where nothing says how precise the run computes."""
    told = dict(_precision(facts.config))
    scale = number(clues, "loss_scale")
    if any(told.get(name) for name in HALF) or scale is not None:
        scaled = "" if scale is None else f", and the loss scale stood at {scale:g}"
        return scored("half-precision-overflow", OPEN, f"The run computes in float16, which ends at 65,504{scaled}.")
    if any(told.get(name) for name in WIDE):
        return scored("half-precision-overflow", 0.02, "The run computes in bfloat16, whose range is that of float32.")
    return None


def _precision(config: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    for name, value in config.items():
        if isinstance(value, Mapping):
            yield from _precision(value)
        elif name in HALF + WIDE and isinstance(value, bool):
            yield name, value
        elif name in ("mixed_precision", "precision", "dtype", "torch_dtype") and isinstance(value, str):
            yield next((known for known in WIDE + HALF if known in value), name), True


def known(*causes: Cause | None) -> tuple[Cause, ...]:
    """Return the causes that could be scored."""
    return tuple(cause for cause in causes if cause is not None)

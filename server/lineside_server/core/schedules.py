"""Declared learning-rate schedules as pure vectorised functions of the update.

The learning rate of step `s` is the one in force for the update that `s` belongs to. Families that `transformers`
also has agree with its `get_scheduler` at every update; `one_cycle` agrees with `torch.optim.lr_scheduler.OneCycleLR`
and `step` with `StepLR` or `MultiStepLR` after a linear warm-up.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from lineside_server.core.intent import Intent, Schedule

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

DEFAULT_TIMESCALE = 10_000  # of inverse_sqrt without a warm-up, as transformers has it
DEFAULT_RISE = 0.3  # the part of one_cycle that climbs, and below it its start, as torch has them
DEFAULT_START_DIVISOR = 25.0
FARTHEST = 2.0**53  # a logged update beyond it is no count


def declared_rate(schedule: Schedule, units: I64 | F64) -> F64 | None:
    """Return the learning rate after `units` (n,) updates or batches, or None if the schedule cannot be computed.

    It cannot when the kind is unknown or a count that the kind needs was not declared.
    """
    factor = KINDS.get(schedule.kind)
    if factor is None or schedule.peak <= 0:
        return None
    factors = factor(schedule, units.astype(np.float64))
    return None if factors is None else schedule.peak * factors


def updates_of(intent: Intent, steps: I64, logged: tuple[I64, F64] | None = None) -> I64:
    """Return the update (n,) that each step (n,) belongs to.

    `logged` is the series `update` as (steps, values) where the run logs one: its latest value at or before the step
    counts, and before its first point the declared arithmetic does.
    """
    counted = steps if intent.step_unit == "update" else steps // intent.accumulation
    if logged is None or logged[0].size == 0:
        return counted
    at = np.searchsorted(logged[0], steps, side="right") - 1
    values = logged[1][np.maximum(at, 0)]
    known = (at >= 0) & np.isfinite(values)
    whole = np.clip(np.where(known, values, 0.0), 0.0, FARTHEST).astype(np.int64)
    return np.where(known, whole, counted)


def declared_at(intent: Intent, steps: I64, logged: tuple[I64, F64] | None = None) -> F64 | None:
    """Return the declared learning rate (n,) at each step (n,), or None where none can be computed."""
    schedule = intent.schedule
    if schedule is None:
        return None
    if schedule.unit == "update":
        return declared_rate(schedule, updates_of(intent, steps, logged))
    return declared_rate(schedule, steps * intent.accumulation if intent.step_unit == "update" else steps)


def _ratio(schedule: Schedule) -> float:
    return schedule.floor / schedule.peak


def _after_warmup(schedule: Schedule, units: F64, factors: F64) -> F64:
    return np.where(units < schedule.warmup, units / max(1.0, schedule.warmup), factors)


def _progress(schedule: Schedule, units: F64) -> F64 | None:
    """Return the part of the way from the end of the warm-up to the total, above 1 beyond it."""
    if schedule.total is None:
        return None
    return (units - schedule.warmup) / max(1.0, schedule.total - schedule.warmup)


def _constant(_: Schedule, units: F64) -> F64:
    return np.ones_like(units)


def _constant_with_warmup(schedule: Schedule, units: F64) -> F64:
    return _after_warmup(schedule, units, np.ones_like(units))


def _linear(schedule: Schedule, units: F64) -> F64 | None:
    if schedule.total is None:
        return None
    left = np.maximum(0.0, (schedule.total - units) / max(1.0, schedule.total - schedule.warmup))
    return _after_warmup(schedule, units, left * (1.0 - _ratio(schedule)) + _ratio(schedule))


def _cosine(schedule: Schedule, units: F64) -> F64 | None:
    progress = _progress(schedule, units)
    if progress is None:
        return None
    wave = 0.5 * (1.0 + np.cos(np.pi * schedule.cycles * 2.0 * progress))
    wave = wave * (1.0 - _ratio(schedule)) + _ratio(schedule)
    return _after_warmup(schedule, units, np.maximum(0.0, wave))


def _polynomial(schedule: Schedule, units: F64) -> F64 | None:
    progress = _progress(schedule, units)
    if progress is None:
        return None
    left = np.maximum(0.0, 1.0 - progress) ** schedule.power
    return _after_warmup(schedule, units, ((schedule.peak - schedule.floor) * left + schedule.floor) / schedule.peak)


def _inverse_sqrt(schedule: Schedule, units: F64) -> F64:
    timescale = float(schedule.timescale or schedule.warmup or DEFAULT_TIMESCALE)
    since = np.maximum(units, schedule.warmup) + (timescale - schedule.warmup)
    return _after_warmup(schedule, units, np.maximum(_ratio(schedule), 1.0 / np.sqrt(since / timescale)))


def _warmup_stable_decay(schedule: Schedule, units: F64) -> F64 | None:
    if schedule.decay is None:
        return None
    stable = schedule.stable
    if stable is None:
        if schedule.total is None:
            return None
        stable = max(0, schedule.total - schedule.warmup - schedule.decay)
    floor = _ratio(schedule)
    rise = _rise(schedule.warmup_shape, units / max(1.0, schedule.warmup)) * (1.0 - floor) + floor
    fallen = (units - schedule.warmup - stable) / max(1.0, schedule.decay)
    fall = np.maximum(0.0, _fall(schedule, fallen) * (1.0 - floor) + floor)
    ends = (schedule.warmup, schedule.warmup + stable, schedule.warmup + stable + schedule.decay)
    return np.select([units < end for end in ends], [rise, np.ones_like(units), fall], floor)


def _rise(shape: str, progress: F64) -> F64:
    progress = np.clip(progress, 0.0, 1.0)
    if shape == "cosine":
        return 0.5 * (1.0 - np.cos(np.pi * progress))
    return 1.0 - np.sqrt(1.0 - progress) if shape == "1-sqrt" else progress


def _fall(schedule: Schedule, progress: F64) -> F64:
    progress = np.clip(progress, 0.0, 1.0)
    if schedule.decay_shape == "cosine":
        return 0.5 * (1.0 + np.cos(np.pi * schedule.cycles * 2.0 * progress))
    return 1.0 - np.sqrt(progress) if schedule.decay_shape == "1-sqrt" else 1.0 - progress


def _one_cycle(schedule: Schedule, units: F64) -> F64 | None:
    """Climb from `start` to the peak over the warm-up, then fall to `floor` at the last update, along cosines."""
    if schedule.total is None:
        return None
    start = schedule.start if schedule.start is not None else schedule.peak / DEFAULT_START_DIVISOR
    top = float(schedule.warmup or DEFAULT_RISE * schedule.total) - 1.0
    climbed = np.clip(units / top, 0.0, 1.0) if top > 0 else np.ones_like(units)
    fallen = np.clip((units - top) / max(1.0, schedule.total - 1.0 - top), 0.0, 1.0)
    up = _along_cosine(start, schedule.peak, climbed)
    return np.where(units <= top, up, _along_cosine(schedule.peak, schedule.floor, fallen)) / schedule.peak


def _along_cosine(start: float, end: float, progress: F64) -> F64:
    return end + (start - end) / 2.0 * (1.0 + np.cos(np.pi * progress))


def _step(schedule: Schedule, units: F64) -> F64 | None:
    """Multiply by `gamma` at each milestone, or after `every` updates since the warm-up, never below the floor."""
    if schedule.milestones:
        falls = np.searchsorted(np.asarray(schedule.milestones, dtype=np.float64), units, side="right")
    elif schedule.every:
        falls = (np.maximum(0.0, units - schedule.warmup) // schedule.every).astype(np.int64)
    else:
        return None
    factors = np.maximum(_ratio(schedule), np.power(schedule.gamma, falls.astype(np.float64)))
    return _after_warmup(schedule, units, factors)


KINDS: dict[str, Callable[[Schedule, F64], F64 | None]] = {
    "constant": _constant,
    "constant_with_warmup": _constant_with_warmup,
    "linear": _linear,
    "cosine": _cosine,
    "cosine_with_min_lr": _cosine,
    "polynomial": _polynomial,
    "inverse_sqrt": _inverse_sqrt,
    "warmup_stable_decay": _warmup_stable_decay,
    "one_cycle": _one_cycle,
    "step": _step,
}

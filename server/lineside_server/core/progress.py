"""How far a run is, how fast it goes and when it will be done."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from lineside_server.core.intent import Intent

PAUSE = 10.0  # an interval this many times slower a step than the median is a pause, not the pace


@dataclass(frozen=True, slots=True)
class Progress:
    step: int | None
    total_steps: int | None
    fraction: float | None
    steps_per_s: float | None
    eta_s: float | None


@dataclass(frozen=True, slots=True)
class Updates:
    done: int
    total: int | None


def progress_of(intent: Intent, last_step: int | None, pace: Sequence[tuple[int, float]], *, live: bool) -> Progress:
    """Return the progress; `pace` are recent (step, Unix seconds) anchors, and only a `live` run has an ETA."""
    total = total_steps(intent)
    speed = steps_per_second(pace)
    fraction = min(1.0, last_step / total) if total and last_step is not None else None
    eta = None
    if live and total and last_step is not None and speed:
        eta = max(0, total - last_step) / speed
    return Progress(last_step, total, fraction, speed, eta)


def total_steps(intent: Intent) -> int | None:
    """Return the declared length in steps, told outright, by epochs, or by the schedule."""
    if intent.total_steps:
        return intent.total_steps
    if intent.epochs and intent.steps_per_epoch:
        return round(intent.epochs * intent.steps_per_epoch)
    schedule = intent.schedule
    if schedule is None or not schedule.total:
        return None
    if schedule.unit == "update":
        return schedule.total if intent.step_unit == "update" else schedule.total * intent.accumulation
    return math.ceil(schedule.total / intent.accumulation) if intent.step_unit == "update" else schedule.total


def updates_done(intent: Intent, last_step: int | None, logged: float | None) -> Updates | None:
    """Return the optimizer updates done and declared; `logged` is the last value of the series `update`, if any."""
    if last_step is None:
        return None
    if logged is not None and math.isfinite(logged):
        done = int(logged)
    else:
        done = last_step if intent.step_unit == "update" else last_step // intent.accumulation
    return Updates(done, _total_updates(intent))


def _total_updates(intent: Intent) -> int | None:
    schedule = intent.schedule
    if schedule is not None and schedule.total and schedule.unit == "update":
        return schedule.total
    steps = total_steps(intent)
    if steps is None or intent.step_unit == "update":
        return steps
    return math.ceil(steps / intent.accumulation)


def steps_per_second(pace: Sequence[tuple[int, float]]) -> float | None:
    """Return the speed over the anchors, leaving out pauses and going back, or None with too little to tell."""
    moves = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(pace)]
    moves = [(steps, seconds) for steps, seconds in moves if steps > 0 and seconds > 0]
    if not moves:
        return None
    usual = median(seconds / steps for steps, seconds in moves)
    kept = [(steps, seconds) for steps, seconds in moves if seconds / steps <= PAUSE * usual]
    return sum(steps for steps, _ in kept) / sum(seconds for _, seconds in kept)

"""Which series rules of loss look at: the train total, the loss of each eval, and the clock that they tick by."""

import re
from typing import Final

import numpy as np

from lineside_server.core.events import F64, I64
from lineside_server.core.schedules import declared_at
from lineside_server.rules.model import Scene
from lineside_server.rules.tape import Track
from lineside_server.rules.windows import Flags, as_of, median_of

SUFFIX: Final = re.compile(r"[/_.-]?(total_)?loss(_total)?$", re.IGNORECASE)
GAINED: Final = 0.02  # of what a loss has gained by then: less than that of it is no rise


def train_loss(scene: Scene) -> Track | None:
    """Return the total that is minimised, or the one term that there is, or else its mean over an epoch."""
    total = scene.one("train.loss")
    if total is not None:
        return total
    terms = scene.of("train.component")
    return terms[0] if len(terms) == 1 else scene.one("train.mean_loss")


def eval_losses(scene: Scene) -> list[Track]:
    """Return the loss of each eval set, or the one term that there is.

    Where the train loss has no terms, several of an eval are the losses of several sets.
    """
    totals = [*scene.of("eval.loss"), *scene.of("eval.set_loss")]
    terms = scene.of("eval.component") if not totals else []
    return terms if terms and (len(terms) == 1 or not scene.of("train.component")) else totals


def eval_name(key: str) -> str:
    """Return the name of an eval set: the key of its loss without that word."""
    return SUFFIX.sub("", key) or key


def on_training_data(track: Track) -> bool:
    """Return whether an eval set is a part of the training data, by its name."""
    return eval_name(track.key).lower().endswith("train")


def clock(scene: Scene) -> Track | None:
    """Return the series whose points stand for the steps of the run: the train loss, or one that is logged with it."""
    ticking = train_loss(scene)
    if ticking is not None:
        return ticking
    roles = ("train.component", "lr", "grad_norm", "update", "eval.loss", "eval.set_loss")
    known = next((track for role in roles if (track := scene.one(role)) is not None), None)
    return known or next(iter(scene.tracks.values()), None)


def level_at(track: Track, step: int, most: int = 8) -> float:
    """Return the median of a series' last points as of a step, NaN where it has none."""
    return median_of(track.before(step, most).values)


def start_of(track: Track, most: int = 5) -> float:
    """Return the median of a series' first points, NaN as long as it has fewer."""
    return median_of(track.first.values[:most]) if len(track.first) >= most else float("nan")


def rises(values: F64, best: F64, factor: float, start: float) -> Flags:
    """Return where values (n,) exceed the best so far (n,) by a factor, and by more than a trifle of what was gained.

    A loss that has fallen from 5 to 0.08 and stands at 0.12 has lost nothing to speak of. Where the best is not above
    zero there is no ratio, and no rise.
    """
    known = np.isfinite(values) & np.isfinite(best) & (best > 0)
    value, low = np.where(known, values, 0.0), np.where(known, best, 1.0)
    gained = np.maximum(start - low, 0.0) if np.isfinite(start) else 0.0
    flags: Flags = known & (value > factor * low) & (value - low > GAINED * gained)
    return flags


def due_rates(scene: Scene, steps: I64) -> F64:
    """Return the declared rate at each new step (n,), NaN where none is declared.

    Where the kind names restarts and cannot be computed, the logged rate counts.
    """
    schedule = scene.facts.intent.schedule
    unknown = np.full(len(steps), np.nan)
    if schedule is None or not len(steps):
        return unknown
    past, logged = scene.one("update"), scene.one("lr")
    rates = declared_at(scene.facts.intent, steps, None if past is None else (past.all.steps, past.all.values))
    if rates is None and "restart" in schedule.kind and logged is not None:
        rates = as_of(logged.all, steps)
    return unknown if rates is None else rates


def planned_rates(scene: Scene, steps: I64) -> F64:
    """Return the same, NaN within the warm-up: a rate above twice that of the best loss is a declared warm restart."""
    schedule = scene.facts.intent.schedule
    warmup = schedule.warmup if schedule is not None else 0
    return np.where(scene.updates(steps) >= warmup, due_rates(scene, steps), np.nan)

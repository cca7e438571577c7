"""What tells a model that does not learn from one that has little left to learn."""

from typing import Any, Final

import numpy as np

from lineside_server.rules.losses import eval_losses
from lineside_server.rules.model import Scene
from lineside_server.rules.tape import Track
from lineside_server.rules.windows import median_of

COMPARED: Final = 256  # points at the beginning and at the end
FALLING: Final = -2.0  # standard errors: a loss that has fallen by more has fallen
IMPROVED: Final = 0.01  # of the first eval: the model has learnt
NOTHING: Final = 1e-8  # of the parameters: an update that small is none
NO_RATE: Final = 1e-3  # of the peak


def decisive(scene: Scene, step: int) -> dict[str, Any]:
    """Return the facts beside the loss, as of a step, that say that nothing is trained; none: the loss alone stands."""
    facts: dict[str, Any] = {}
    schedule = scene.facts.intent.schedule
    rates = _last(scene, "lr", step)
    peak = schedule.peak if schedule is not None else 0.0
    if rates.size and rates.max() <= NO_RATE * peak:
        facts["highest_lr_of_late"] = float(rates.max())
    ratios = _last(scene, "update_ratio", step)
    if ratios.size and median_of(ratios) < NOTHING:
        facts["update_ratio"] = median_of(ratios)
    for role, name in (
        ("changed", "parameters_changed"),
        ("trainable", "parameters_trainable"),
        ("grad_norm", "grad_norm"),
    ):
        values = _last(scene, role, step)
        if values.size and not values.any():
            facts[name] = 0.0
    for track in eval_losses(scene):
        evals = track.before(step, 3).values
        if len(evals) == 3 and np.isfinite(evals).all() and (evals == evals[0]).all():
            facts["evals_alike"] = track.key
    return facts


def is_refuted(scene: Scene, step: int) -> bool:
    """Return whether an eval has become better by more than 1% since the first."""
    for track in eval_losses(scene):
        first, now = float(track.first.values[0]), track.before(step, 8).values
        now = now[np.isfinite(now)]
        if np.isfinite(first) and first > 0 and len(now) and float(now.min()) < (1 - IMPROVED) * first:
            return True
    return False


def is_flat(track: Track, step: int) -> bool:
    """Return whether the newest points lie no lower than the first, by the standard error of their means.

    A loss so noisy that a fall of 3% would not have shown is not flat: of it nothing can be told.
    """
    early, late = track.first, track.before(step, COMPARED)
    n = min(COMPARED, (track.upto(step) + track.count - len(track.all)) // 2)
    first, last = early.values[:n], late.values[-n:] if n else late.values[:0]
    first, last = first[np.isfinite(first)], last[np.isfinite(last)]
    if min(len(first), len(last)) < 16:
        return False
    error = float(np.sqrt(first.var(ddof=1) / len(first) + last.var(ddof=1) / len(last)))
    apart, level = float(last.mean() - first.mean()), abs(float(first.mean()))
    if error > 0.01 * level:
        return False
    return apart > FALLING * error or apart == 0


def _last(scene: Scene, role: str, step: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the last 16 finite values of a role as of a step."""
    track = scene.one(role)
    values = track.before(step, 16).values if track is not None else np.empty(0)
    return values[np.isfinite(values)]

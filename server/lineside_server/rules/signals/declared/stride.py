"""How steps advance: against logged updates, against logged epochs, and against the declared length."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lineside_server.core.facts import Facts
from lineside_server.core.findings import Finding, Level
from lineside_server.rules.model import Levels, Scene
from lineside_server.rules.resolution import decimal_step
from lineside_server.rules.tape import FIRST, Track

UPDATES = 10  # that must pass until their number is held against the steps
FEWEST = 2  # of them, where accumulation is so long that the beginning holds no more
FINE = 20.0  # times the last printed digit that an epoch must have moved


@dataclass
class Stride:
    """What was decided of the beginning: from `step` on the run takes `seen` of `what` where `due` are declared."""

    under: str = ""  # the declarations that it was decided under
    done: bool = False
    what: str = ""
    step: int = -1
    seen: float = 0.0
    due: float = 0.0


def look(
    scene: Scene, track: Track, state: Stride, points: int, factor: float
) -> tuple[Levels, Callable[[int], Finding]] | None:
    """Return levels (n,) for the new points of a series, and the finding at each; None where nothing is declared."""
    under = _declarations(scene.facts)
    if state.under != under:
        state.under, state.done, state.what = under, False, ""
    if not state.done:
        _decide(scene, track, state, points, factor)
    steps = track.new.steps
    length = _longest(scene.facts)
    levels = np.zeros(len(steps), np.int8)
    off = (steps >= state.step) if state.what else np.zeros(len(steps), np.bool_)
    beyond = steps > length if length is not None else np.zeros(len(steps), np.bool_)
    levels[off | beyond] = Level.WARNING
    told = Stride(**{name: getattr(state, name) for name in ("under", "done", "what", "step", "seen", "due")})
    return levels, lambda i: _stride(told, track, int(steps[i])) if off[i] else _beyond(track, int(steps[i]), scene)


def _declarations(facts: Facts) -> str:
    intent = facts.intent
    return f"{intent.step_unit} {intent.accumulation} {intent.steps_per_epoch} {'accumulation' in facts.told}"


def _decide(scene: Scene, track: Track, state: Stride, points: int, factor: float) -> None:
    """Look at the beginning of the run, once there is enough of it; what is found is never taken back."""
    for judge in (_by_updates, _by_epochs, _by_interval):
        found = judge(scene, track, points)
        if found is not None:
            what, step, seen, due = found
            state.done = True
            if max(seen / due, due / seen) > factor:
                state.what, state.step, state.seen, state.due = what, step, seen, due
            return


Found = tuple[str, int, float, float] | None


def _by_updates(scene: Scene, _: Track, points: int) -> Found:
    """Steps an update, from the logged series `update`."""
    intent, logged = scene.facts.intent, scene.one("update")
    known = intent.step_unit is not None or "accumulation" in scene.facts.told
    if logged is None or not known or len(logged.first) < points:
        return None
    steps, values = logged.first.steps, logged.first.values
    with np.errstate(invalid="ignore"):
        enough = np.flatnonzero(values - values[0] >= UPDATES)
    place = int(enough[0]) if enough.size else FIRST - 1
    if place >= len(steps) or place < points - 1 or not values[place] - values[0] >= FEWEST:
        return None
    seen = float(steps[place] - steps[0]) / float(values[place] - values[0])
    due = 1.0 if intent.step_unit == "update" else float(intent.accumulation)
    return ("steps an update", int(steps[place]), seen, due) if seen > 0 else None


def _by_epochs(scene: Scene, _: Track, points: int) -> Found:
    """Steps an epoch, from the logged series `epoch` where it has fractions."""
    logged, due = scene.one("epoch"), _steps_per_epoch(scene.facts)
    if logged is None or due is None or len(logged.first) < points:
        return None
    steps, values = logged.first.steps, logged.first.values
    if not np.isfinite(values).all() or (values == np.floor(values)).all():
        return None
    moved = values - values[0]
    grain = [max(decimal_step(values[: place + 1].tolist()), 1e-12) for place in (points - 1, len(values) - 1)]
    enough = np.flatnonzero(moved[points - 1 :] >= FINE * grain[-1])
    if not enough.size:
        return None
    place = points - 1 + int(enough[0])
    seen = float(steps[place] - steps[0]) / float(moved[place])
    return ("steps an epoch", int(steps[place]), seen, due) if seen > 0 else None


def _by_interval(scene: Scene, track: Track, points: int) -> Found:
    """Steps declared to be updates that come in strides of the accumulation are batches."""
    intent, first = scene.facts.intent, track.first
    group = intent.accumulation
    others = scene.one("update") is not None or scene.one("epoch") is not None
    if intent.step_unit != "update" or group == 1 or len(first) < points or others:
        return None
    strides = np.diff(first.steps[:points])
    every = scene.facts.config.get("logging_steps")
    if every == group or first.steps[0] > group or not (strides == group).all():
        return "steps an update", int(first.steps[points - 1]), 1.0, 1.0
    return "steps an update", int(first.steps[points - 1]), float(group), 1.0


def _steps_per_epoch(facts: Facts) -> float | None:
    intent = facts.intent
    if intent.steps_per_epoch:
        return float(intent.steps_per_epoch)
    batches = facts.declared.batches
    if not batches or intent.step_unit is None:
        return None
    return batches if intent.step_unit == "batch" else batches / intent.accumulation


def _longest(facts: Facts) -> float | None:
    """Return the step beyond which the declared length is broken."""
    intent = facts.intent
    total = intent.total_steps or (intent.epochs or 0.0) * (intent.steps_per_epoch or 0)
    return total * 1.01 + max(1.0, intent.epochs or 1.0) if total else None


def _stride(told: Stride, track: Track, step: int) -> Finding:
    return Finding(
        title=f"The run takes {told.seen:.4g} {told.what}; {told.due:.4g} are declared",
        observed={told.what.replace(" ", "_"): told.seen},
        expected={told.what.replace(" ", "_"): told.due},
        window=(int(track.first.steps[0]), told.step),
        keys=(track.key,),
        formula=f"{told.what} = steps passed / {told.what.rsplit(' ', 1)[-1]}s passed, through step {told.step:,}",
        clues={"stride": told.seen, "due": told.due, "what": told.what, "step": step},
    )


def _beyond(track: Track, step: int, scene: Scene) -> Finding:
    intent = scene.facts.intent
    total = intent.total_steps or (intent.epochs or 0.0) * (intent.steps_per_epoch or 0)
    return Finding(
        title=f"The steps go on beyond the {total:,.0f} that are declared",
        observed={"step": step},
        expected={"total_steps": total},
        window=(step, step),
        keys=(track.key,),
        formula="step > declared steps + 1%",
        clues={"beyond": True},
    )

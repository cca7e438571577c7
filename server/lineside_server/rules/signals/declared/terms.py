"""The totals of a run with their terms, and how large each was as of a step."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from lineside_server.core.composition import Makeup, split_key, subject_of, terms_of
from lineside_server.core.composition import Reading as CompositionReading
from lineside_server.core.facts import Facts
from lineside_server.rules.model import Scene
from lineside_server.rules.tape import Track

UPDATES: Final = 50  # updates of training that stand beside an eval
FEWEST: Final = 10  # points; where the updates hold fewer, older ones are taken in
MOST: Final = 1024
COMPONENTS: Final = ("train.component", "eval.component", "eval.set_component")


@dataclass(frozen=True, slots=True, eq=False)
class Total:
    """A total of a phase and the series of its terms by name."""

    phase: str
    subject: str
    track: Track
    terms: Mapping[str, Track]
    one_of_several: bool = False


def training(scene: Scene) -> Total | None:
    """Return the plainest total of training with its terms, None where there is none."""
    track = scene.one("train.loss")
    return None if track is None else _with_terms(scene, "train", track, "train.component")


def evals(scene: Scene, *, fresh: bool = False) -> Iterator[Total]:
    """Return each total of an eval, or each with new points, with its terms; those of one set among several last."""
    for role in ("eval.loss", "eval.set_loss"):
        for track in scene.of(role):
            if len(track.new) or not fresh:
                several = role == "eval.set_loss"
                total = _with_terms(scene, "eval", track, "eval.set_component" if several else "eval.component")
                yield replace(total, one_of_several=True) if several else total


def _with_terms(scene: Scene, phase: str, track: Track, role: str) -> Total:
    """Return a total with its declared terms; where none is declared, with all that stand beside it."""
    declared = list(scene.facts.intent.losses) or [name_of(weight) for weight in weights_logged(scene)]
    named = terms_of(track.key, phase, scene.by_role.get(role, ()), declared)
    terms = {name: scene.tracks[key] for name, key in named.items() if name in declared or not declared}
    return Total(phase, subject_of(track.key, phase), track, terms)


def weights_logged(scene: Scene) -> list[Track]:
    """Return the series of weights that belong to losses; a model's weights may be logged too."""
    tracks = scene.of("weight")
    if not tracks:
        return []
    keys = [key for role in COMPONENTS for key in scene.by_role.get(role, ())]
    losses = {split_key(key)[1] for key in keys}.union(scene.facts.intent.losses)
    return [track for track in tracks if name_of(track) in losses]


def name_of(weight: Track) -> str:
    return weight.key.rpartition("/")[2]


def stride(facts: Facts) -> int:
    """Return how many steps an update takes."""
    return 1 if facts.intent.step_unit == "update" else facts.intent.accumulation


def recent(track: Track, step: int, steps: int) -> float | None:
    """Return the median of the finite points of the last `steps`, widened to ten points; None without any."""
    points = track.before(step, MOST)
    first = int(np.searchsorted(points.steps, step - steps, side="right"))
    values = points.values[min(first, max(0, len(points) - FEWEST)) :]
    values = values[np.isfinite(values)]
    return float(np.median(values)) if values.size else None


def value_at(track: Track, step: int) -> float | None:
    """Return the finite value at a step, None where there is none."""
    value = track.at(step)
    return value if value is not None and math.isfinite(value) else None


def weights_at(scene: Scene, phase: str, step: int) -> dict[str, float]:
    """Return the weights that training is to apply as of a step: as it logs them, else as declared.

    What an eval logs as its weights counts only where nothing else is known: that they differ is what is looked for.
    """
    logged: dict[str, dict[str, float]] = {"train": {}, phase: {}}
    for track in weights_logged(scene):
        group, _, name = track.key.rpartition("/")
        values = track.before(step, 1).values
        side = next((side for side in logged if group.lower().startswith(side)), None)
        if side and len(values) and math.isfinite(values[0]):
            logged[side][name] = float(values[0])
    losses = scene.facts.intent.losses
    declared = {name: term.weight for name, term in losses.items() if term.weight is not None}
    return {**({} if phase == "train" else logged[phase]), **declared, **logged["train"]}


def due_reading(scene: Scene) -> CompositionReading | None:
    """Return how the terms are declared to add up: logged before their weights, or after; None where it is open."""
    if scene.facts.intent.components_are is None:
        return "weighted" if weights_logged(scene) else None  # the client logs weights beside raw terms
    return "weighted" if scene.facts.intent.components_are == "raw" else "plain"


def makeup_at(scene: Scene, total: Total, step: int) -> Makeup | None:
    """Return the make-up of a total as logged at a step, None where it is not finite there."""
    whole = value_at(total.track, step)
    if whole is None:
        return None
    found = {name: value_at(track, step) for name, track in total.terms.items()}
    terms = {name: value for name, value in found.items() if value is not None}
    return Makeup(whole, terms, weights_at(scene, total.phase, step))


def lately(scene: Scene, total: Total, step: int, updates: int = UPDATES) -> Makeup | None:
    """Return the make-up of a training total by the medians of the last updates, or of ten points if those are more."""
    steps = updates * stride(scene.facts)
    whole = recent(total.track, step, steps)
    if whole is None:
        return None
    found = {name: recent(track, step, steps) for name, track in total.terms.items()}
    terms = {name: value for name, value in found.items() if value is not None}
    return Makeup(whole, terms, weights_at(scene, total.phase, step))

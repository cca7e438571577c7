"""How the logged terms of a total add up, point by point."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lineside_server.core.composition import Makeup
from lineside_server.core.events import F64, I64
from lineside_server.rules.model import Scene
from lineside_server.rules.signals.declared.terms import Total, name_of, weights_logged
from lineside_server.rules.tape import Track

WINDOW: Final = 100  # points of a rolling median
FEW: Final = 8
LARGEST: Final = 1e100  # beyond it, and below its inverse, figures are taken for none


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """The points (n,) at which a finite total above zero stands with all its terms; `weights` as in force there."""

    steps: I64
    times: F64
    totals: F64
    terms: Mapping[str, F64]
    weights: Mapping[str, F64]

    @property
    def parts(self) -> dict[str, F64]:
        """What each term contributes with its weight; one without a weight counts as it is."""
        return {name: values * self.weights.get(name, np.ones(1)) for name, values in self.terms.items()}

    @property
    def weighted(self) -> F64:
        return sum(self.parts.values(), np.zeros(len(self.steps))) / self.totals

    @property
    def plain(self) -> F64:
        return sum(self.terms.values(), np.zeros(len(self.steps))) / self.totals

    def makeup(self, weights: Mapping[str, float]) -> Makeup:
        """Return the make-up by the medians of these points."""
        medians = {name: float(np.median(values)) for name, values in self.terms.items()}
        return Makeup(float(np.median(self.totals)), medians, weights)


def sums_of(scene: Scene, total: Total, first: int, end: int | None = None) -> Sums:
    """Return the sums at the points `first` to `end` of the kept ones of a total."""
    points = total.track.all[first:end]
    sound = (points.values > 1 / LARGEST) & (points.values < LARGEST)
    found = {name: column(track, points.steps) for name, track in total.terms.items()}
    for values in found.values():
        sound &= np.abs(values) < LARGEST
    steps, logged = points.steps[sound], _weight_tracks(scene)
    return Sums(
        steps,
        points.times[sound],
        points.values[sound],
        {name: values[sound] for name, values in found.items()},
        {name: weights for name in total.terms if (weights := _weights(scene, total, name, steps, logged)) is not None},
    )


def column(track: Track, steps: I64) -> F64:
    """Return the values (n,) at these steps exactly, NaN where there is none."""
    own = track.all
    if not len(own):
        return np.full(len(steps), np.nan)
    at = np.minimum(np.searchsorted(own.steps, steps), len(own) - 1)
    return np.where(own.steps[at] == steps, own.values[at], np.nan)


def every(seen: int, n: int, apart: int) -> I64:
    """Return which of n new points are looked at, after `seen` others: each `apart`-th, counted from the first."""
    return np.arange((-seen - 1) % apart, n, apart)


def rolling(past: list[float], new: F64, fewest: int, at: I64) -> F64:
    """Return the median (m,) of the last 100 up to the new values at `at` (m,), NaN where fewer than `fewest` are."""
    medians = np.full(len(at), np.nan)
    if not at.size:
        return medians
    joined, ends = np.concatenate([past, new]), len(past) + at + 1
    whole = ends >= WINDOW
    few = np.flatnonzero(~whole & (ends >= fewest)) if whole.sum() > FEW else np.flatnonzero(ends >= fewest)
    for place in few:  # a handful is done sooner one by one
        medians[place] = middle(joined[max(0, ends[place] - WINDOW) : ends[place]])
    if whole.sum() > FEW:
        windows = np.lib.stride_tricks.sliding_window_view(joined, WINDOW)[ends[whole] - WINDOW]
        medians[whole] = middle(windows)
    return medians


def middle(values: F64) -> Any:
    """Return the median along the last axis; all values are finite."""
    ranked, n = np.sort(values, axis=-1), values.shape[-1]
    return (ranked[..., (n - 1) // 2] + ranked[..., n // 2]) / 2


def doubts(past: list[float], new: F64, at: I64, medians: F64, off: float) -> F64:
    """Return how far each rolling median (m,) that is more than `off` from 1 may stray by the scatter of its points.

    Terms and total of different batches scatter around the right median; it is given three of its standard errors.
    """
    found, strays = np.zeros(len(at)), np.flatnonzero(np.abs(1 - medians) > off)
    if not strays.size:
        return found
    joined, ends = np.concatenate([past, new]), len(past) + at + 1
    for place in strays:
        window = joined[max(0, ends[place] - WINDOW) : ends[place]]
        spread = middle(np.abs(window - medians[place]))
        found[place] = 3 * 1.2533 * 1.4826 * spread / np.sqrt(len(window))
    return found


def _weight_tracks(scene: Scene) -> dict[tuple[str, str], Track]:
    """Return the logged weights by phase and name of their term."""
    return {(track.key.partition("/")[0].lower(), name_of(track)): track for track in weights_logged(scene)}


def _weights(scene: Scene, total: Total, name: str, steps: I64, logged: Mapping[tuple[str, str], Track]) -> F64 | None:
    """Return the weight (n,) that training is to apply at each step: as it logs it, else as declared."""
    told = scene.facts.intent.losses.get(name)
    declared = None if told is None or told.weight is None else max(-LARGEST, min(told.weight, LARGEST))
    own = logged.get(("train", name)) or (logged.get((total.phase, name)) if declared is None else None)
    if own is None or not len(own.all):
        return None if declared is None else np.full(len(steps), declared)
    at = np.searchsorted(own.all.steps, steps, side="right") - 1
    fallback = 1.0 if declared is None else declared
    values = np.where(at >= 0, own.all.values[np.maximum(at, 0)], fallback)
    return np.where(np.abs(values) < LARGEST, values, fallback)

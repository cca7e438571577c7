"""A value that a series of its kind cannot have."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lineside_server.core.composition import IN_NATS, split_key, words_of
from lineside_server.core.events import F64
from lineside_server.core.findings import Finding, Level
from lineside_server.rules.model import Hold, Levels, Reading, Rule, Scene, Standing, not_checked, passing
from lineside_server.rules.signals.declared import terms
from lineside_server.rules.signals.declared.bounds import SIGNED, Bound, half_precision, is_loss, kind_of
from lineside_server.rules.signals.declared.sums import column
from lineside_server.rules.signals.declared.terms import Total
from lineside_server.rules.tape import Points, Track

LEAST_CAP: Final = 10.0  # nats; the exponential of a whole number from it on stands for all that is beyond
HELD: Final = Hold(points=3, keep_points=3)  # terms and total may come from different batches
RATE: Final = Bound("below 0", "at least 0")
ACCURACY: Final = Bound("which no accuracy can be", "0 to 1, or 0 to 100%")
BELOW_TERM: Final = Bound("below one of its terms", "at least its largest term", HELD, "terms")


@dataclass(frozen=True)
class Limits:
    rounding: float = 1e-6  # below zero, in the unit of the loss
    rounding_half: float = 1e-2  # where the run computes in half precision
    fraction_points: int = 16  # of an accuracy, that show whether it is a fraction
    fraction_median: float = 0.6  # of them, from which it is one
    fraction_most: float = 1.5  # above it the unit changed, which is another matter
    perplexity: float = 0.05  # of 1 + loss, by which ln(perplexity) may be off
    perplexity_above: float = 0.25  # more: a mean of exponentials exceeds the exponential of the mean
    term: float = 0.05  # of a term, by which it may exceed its total


@dataclass
class Memory:
    accuracies: dict[str, list[float]] = field(default_factory=dict)  # the first points of each
    units: dict[str, str] = field(default_factory=dict)  # fraction, percent or open, once it is known
    looked: int = 0  # values that were looked at


class ImpossibleValue(Rule):
    id, title, family = "impossible-value", "a value that cannot be", "declared"
    Params, State = Limits, Memory
    params: Limits
    state: Memory
    hold = Hold(keep_points=3)

    def __init__(self, params: Limits | None = None) -> None:
        super().__init__(params)
        self._kinds: dict[str, str] = {}  # of each key, told from its name alone
        self._told, self._sampled = 0, False  # keys whose names were read, and whether one is of sampled figures

    def observe(self, scene: Scene) -> Iterable[Reading]:
        for key, track in scene.tracks.items():
            role = scene.facts.roles.get(key)
            if not len(track.new) or role is None:
                continue
            values = track.new.values
            if role == "lr":
                yield self._judged(track, RATE, np.where(values < 0, Level.CRITICAL, 0))
            elif role == "accuracy":
                yield self._judged(track, ACCURACY, self._accuracy(key, values))
            elif role == "perplexity":
                yield from self._perplexity(scene, track)
            elif kind := self._kind(key, scene):
                yield self._judged(
                    track, Bound("below 0", f"at least 0: a {kind}"), self._negative(scene, values, kind)
                )
        if scene.facts.intent.components_are == "weighted" and not scene.facts.intent.losses:
            yield from self._terms(scene)

    def standing(self, scene: Scene) -> Standing:
        if not self.state.looked:
            return not_checked(
                "No series is known to have bounds: name losses for what they are (`train/ce_loss`, `eval/kl_loss`), "
                'or log `lineside.log({"lr": lr, "eval/accuracy": accuracy})`.'
            )
        named = sorted(key for key in scene.tracks if self._kind(key, scene))
        named += [track.key for role in ("lr", "accuracy", "perplexity") for track in scene.of(role)]
        return passing(
            f"All {self.state.looked:,} values of {len(named)} series ({', '.join(named[:4])}) are possible."
        )

    def _kind(self, key: str, scene: Scene) -> str:
        """Return which loss without negative values a series is, nothing where it is none or may be an estimate."""
        kind = self._kinds.get(key)
        if kind is None:
            kind = self._kinds[key] = kind_of(key)
        if not kind or not is_loss(scene.facts.roles.get(key, "")):
            return ""
        return "" if kind == "divergence" and self._samples(scene) else kind

    def _samples(self, scene: Scene) -> bool:
        """Whether the run has series of reinforcement learning, where a divergence is an estimate of either sign."""
        for key in list(scene.tracks)[self._told :] if len(scene.tracks) > self._told else ():
            self._sampled = self._sampled or bool(words_of(key) & SIGNED)
        self._told = len(scene.tracks)
        return self._sampled

    def _negative(self, scene: Scene, values: F64, kind: str) -> Levels:
        slack = self.params.rounding_half if half_precision(scene.facts.config) else self.params.rounding
        worst = Level.WARNING if kind == "divergence" else Level.CRITICAL
        return np.where(values < -slack, worst, 0).astype(np.int8)

    def _accuracy(self, key: str, values: F64) -> Levels:
        """A series is in percent if it soon exceeds 1, a fraction if it stands high below it."""
        levels = np.where((values > 100) | (values < 0), Level.WARNING, 0).astype(np.int8)
        begin = 0
        while begin < len(values) and key not in self.state.units:
            if math.isfinite(values[begin]):
                self._learn_unit(key, float(values[begin]))
            begin += 1
        if self.state.units.get(key) == "fraction":
            later = values[begin:]
            other = np.flatnonzero(later > self.params.fraction_most)
            if other.size:  # a unit that changes is another matter
                self.state.units[key], later = "percent", later[: other[0]]
            levels[begin : begin + len(later)][later > 1 + self.params.rounding] = Level.WARNING
        return levels

    def _learn_unit(self, key: str, value: float) -> None:
        first, p = self.state.accuracies.setdefault(key, []), self.params
        first.append(value)
        if value > 1:
            self.state.units[key] = "percent"
        elif len(first) >= p.fraction_points:
            self.state.units[key] = "fraction" if float(np.median(first)) >= p.fraction_median else "open"
        if key in self.state.units:
            first.clear()

    def _perplexity(self, scene: Scene, track: Track) -> Iterable[Reading]:
        """Compare with every loss of the phase; it is wrong only where none of them is its logarithm."""
        prefix, name = split_key(track.key)
        losses = _losses_beside(scene, prefix)
        if name.lower().endswith("_capped") or not losses:
            return
        new, p = track.new, self.params
        with np.errstate(all="ignore"):
            nats = np.log(new.values)
        values = np.array([column(loss, new.steps) for loss in losses])
        with np.errstate(invalid="ignore"):
            slack = p.perplexity * (1 + np.abs(values))
            met = ((nats > values - slack) & (nats < values + slack + p.perplexity_above)).any(axis=0)
            cap = (nats >= LEAST_CAP) & (np.abs(nats - np.round(nats)) < 1e-6)
        capped = scene.tracks.get(f"{track.key}_capped")
        if capped is not None:
            cap |= column(capped, new.steps) > 0
        known = np.isfinite(values).any(axis=0) & np.isfinite(nats)
        names = " or ".join(loss.key for loss in losses[:3])
        bound = Bound(f"not the exponential of {names}", f"exp({names})", HELD)
        yield self._judged(track, bound, np.where(known & ~met & ~cap, Level.WARNING, 0))

    def _terms(self, scene: Scene) -> Iterable[Reading]:
        """A total below a term that is logged after its weight; with weights to apply, `loss-sum` looks at it."""
        train = terms.training(scene)
        totals = [*([train] if train is not None else []), *terms.evals(scene)]
        yield from (self._below(total) for total in totals if total.terms and len(total.track.new))

    def _below(self, total: Total) -> Reading:
        new = total.track.new
        parts = [column(track, new.steps) for track in total.terms.values()]
        with np.errstate(invalid="ignore"):
            breach = (np.fmin.reduce(parts) >= 0) & (new.values < np.fmax.reduce(parts) * (1 - self.params.term))
        return self._judged(total.track, BELOW_TERM, np.where(breach, Level.WARNING, 0))

    def _judged(self, track: Track, bound: Bound, levels: NDArray[Any]) -> Reading:
        new = track.new
        self.state.looked += len(new)
        return Reading(
            f"{track.key} {bound.aspect}".strip(),
            new.steps,
            new.times,
            levels.astype(np.int8),
            lambda i: finding(track.key, new, i, bound),
            bound.hold,
        )


def finding(key: str, new: Points, i: int, bound: Bound) -> Finding:
    value, step = float(new.values[i]), int(new.steps[i])
    return Finding(
        title=f"{key} is {value:.4g}, {bound.what}",
        observed={"value": value},
        expected={"value": bound.due},
        window=(step, step),
        keys=(key,),
        formula=f"{key} = {value:.6g} at step {step}",
        clues={"value": value, "what": bound.what},
    )


def _losses_beside(scene: Scene, prefix: str) -> list[Track]:
    """Return the losses of a phase, nothing where the one whose exponential a perplexity is may be missing."""
    roles = scene.facts.roles
    keys = sorted(key for key in scene.tracks if is_loss(roles.get(key, "")) and split_key(key)[0] == prefix)
    losses = [scene.tracks[key] for key in keys]
    parts = [loss.key for loss in losses if roles[loss.key].endswith("component")]
    if (parts or scene.facts.intent.losses) and not any(words_of(split_key(part)[1]) & IN_NATS for part in parts):
        return []
    return losses

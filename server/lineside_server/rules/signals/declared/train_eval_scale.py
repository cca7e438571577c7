"""Eval and training are on another scale from the first evals on: a difference of definition, not of the model."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from lineside_server.core.composition import Makeup
from lineside_server.core.events import F64
from lineside_server.core.facts import Facts
from lineside_server.core.figures import times
from lineside_server.core.findings import Finding, Level
from lineside_server.core.fit import closeness
from lineside_server.core.scales import declared_scales
from lineside_server.rules.model import Reading, Rule, Scene, Standing, levels_of, not_checked, passing
from lineside_server.rules.signals.declared import terms
from lineside_server.rules.signals.declared.terms import Total

# A key of `differs` with one of these names says that eval computes something else, on purpose.
OBJECTIVES: Final = frozenset({"objective", "loss", "losses", "loss_weights", "weights", "criterion", "loss_type"})


@dataclass(frozen=True)
class Limits:
    updates: int = 50  # done before an eval counts, and those whose train loss stands beside it
    evals: int = 3  # that count
    high: float = 2.0  # eval / train
    high_at_once: float = 4.0  # so much that one eval suffices
    high_critical: float = 5.0
    low: float = 0.5
    low_at_once: float = 0.25
    low_critical: float = 0.2
    growth: float = 1.5  # third / first from which it is a gap that grows
    points: int = 10  # of the train loss, at least
    explained: float = 0.3  # fit of a declared number to a low ratio, from which it explains it
    alike: float = 1.25  # eval / train of a term, within which both sides show the same model


@dataclass
class Pair:
    """One eval total beside the train loss: the first evals that count, the newest ratios, and whether it is off."""

    ratios: list[float] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)  # of the same evals, by ratio or by the same terms
    lately: list[float] = field(default_factory=list)
    met: bool = False  # a ratio between low and high was seen
    off: int = 0  # 1 above, -1 below


@dataclass
class Memory:
    pairs: dict[str, Pair] = field(default_factory=dict)
    tail: list[float] = field(default_factory=list)  # the last 4 finite train losses
    highest: float | None = None  # median of 5 train losses
    lowest: float | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """An eval as it stood beside training."""

    step: int
    time: float
    level: Level
    ratio: float
    evaled: Makeup
    trained: Makeup
    defined: float | None  # eval over train for the same terms
    newest: Makeup  # of training, over the last few points
    ratios: tuple[float, ...]
    steps: tuple[int, ...]


class TrainEvalScale(Rule):
    id, title, family = "train-eval-scale", "eval and train loss on different scales", "declared"
    Params, State = Limits, Memory
    params: Limits
    state: Memory

    def observe(self, scene: Scene) -> Iterable[Reading]:
        track = scene.one("train.loss")
        if track is None or other_objective(scene.facts) is not None:
            return
        evals = {total.track.key: total for total in terms.evals(scene, fresh=True)}
        train = terms.training(scene) if evals else None
        if train is None:
            self._climb(track.new.values)
            return
        looks: dict[str, list[Look]] = {key: [] for key in evals}
        at = track.fresh
        due = sorted(
            (int(step), key, place) for key, one in evals.items() for place, step in enumerate(one.track.new.steps)
        )
        for step, key, place in due:
            behind = track.upto(step)
            self._climb(track.all.values[at:behind])
            at = max(at, behind)
            look = self._look(scene, train, evals[key], (step, float(evals[key].track.new.times[place])))
            if look is not None:
                looks[key].append(look)
        self._climb(track.all.values[at:])
        for key, seen in looks.items():
            if seen:
                yield reading(evals[key], train, seen)

    def standing(self, scene: Scene) -> Standing:
        if (told := other_objective(scene.facts)) is not None:
            return not_checked(f"Eval is declared to compute something else (`differs.{told}`), so no scale is shared.")
        if not any(terms.evals(scene)):
            parts = [track.key for track in scene.of("eval.component")][:2]
            named = (
                f" {' and '.join(parts)} are not taken for it: say which is, `roles={{'{parts[0]}': 'eval.loss'}}`"
                if parts
                else ""
            )
            return not_checked(f'No total eval loss is logged: add `lineside.log({{"eval/loss": loss}})`.{named}')
        if not scene.of("train.loss"):
            return not_checked('No train loss is logged: add `lineside.log({"train/loss": loss})`.')
        seen = {key: pair for key, pair in self.state.pairs.items() if pair.ratios}
        if not seen:
            return not_checked(f"No eval came yet after {self.params.updates} updates with a train loss beside it.")
        key, pair = max(seen.items(), key=lambda one: max(abs(np.log(one[1].ratios))))
        figures = ", ".join(f"{ratio:.3g}" for ratio in pair.ratios)
        return passing(
            f"{key} over the train loss was {figures} in its first evals that count; off is above 2 or below 0.5."
        )

    def _look(self, scene: Scene, train: Total, evaled: Total, at: tuple[int, float]) -> Look | None:
        step, time = at
        one, other = terms.makeup_at(scene, evaled, step), terms.lately(scene, train, step)
        if one is None or other is None or one.total <= 0 or other.total <= 0:
            return None
        due = terms.due_reading(scene)
        if due == "plain":  # the terms are logged with their weights in them
            one, other = unweighted(one), unweighted(other)
        defined = by_terms(one, other) if due is not None else None
        ratio = one.total / other.total
        if not 0 < ratio < math.inf:
            return None
        pair = self.state.pairs.setdefault(evaled.track.key, Pair())
        p = self.params
        counts = int(scene.updates(np.array([step]))[0]) >= p.updates
        if counts and len(pair.ratios) < p.evals:
            pair.ratios.append(ratio)
            pair.steps.append(step)
            pair.sizes.append(farther(ratio, defined))
            enough = train.track.count - len(train.track.all) + train.track.upto(step) >= p.points
            pair.off = pair.off or (self._verdict(pair, one, other, defined) if enough else 0)
        pair.met = pair.met or p.low <= ratio <= p.high
        pair.lately = [*pair.lately, farther(ratio, defined)][-p.evals :] if counts else pair.lately
        newest = terms.lately(scene, train, step, 0) or other
        level = self._level(scene.facts, pair)
        if evaled.one_of_several:  # a set of its own may well be harder, or easier, than the training data
            level = min(level, Level.INFO)
        return Look(step, time, level, ratio, one, other, defined, newest, tuple(pair.ratios), tuple(pair.steps))

    def _verdict(self, pair: Pair, evaled: Makeup, trained: Makeup, defined: float | None) -> int:
        """Say whether the first evals are off: 1 above, -1 below, 0 not."""
        p, first = self.params, pair.ratios[0]
        if defined is not None and not p.low <= defined <= p.high:  # arithmetic; no course of a run can bring it about
            return 1 if defined > 1 else -1
        settled = len(pair.ratios) == p.evals
        highest, lowest = self.state.highest, self.state.lowest
        if pair.met or not (settled or len(pair.ratios) == 1) or highest is None or lowest is None:
            return 0
        middle, grown = float(np.median(pair.ratios)), pair.ratios[-1] / first
        # A term that agrees shows the same model on both sides; else eval must be beyond all that training ever was.
        agreed = any(1 / p.alike <= ratio <= p.alike for ratio in term_ratios(evaled, trained).values())
        above = first > p.high and middle > p.high and grown < p.growth
        if above and (agreed or evaled.total > p.high * highest) and (settled or first > p.high_at_once):
            return 1
        below = first < p.low and middle < p.low and grown > 1 / p.growth
        return -1 if below and evaled.total < p.low * lowest and (settled or first < p.low_at_once) else 0

    def _level(self, facts: Facts, pair: Pair) -> Level:
        """Grade by the first evals, where a difference of definition stands alone; it is over when none is left."""
        p = self.params
        if not pair.off or p.low <= float(np.median(pair.lately)) <= p.high:
            return Level.NONE
        size = float(np.median(pair.sizes))
        if pair.off > 0:
            return Level.CRITICAL if size > p.high_critical else Level.WARNING
        if size < p.low_critical:
            return Level.CRITICAL
        fits = [closeness(size, 1 / scale.factor) for scale in declared_scales(facts)]
        return Level.WARNING if max(fits, default=0.0) >= p.explained else Level.INFO

    def _climb(self, values: F64) -> None:
        """Carry the highest and the lowest median of 5 train losses over new ones."""
        values = values[np.isfinite(values)]
        if not values.size:
            return
        joined = np.concatenate([self.state.tail, values])
        self.state.tail = joined[-4:].tolist()
        if len(joined) < 5:
            return
        middles = np.sort(np.lib.stride_tricks.sliding_window_view(joined, 5), axis=1)[:, 2]
        high, low = float(middles.max()), float(middles.min())
        self.state.highest = high if self.state.highest is None else max(high, self.state.highest)
        self.state.lowest = low if self.state.lowest is None else min(low, self.state.lowest)


def term_ratios(evaled: Makeup, trained: Makeup) -> dict[str, float]:
    """Return eval over train of each term that is above zero on both sides."""
    shared = [name for name, value in trained.terms.items() if value > 0 and evaled.terms.get(name, 0.0) > 0]
    return {name: evaled.terms[name] / trained.terms[name] for name in shared}


def unweighted(makeup: Makeup) -> Makeup:
    return replace(makeup, weights=dict.fromkeys(makeup.weights, 1.0))


def by_terms(evaled: Makeup, trained: Makeup) -> float | None:
    """Return how many times larger eval's total is than training's for the same weighted terms.

    None where a declared term is not logged on either side, or the weights are not known.
    """
    if not evaled.weights or evaled.missing or trained.missing or evaled.terms.keys() != trained.terms.keys():
        return None
    one, other = evaled.known("weighted"), trained.known("weighted")
    return evaled.total / one / (trained.total / other) if one > 0 and other > 0 else None


def farther(ratio: float, other: float | None) -> float:
    """Return that of two ratios above zero that is farther from 1."""
    return ratio if other is None or abs(np.log(ratio)) >= abs(np.log(other)) else other


def other_objective(facts: Facts) -> str | None:
    """Return the declaration by which eval computes another objective than training, if there is one."""
    return next((name for name in facts.intent.differs if name.lower() in OBJECTIVES), None)


def reading(evaled: Total, train: Total, looks: list[Look]) -> Reading:
    levels = levels_of(len(looks))
    levels[:] = [look.level for look in looks]
    return Reading(
        evaled.subject,
        np.array([look.step for look in looks], np.int64),
        np.array([look.time for look in looks]),
        levels,
        lambda i: finding(evaled, train, looks[i]),
    )


def finding(evaled: Total, train: Total, look: Look) -> Finding:
    whole, beside, key = look.evaled.total, look.trained.total, evaled.track.key
    observed: dict[str, Any] = {"ratio": look.ratio, "eval_loss": whole, "train_loss_median": beside}
    if look.evaled.terms:
        observed["eval_terms"] = dict(look.evaled.terms)
    if look.defined is not None:
        observed["ratio_for_the_same_terms"] = look.defined
    since = "its first eval" if len(look.ratios) == 1 else f"its first {len(look.ratios)} evals"
    figures = f"{whole:.4g} against {beside:.4g}"
    return Finding(
        title=f"{key} is {times(look.ratio)} times the train loss from {since} on ({figures})",
        observed=observed,
        expected={"ratio": "between 0.5 and 2 in the first evals, where both compute the same loss"},
        window=(look.steps[0] if look.steps else look.step, look.step),
        keys=(key, train.track.key, *(track.key for track in evaled.terms.values())),
        formula=f"R = {key} / median({train.track.key}, 50 updates) = {whole:.4g} / {beside:.4g} = {times(look.ratio)}",
        clues={
            "ratio": look.ratio,
            "ratios": list(look.ratios),
            "eval_total": whole,
            "eval_terms": dict(look.evaled.terms),
            "train_total": beside,
            "train_terms": dict(look.trained.terms),
            "newest_total": look.newest.total,
            "newest_terms": dict(look.newest.terms),
            "weights": dict(look.evaled.weights),
        },
    )

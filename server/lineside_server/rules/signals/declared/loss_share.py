"""A term has another share of the loss than was declared for it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lineside_server.core.composition import READINGS, Makeup, Reading, normalised, spoken, weights_for
from lineside_server.core.events import F64
from lineside_server.core.facts import Facts
from lineside_server.core.figures import percent
from lineside_server.core.findings import Finding, Level
from lineside_server.rules.model import Hold, Rule, Scene, Standing, levels_of, not_checked, passing
from lineside_server.rules.model import Reading as RuleReading
from lineside_server.rules.signals.declared import terms
from lineside_server.rules.signals.declared.sums import WINDOW, Sums, every, rolling, sums_of
from lineside_server.rules.signals.declared.terms import Total

NOTED: Final = 2.0  # a share that is off by this factor is named beside those that breach


@dataclass(frozen=True)
class Limits:
    low: float = 0.25  # of the declared share
    high: float = 3.0
    points: int = 10  # of training, before a median counts
    apart: int = 10  # points of training from one look to the next
    moved: float = 0.01  # of a logged weight, from which it is meant to change


@dataclass
class Memory:
    seen: int = 0  # points of training
    shares: dict[str, list[float]] = field(default_factory=dict)  # of training, by term, at the newest points
    weights: dict[str, float] = field(default_factory=dict)  # the first logged weight of each term
    changing: list[str] = field(default_factory=list)  # terms whose weight is meant to change


@dataclass(frozen=True, slots=True)
class Look:
    """Shares under a reading, from a make-up; `stands_in` is the eval whose terms stand in for those of training."""

    shares: Mapping[str, float]
    makeup: Makeup
    reading: Reading
    actual: float  # the total as logged
    stands_in: Makeup | None = None


class LossShare(Rule):
    id, title, family = "loss-share", "a term's share of the loss is not as declared", "declared"
    Params, State = Limits, Memory
    params: Limits
    state: Memory
    hold = Hold(keep_points=3)

    def observe(self, scene: Scene) -> Iterable[RuleReading]:
        if not declared_shares(scene.facts)[0] or (train := terms.training(scene)) is None:
            return
        if train.terms:
            sums = sums_of(scene, train, train.track.fresh)
            if len(sums.steps):
                yield from self._training(scene, train, sums)
            return
        for evaled in terms.evals(scene, fresh=True):
            if not evaled.one_of_several and evaled.terms:
                yield from self._standing_in(scene, train, evaled)

    def standing(self, scene: Scene) -> Standing:
        wanted, promised = declared_shares(scene.facts)
        train = terms.training(scene)
        if not wanted:
            return not_checked(
                "No share is declared, and a weight alone promises none: add `intent={'losses': {'kd_loss': "
                "{'weight': 0.7, 'share': 0.7}}}` or the target `{'loss_share': 'declared'}`."
            )
        if train is None:
            return not_checked('No total train loss is logged: add `lineside.log({"train/loss": loss})`.')
        if self.state.shares:
            shares = {name: float(np.median(values)) for name, values in self.state.shares.items() if values}
            told = ", ".join(
                f"{name} {percent(share, 1)} ({percent(wanted[name])})"
                for name, share in shares.items()
                if name in wanted
            )
            left = f" The weights of {', '.join(self.state.changing)} change." if self.state.changing else ""
            how = "declared" if promised else "by its weight, which promises none"
            return passing(f"Shares of {train.track.key}: {told}; in brackets the one {how}.{left}")
        return not_checked(
            "The terms of the loss are not logged in training: "
            "add `lineside.log_losses(step, 'train', raw={…}, total=loss)`."
        )

    def _training(self, scene: Scene, train: Total, sums: Sums) -> Iterator[RuleReading]:
        wanted, promised = declared_shares(scene.facts)
        as_weighted = _as_weighted(scene, sums)
        whole = _whole(scene, train, sums, as_weighted)
        self._watch_weights(sums)
        at = every(self.state.seen, len(sums.steps), self.params.apart)
        self.state.seen += len(sums.steps)
        levels, worst = levels_of(len(at)), Level.WARNING if promised else Level.INFO
        for name, part in sums.parts.items():
            shares = np.where(as_weighted, part, sums.terms[name]) / whole
            past = self.state.shares.get(name, [])
            self.state.shares[name] = [*past, *shares[1 - WINDOW :].tolist()][1 - WINDOW :]
            share = wanted.get(name, 0.0)
            if at.size and share > 0 and name not in self.state.changing:
                medians = rolling(past, shares, self.params.points, at)
                levels[(medians < self.params.low * share) | (medians > self.params.high * share)] = worst

        def tell(i: int) -> Finding:
            step, reading = int(sums.steps[at[i]]), READINGS[0 if as_weighted[at[i]] else 1]
            end = train.track.upto(step)
            makeup = sums_of(scene, train, max(0, end - WINDOW), end).makeup(terms.weights_at(scene, "train", step))
            actual = makeup.total
            if not makeup.missing:
                makeup = replace(makeup, total=makeup.known(reading))
            return self._finding(scene, train, Look(makeup.shares(reading), makeup, reading, actual), step)

        if at.size:
            yield RuleReading("train", sums.steps[at], sums.times[at], levels, tell)

    def _watch_weights(self, sums: Sums) -> None:
        """Note which weights change; a share that was declared once does not hold for them."""
        for name, weights in sums.weights.items():
            first = self.state.weights.setdefault(name, float(weights[0]))
            if name not in self.state.changing and (np.abs(weights - first) > self.params.moved * abs(first)).any():
                self.state.changing.append(name)

    def _standing_in(self, scene: Scene, train: Total, evaled: Total) -> Iterator[RuleReading]:
        """Judge training by the terms of eval, weighted as in training, where training logs none of its own."""
        wanted, promised = declared_shares(scene.facts)
        if not promised or terms.due_reading(scene) != "weighted":
            return
        looks = [
            (int(s), float(t), _stand_in(scene, train, evaled, int(s)))
            for s, t in zip(evaled.track.new.steps, evaled.track.new.times, strict=True)
        ]
        seen = [(step, time, look) for step, time, look in looks if look is not None]
        levels = levels_of(len(seen))
        levels[:] = [Level.WARNING if self._off(look.shares, wanted) else Level.NONE for _, _, look in seen]
        if seen:
            yield RuleReading(
                evaled.subject,
                np.array([step for step, _, _ in seen], np.int64),
                np.array([time for _, time, _ in seen]),
                levels,
                lambda i: self._finding(scene, evaled, seen[i][2], seen[i][0]),
            )

    def _off(self, shares: Mapping[str, float], wanted: Mapping[str, float]) -> dict[str, float]:
        """Return the terms that breach, with their share over the declared, the worst first."""
        p = self.params
        ratios = {name: shares[name] / share for name, share in wanted.items() if name in shares and share > 0}
        off = {
            name: ratio
            for name, ratio in ratios.items()
            if (ratio < p.low or ratio > p.high) and name not in self.state.changing
        }
        return dict(sorted(off.items(), key=lambda one: -abs(np.log(max(one[1], 1e-12)))))

    def _finding(self, scene: Scene, total: Total, look: Look, step: int) -> Finding:
        wanted, promised = declared_shares(scene.facts)
        off = self._off(look.shares, wanted)
        worst = next(iter(off), next(iter(wanted)))
        ratios = {
            name: look.shares[name] / share for name, share in wanted.items() if name in look.shares and share > 0
        }
        far = {name: ratio for name, ratio in ratios.items() if not 1 / NOTED <= ratio <= NOTED}
        observed: dict[str, Any] = {
            "shares": dict(look.shares),
            "reading": spoken(look.reading),
            "loss": look.makeup.total,
        }
        if look.stands_in is not None:
            observed["shares_as_logged_in_eval"] = as_logged(look.stands_in)
            observed["stands_in"] = "the terms of eval stand in for those of training, which are not logged"
        share, declared = look.shares.get(worst, 0.0), "declared" if promised else "its weight's part"
        return Finding(
            title=f"{worst} is {percent(share, 1)} of the training loss where {percent(wanted[worst])} is {declared}",
            observed=observed | {"share_over_declared": ratios},
            expected={"shares": dict(wanted), "share_over_declared": "0.25 to 3"},
            window=(step, step),
            keys=(total.track.key, *(track.key for track in total.terms.values())),
            formula=_formula(look, worst),
            clues={
                "off": off,
                "far": far,
                "reading": look.reading,
                "stands_in": look.stands_in is not None,
                "total": look.makeup.total,
                "train_total": look.actual,
                "terms": dict(look.makeup.terms),
                "weights": dict(look.makeup.weights),
                "eval_total": None if look.stands_in is None else look.stands_in.total,
                "weights_for": weights_for(look.makeup, wanted) if look.reading == "weighted" else {},
            },
        )


def declared_shares(facts: Facts) -> tuple[dict[str, float], bool]:
    """Return the share of each term, and whether it was declared outright; weights alone only suggest one."""
    told = {name: term.share for name, term in facts.intent.losses.items() if term.share is not None}
    if told:
        return told, True
    weights = {name: term.weight for name, term in facts.intent.losses.items() if term.weight}
    promised = any(target.get("loss_share") == "declared" for target in facts.intent.targets)
    return normalised(weights), promised


def as_logged(evaled: Makeup) -> dict[str, float]:
    """Return the shares as eval logs its terms, and what is left for terms that it does not log."""
    shares = {name: evaled.part(name, "plain") / evaled.total for name in evaled.terms}
    return {**shares, "not logged": 1 - sum(shares.values())}


def _whole(scene: Scene, train: Total, sums: Sums, as_weighted: NDArray[np.bool_]) -> F64:
    """Return what the shares (n,) are of: the sum of the declared terms, or the total where one is not logged."""
    if any(name not in train.terms for name in scene.facts.intent.losses):
        return sums.totals
    known = sums.totals * np.where(as_weighted, sums.weighted, sums.plain)
    return np.where(known > 0, known, sums.totals)


def _as_weighted(scene: Scene, sums: Sums) -> NDArray[np.bool_]:
    """Say for each point (n,) whether the terms count with their weights: as declared, else as comes nearer."""
    due = terms.due_reading(scene)
    if due is not None:
        return np.full(len(sums.steps), due == "weighted")
    nearer: NDArray[np.bool_] = np.abs(1 - sums.weighted) <= np.abs(1 - sums.plain)
    return nearer


def _stand_in(scene: Scene, train: Total, evaled: Total, step: int) -> Look | None:
    """Return the shares of training with eval's terms at their training weights, None where that cannot be."""
    one, other = terms.makeup_at(scene, evaled, step), terms.lately(scene, train, step)
    if one is None or other is None or not one.terms or one.total <= 0 or other.total <= 0:
        return None
    makeup = Makeup(other.total, one.terms, other.weights)
    if len(makeup.missing) > 1 or not makeup.possible("weighted"):
        return None
    return Look(makeup.shares("weighted"), makeup, "weighted", other.total, one)


def _formula(look: Look, name: str) -> str:
    makeup = look.makeup
    if name not in makeup.terms:
        return (
            f"({makeup.total:.4g} - {makeup.known(look.reading):.4g}) / {makeup.total:.4g}: what the logged terms leave"
        )
    weight = f"{makeup.weights.get(name, 1.0):g}·" if look.reading == "weighted" else ""
    return f"{weight}{makeup.terms[name]:.4g} / {makeup.total:.4g} = {percent(look.shares[name], 2)}"

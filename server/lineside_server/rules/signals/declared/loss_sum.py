"""The logged terms of a loss, weighted as declared, are not its total: something else is in it, or missing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from lineside_server.core.attribution import factors_of
from lineside_server.core.composition import Makeup, split_key, spoken
from lineside_server.core.composition import Reading as CompositionReading
from lineside_server.core.events import F64, I64
from lineside_server.core.figures import percent, times
from lineside_server.core.findings import Finding, Level
from lineside_server.core.nonnegative import effective_weights
from lineside_server.rules.model import Hold, Levels, Reading, Rule, Scene, Standing, levels_of, not_checked, passing
from lineside_server.rules.signals.declared import terms
from lineside_server.rules.signals.declared.sums import WINDOW, Sums, doubts, every, rolling, sums_of
from lineside_server.rules.signals.declared.terms import Total

LOOKED_BACK: Final = 1024


@dataclass(frozen=True)
class Limits:
    slack: float = 0.05  # a sum within this of its total is the total
    warning: float = 0.10
    critical: float = 0.30
    points: int = 10  # of training, before a median counts
    evals: int = 2
    apart: int = 10  # points of training from one look to the next
    held: int = 30  # points after which a sum that nobody declared is taken for what is meant


@dataclass
class Ratios:
    """Of one total: sum over total at the newest points, weighted and plain."""

    weighted: list[float] = field(default_factory=list)
    plain: list[float] = field(default_factory=list)
    seen: int = 0  # points
    held: bool | None = None  # without a declaration: the plain sum was the total at first


@dataclass
class Memory:
    totals: dict[str, Ratios] = field(default_factory=dict)
    side: int = 0  # on which side of its total training's sum was at its newest point, where it was off


class LossSum(Rule):
    id, title, family = "loss-sum", "terms that do not add up to the loss", "declared"
    Params, State = Limits, Memory
    params: Limits
    state: Memory
    hold = Hold(keep_points=3)

    def observe(self, scene: Scene) -> Iterable[Reading]:
        before, sides, at = self.state.side, np.empty(0, np.int64), np.empty(0, np.int64)
        for total in _totals(scene, fresh=True):
            sums = sums_of(scene, total, total.track.fresh) if total.terms else None
            found = self._reading(scene, total, sums) if sums is not None and len(sums.steps) else None
            if found is None:
                continue
            reading, side = found
            if total.phase == "train":
                sides, at = np.concatenate([[before], side]), reading.steps
                self.state.side = int(side[-1])
            else:  # what training has already is one thing, not two
                train = sides[np.searchsorted(at, reading.steps, side="right")] if len(at) else before
                reading.levels[(train == side) & (side != 0)] = 0
            yield reading

    def standing(self, scene: Scene) -> Standing:
        words = [self._said(scene, total) for total in _totals(scene) if total.terms]
        passed = " ".join(text for good, text in words if good)
        if words:
            open_points = " ".join(text for good, text in words if not good)
            return passing(passed) if passed and not open_points else not_checked(f"{open_points} {passed}".strip())
        return not_checked(
            "No terms of the loss are logged beside a total: add `lineside.log_losses(step, 'train', "
            "raw={'kd_loss': kd, 'lm_loss': lm}, weights={'kd_loss': 0.7, 'lm_loss': 0.3}, total=loss)`."
        )

    def _reading(self, scene: Scene, total: Total, sums: Sums) -> tuple[Reading, I64] | None:
        """Return the reading, and on which side of the total the sum is where it is off: 1 above, -1 below."""
        ratios = self.state.totals.setdefault(total.track.key, Ratios())
        train = total.phase == "train"
        at = every(ratios.seen, len(sums.steps), self.params.apart if train else 1)
        past, new, new_plain = replace(ratios), sums.weighted, sums.plain
        ratios.weighted, ratios.plain = _kept(past.weighted, new), _kept(past.plain, new_plain)
        ratios.seen += len(sums.steps)
        if not at.size:
            return None
        fewest = self.params.points if train else self.params.evals
        weighted, plain = rolling(past.weighted, new, fewest, at), rolling(past.plain, new_plain, fewest, at)
        if _weighs(scene):
            slack = self.params.slack
            off = _beyond(weighted, doubts(past.weighted, new, at, weighted, slack))
            judged = self._levels(scene, total, off, _beyond(plain, doubts(past.plain, new_plain, at, plain, slack)))
        else:
            judged = self._inferred(ratios, past.seen + at + 1, plain)
        steps = sums.steps[at]

        def tell(i: int) -> Finding:
            return finding(scene, total, int(steps[i]), (float(weighted[i]), float(plain[i])))

        side = np.where(judged > 0, np.sign(np.nan_to_num(weighted - 1)), 0).astype(np.int64)
        return Reading(total.subject, steps, sums.times[at], judged, tell), side

    def _levels(self, scene: Scene, total: Total, off: F64, off_plain: F64) -> Levels:
        slack, due = self.params.slack, terms.due_reading(scene)
        if _missing(scene, total):  # what is logged leaves room for what is not, unless it exceeds the total either way
            over = np.minimum(off, off_plain)
            return self._graded(np.where(over > slack, over, 0.0))
        off, other = np.abs(off), np.abs(off_plain)
        fits, fits_plain = off <= slack, other <= slack
        if due == "weighted":
            levels = self._graded(np.where(fits, 0.0, off))
            if total.phase == "eval":  # there a plain sum is on another scale; in training it is another objective
                levels[fits_plain] = np.minimum(levels[fits_plain], Level.WARNING)
            return levels
        if due == "plain":
            levels = self._graded(np.where(fits_plain, 0.0, other))
            levels[fits & ~fits_plain] = Level.INFO
            return levels
        levels = self._graded(np.where(fits | fits_plain, 0.0, np.minimum(off, other)))
        levels[levels > Level.WARNING] = Level.WARNING  # nobody declared what the terms are
        return levels

    def _inferred(self, ratios: Ratios, counts: I64, plain: F64) -> Levels:
        """A sum that held from the beginning and does no more is worth a note; nobody declared that it should."""
        levels = levels_of(len(plain))
        for place, (count, ratio) in enumerate(zip(counts.tolist(), plain.tolist(), strict=True)):
            if ratios.held is None and count >= self.params.held:
                ratios.held = abs(1 - ratio) <= self.params.slack / 2
            elif ratios.held and abs(1 - ratio) > self.params.warning:
                levels[place] = Level.INFO
        return levels

    def _graded(self, off: F64) -> Levels:
        p = self.params
        steps = [np.nan_to_num(off, nan=0.0) > bound for bound in (p.slack, p.warning, p.critical)]
        levels: Levels = np.sum(steps, axis=0).astype(np.int8)
        return levels

    def _said(self, scene: Scene, total: Total) -> tuple[bool, str]:
        """Return whether a total was checked, and how its terms stand to it, in a sentence."""
        ratios = self.state.totals.get(total.track.key, Ratios())
        key, missing = total.track.key, _missing(scene, total)
        if missing:
            return False, _not_logged(scene, total, missing)
        if len(ratios.weighted) < (self.params.points if total.phase == "train" else self.params.evals):
            return False, f"{key} stands beside all its terms at {len(ratios.weighted)} points only."
        weighted, plain = float(np.median(ratios.weighted)), float(np.median(ratios.plain))
        if not _weighs(scene):
            return _undeclared(scene, total, plain)
        reading: CompositionReading = "weighted" if abs(1 - weighted) <= abs(1 - plain) else "plain"
        ratio = weighted if reading == "weighted" else plain
        return True, f"{spoken(reading)} is {ratio:.3f} of {key} (median of {len(ratios.plain)} points)."


def _totals(scene: Scene, *, fresh: bool = False) -> Iterator[Total]:
    train = scene.one("train.loss")
    if train is not None and (len(train.new) or not fresh) and (total := terms.training(scene)) is not None:
        yield total
    yield from terms.evals(scene, fresh=fresh)


def _kept(past: list[float], new: F64) -> list[float]:
    return [*past, *new[1 - WINDOW :].tolist()][1 - WINDOW :]


def _beyond(medians: F64, doubt: F64) -> F64:
    """Return how far each sum (n,) is from its total beyond doubt, below zero where it falls short."""
    off = medians - 1
    return np.sign(off) * np.maximum(np.abs(off) - doubt, 0.0)


def _weighs(scene: Scene) -> bool:
    """Whether any weight is known: declared, or logged."""
    return any(term.weight is not None for term in scene.facts.intent.losses.values()) or bool(
        terms.weights_logged(scene)
    )


def _missing(scene: Scene, total: Total) -> list[str]:
    losses = scene.facts.intent.losses
    return [name for name, term in losses.items() if name not in total.terms and term.weight != 0]


def _not_logged(scene: Scene, total: Total, missing: list[str]) -> str:
    names, key = " and ".join(missing), total.track.key
    makeup = terms.makeup_at(scene, total, total.track.last_step)
    verb = "is" if len(missing) == 1 else "are"
    code = f'add `lineside.log({{"{key.replace(split_key(key)[1], missing[0])}": …}})`.'
    told = f"{names} {verb} declared and not logged in {total.subject}"
    reading = makeup.reading(terms.due_reading(scene)) if makeup is not None and makeup.terms else None
    if makeup is None or reading is None or makeup.total <= 0:
        return f"{told}: {code}"
    rest, share = makeup.remainder(reading), makeup.remainder(reading) / makeup.total
    why = ""
    implied = makeup.implied("weighted")
    if reading == "plain" and implied is not None:
        why = f" (with the weights applied it would have to be {implied:.0f} nats)"
    return f"{told}: as {spoken(reading)} it leaves {rest:.4g} of {makeup.total:.4g} ({share:.1%}) to it{why}; {code}"


def _undeclared(scene: Scene, total: Total, plain: float) -> tuple[bool, str]:
    key, names = total.track.key, list(total.terms)
    code = f"`intent={{'losses': {{'{names[0]}': {{'weight': …}}}}}}`"
    if abs(1 - plain) <= Limits.slack:
        return True, f"Inferred, since no weights are declared: the logged terms add up to {key} ({plain:.3f} of it)."
    sums = sums_of(scene, total, max(0, len(total.track.all) - LOOKED_BACK))
    fitted = effective_weights(np.column_stack([sums.terms[name] for name in names]), sums.totals)
    if fitted is None:
        return False, f"No weights are declared, and the terms are {plain:.3g} times {key} as they are: declare {code}."
    told = ", ".join(f"{name} {weight:.3g}" for name, weight in zip(names, fitted.weights.tolist(), strict=True))
    return False, f"No weights are declared ({code}). Inferred from {key}: {told} (R² {fitted.r_squared:.4f})."


def finding(scene: Scene, total: Total, step: int, ratios: tuple[float, float]) -> Finding:
    """Tell of a total as of a step; `ratios` are the medians of its terms over it, weighted and plain."""
    key, due = total.track.key, terms.due_reading(scene)
    end = total.track.upto(step)
    sums = sums_of(scene, total, max(0, end - WINDOW), end)
    weights = terms.weights_at(scene, total.phase, step)
    makeup = sums.makeup(weights)
    title, ratio = _title(scene, total, ratios)
    observed: dict[str, Any] = {"sum_over_total": ratio, "other_share": 1 - ratio, "total": makeup.total}
    return Finding(
        title=title,
        observed=observed | {"terms": dict(makeup.terms), "plain_sum_over_total": ratios[1]},
        expected={"sum_over_total": "0.95 to 1.05", "weights": weights},
        window=(int(sums.steps[0]), step),
        keys=(key, *(track.key for track in total.terms.values())),
        formula=_formula(makeup, key, "plain" if due == "plain" or not weights else "weighted"),
        clues={
            "phase": total.phase,
            "due": due,
            "weighted": ratios[0],
            "plain": ratios[1],
            "missing": _missing(scene, total),
            "total": makeup.total,
            "terms": dict(makeup.terms),
            "factors": {name: list(found) for name, found in factors_of(sums.parts, sums.totals).items()},
            "effective": _effective(sums),
        },
    )


def _title(scene: Scene, total: Total, ratios: tuple[float, float]) -> tuple[str, float]:
    """Return the sentence, and the ratio that it is about."""
    weighted, plain = ratios
    key, due = total.track.key, terms.due_reading(scene)
    fits_plain, fits = (abs(1 - ratio) <= Limits.slack for ratio in (plain, weighted))
    if not _weighs(scene):
        return f"The terms of {key} added up to it and are now {times(plain)} times it (inferred)", plain
    if _missing(scene, total):
        ratio = min(ratios)
        return f"The logged terms alone are {times(ratio)} times {key}, and more is declared to be in it", ratio
    if due == "weighted" and fits_plain:
        return (
            f"{key} is the plain sum of its terms: the weights are not applied ({times(weighted)} of it if they were)",
            weighted,
        )
    if due == "plain" and fits:
        return f"The terms of {key} are logged before their weights, not after them as declared", plain
    ratio = plain if due == "plain" else weighted if due == "weighted" else min(ratios, key=lambda one: abs(1 - one))
    if ratio < 1:
        return f"The declared terms make up {percent(ratio)} of {key}; {percent(1 - ratio)} is something else", ratio
    return f"The declared terms add up to {times(ratio)} times {key}", ratio


def _formula(makeup: Makeup, key: str, reading: CompositionReading) -> str:
    parts = [
        f"{makeup.weights.get(name, 1.0):g}·{value:.4g}" if reading == "weighted" else f"{value:.4g}"
        for name, value in makeup.terms.items()
    ]
    return f"({' + '.join(parts)}) / {key} {makeup.total:.4g} = {makeup.known(reading) / makeup.total:.3f}"


def _effective(sums: Sums) -> dict[str, float]:
    """Return the weights with which the terms do make the total, where the points can tell them."""
    names = list(sums.terms)
    fitted = effective_weights(np.column_stack([sums.terms[name] for name in names]), sums.totals)
    return {} if fitted is None else dict(zip(names, fitted.weights.tolist(), strict=True))

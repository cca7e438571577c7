"""Why eval stands where it stands beside train: the hypothesis table."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

from lineside_server.core.composition import Makeup
from lineside_server.core.facts import Facts
from lineside_server.core.figures import times
from lineside_server.core.findings import Cause, Finding, Level
from lineside_server.core.scales import Scale, declared_scales
from lineside_server.core.scales import is_distilled as distilled
from lineside_server.diagnosis.fit import EXPLAINS, FREE, best, closeness, meeting, scored
from lineside_server.diagnosis.hypotheses import scale_actions
from lineside_server.diagnosis.model import Diagnosis, Doctor

MOVING = 0.05  # in ln, by which the newest train losses are off those of 50 updates
EXACT = 0.01  # of a total, within which a sum is it
GROWN = 1.1  # times the first ratio, from which a gap grows
ALIKE = (0.7, 1.3)  # eval / train of a term that is computed alike on both sides
HARDER = 1.1  # by which the distillation is larger over all tokens than over the likeliest


@dataclass(frozen=True, slots=True)
class Sides:
    """Eval beside training: the ratio of the totals now and at the first evals, and what both are made of."""

    ratio: float
    ratios: tuple[float, ...]
    evaled: Makeup
    trained: Makeup
    facts: Facts

    @property
    def term_ratios(self) -> dict[str, float]:
        """Eval over train of each term that is logged above zero on both sides."""
        shared = {name: value for name, value in self.trained.terms.items() if value > 0}
        return {name: self.evaled.terms[name] / value for name, value in shared.items() if name in self.evaled.terms}

    @property
    def complete(self) -> bool:
        """Whether both sides log every term that is declared."""
        return bool(self.evaled.weights) and not (self.evaled.missing or self.trained.missing)

    def scaled(self, factors: dict[str, float]) -> float:
        """Return the ratio that follows where eval differs by these factors of terms and in nothing else."""
        more = sum(self.trained.part(name, "weighted") * (factor - 1) for name, factor in factors.items())
        return (self.trained.total + more) / self.trained.total


def examined(finding: Finding, facts: Facts) -> Diagnosis:
    """Score every hypothesis that the declared numbers and the logged terms allow."""
    clues = finding.clues
    weights = clues["weights"]
    trained = Makeup(clues["train_total"], clues["train_terms"], weights)
    newest = Makeup(clues["newest_total"], clues["newest_terms"], weights)
    moving = newest.total > 0 and abs(math.log(newest.total / trained.total)) > MOVING
    trained = newest if moving else trained  # what stands beside eval is what training is then, not what it was
    evaled = Makeup(clues["eval_total"], clues["eval_terms"], weights)
    sides = Sides(evaled.total / trained.total, tuple(clues["ratios"]), evaled, trained, facts)
    definition = tuple(cause for hypothesis in DEFINITION for cause in hypothesis(sides))
    causes = (*definition, *generalisation_gap(sides), *training_only_noise(sides))
    leading = best(causes)
    told = scale_actions.cannot_tell(sides.evaled, sides.trained, facts, settled=leading is not None)
    if moving:
        told += f" The train loss moves: R is {times(sides.ratio)} over its newest ten values, and that is explained."
    return Diagnosis(
        causes=causes,
        actions=scale_actions.actions(leading.id if leading else "", sides.evaled, facts),
        cannot_tell=told.strip(),
        at_most=Level.WARNING if any(cause.fit >= EXPLAINS for cause in definition) else None,
    )


def weights_not_in_eval(sides: Sides) -> Iterator[Cause]:
    whole = sides.evaled
    low = whole.known("weighted")
    if not whole.terms or low <= 0 or all(weight == 1 for weight in whole.weights.values()):
        return
    rest = max(0.0, whole.remainder("plain"))
    high = low + max((whole.weights[name] for name in whole.missing), default=0.0) * rest
    least, most = whole.total / high, whole.total / low
    if sides.complete:  # the terms of training say what its weighted sum is; no model needs to be alike
        least = most = whole.known("plain") / sides.trained.known("weighted")
    as_a_sum = 1.0 if whole.missing and whole.possible("plain") else closeness(whole.total, whole.known("plain"))
    fit = min(closeness(sides.ratio, least, most), as_a_sum)
    if sides.complete and low > whole.total * (1 - EXACT) and low < whole.total * (1 + EXACT):
        fit = 0.0  # it is the weighted sum
    unlogged = " and ".join(whole.missing)
    span = f"{times(least)} and {times(most)}" if whole.missing else f"{times(most)}"
    told = f"R would lie between {span}" if whole.missing else f"R would be {span}"
    if sides.complete:
        told += (
            f" ({whole.known('plain'):.4g} unweighted in eval over {sides.trained.known('weighted'):.4g} in training"
        )
    else:
        told += f" ({whole.total:.4g} over {times(low)} weighted"
    told += (
        f" without {unlogged}, over {times(high)} if all that remains, {times(rest)}, is {unlogged})"
        if unlogged
        else ")"
    )
    sentence = f"With the weights applied in training but not in eval {told}; it is {times(sides.ratio)}."
    if as_a_sum < fit + 1e-9 and as_a_sum < EXPLAINS:
        sentence += f" But the terms of eval add up to {whole.known('plain'):.4g} unweighted, not {whole.total:.4g}."
    implied = whole.implied("weighted")
    if implied is not None and implied > 0:
        sentence += f" Were the weights applied in eval, {unlogged} would have to be {implied:.0f}"
        sentence += " nats." if not whole.possible("weighted") else "."
    yield scored(
        "weights-not-in-eval", fit, sentence, predicted=[least, most], observed=sides.ratio, implied_if_weighted=implied
    )


def eval_one_term(sides: Sides) -> Iterator[Cause]:
    whole = sides.evaled
    if len(whole.terms) < 2:
        return
    name, value = max(whole.terms.items(), key=lambda term: (closeness(whole.total, term[1]), term[1]))
    fit = closeness(whole.total, value)
    sentence = f"Were the eval loss {name} alone, it would be {value:.4g}; it is {whole.total:.4g}."
    sound = abs(whole.remainder("weighted")) <= EXACT * whole.total
    if whole.weights and not whole.missing and sound and abs(value - whole.total) > EXACT * whole.total:
        fit, sentence = 0.0, f"{sentence} That is the weighted sum of its terms, {whole.known('weighted'):.4g}."
    yield scored("eval-one-term", fit, sentence, term=name, predicted=value, observed=whole.total)


def accumulation_scale(sides: Sides) -> Iterator[Cause]:
    for scale in _of(sides, "accumulation"):
        fit, predicted = meeting(sides.ratio, (scale.factor, 1 / scale.factor))
        sentence = (
            f"Scaled by the accumulation of {scale.factor:g} on one side only, R would be {scale.factor:g} or "
            f"{1 / scale.factor:.3g}; it is {times(sides.ratio)}."
        )
        if sides.complete and sides.trained.total and sides.evaled.total:
            train = sides.trained.known("weighted") / sides.trained.total
            other = sides.evaled.known("weighted") / sides.evaled.total
            fit = closeness(train / other, predicted) if other > 0 and train > 0 else 0.0
            sentence += f" The weighted terms are {train:.3g} times the train total, {other:.3g} times the eval total."
        yield scored("accumulation-scale", fit, sentence, predicted=predicted, observed=sides.ratio)
        return


def temperature_squared(sides: Sides) -> Iterator[Cause]:
    for scale in _of(sides, "temperature"):
        fits = [_of_terms(sides, factor, distilled) for factor in (scale.factor, 1 / scale.factor)]
        fit, predicted, terms = max(fits)
        sentence = (
            f"With {scale.of} on one side only, R would be {_or_inverse(predicted, scale.factor, terms)}; "
            f"it is {times(sides.ratio)}.{_said_of(sides, terms)}"
        )
        yield scored("temperature-squared", fit, sentence, predicted=predicted, observed=sides.ratio)
        return


def sum_not_mean(sides: Sides) -> Iterator[Cause]:
    found = [
        (*_of_terms(sides, factor, lambda _: True), scale)
        for scale in _of(sides, "size")
        for factor in (scale.factor, 1 / scale.factor)
    ]
    if not found:
        return
    fit, predicted, terms, scale = max(found, key=lambda one: (one[0], -abs(one[1] - sides.ratio)))
    side = "eval" if predicted > 1 else "training"
    sentence = (
        f"Summed over the {scale.factor:g} {scale.of} in {side} and averaged on the other side, R would be "
        f"{predicted:.3g}; it is {times(sides.ratio)}.{_said_of(sides, terms)}"
    )
    yield scored("sum-not-mean", fit, sentence, predicted=predicted, observed=sides.ratio, told=scale.told)


def top_k_in_training_only(sides: Sides) -> Iterator[Cause]:
    ratios = sides.term_ratios
    name, k = next((one for one in ratios if distilled(one)), None), scale_actions.top_k(sides.facts)
    if name is None or k is None:
        return
    others = {one: ratio for one, ratio in ratios.items() if one != name}
    usual = median(others.values()) if others else 1.0
    predicted = sides.scaled({**dict.fromkeys(others, usual), name: ratios[name]})
    alike = min((closeness(ratio, usual) for ratio in others.values()), default=1.0)
    fit = FREE * min(closeness(sides.ratio, predicted), alike, closeness(usual, *ALIKE) / closeness(1.0, *ALIKE))
    fit = fit if ratios[name] > HARDER * usual else 0.0
    agree = f" while it is {', '.join(f'{times(ratio)} for {one}' for one, ratio in others.items())}" if others else ""
    sentence = (
        f"Over the top {k:g} tokens in training and all of them in eval, {name} would be larger in eval and the rest "
        f"alike. Eval over train is {times(ratios[name])} for {name}{agree}; that makes R {times(predicted)}, and it "
        f"is {times(sides.ratio)}."
    )
    yield scored("top-k-in-training-only", fit, sentence, predicted=predicted, observed=sides.ratio)


def generalisation_gap(sides: Sides) -> Iterator[Cause]:
    if sides.ratio < 1 or not sides.ratios:
        return
    first = sides.ratios[0]
    more = "it is the first eval" if len(sides.ratios) == 1 else f"it is {times(sides.ratio)} now"
    sentence = f"A gap in generalisation begins near R = 1 and grows; the first R was {times(first)}, and {more}."
    fit = closeness(first, 0.8, 1.25) if sides.ratio > GROWN * first else 0.0
    yield scored("generalisation-gap", fit, sentence, first_ratio=first, observed=sides.ratio)


def training_only_noise(sides: Sides) -> Iterator[Cause]:
    told = scale_actions.noise(sides.facts)
    if told is None:
        return
    sentence = f"{told} in training alone leaves R between 0.7 and 1; it is {times(sides.ratio)}."
    yield scored("training-only-noise", closeness(sides.ratio, 0.7, 1.0), sentence, observed=sides.ratio)


DEFINITION: tuple[Callable[[Sides], Iterator[Cause]], ...] = (
    weights_not_in_eval,
    eval_one_term,
    accumulation_scale,
    temperature_squared,
    sum_not_mean,
    top_k_in_training_only,
)


def _of(sides: Sides, kind: str) -> list[Scale]:
    return [scale for scale in declared_scales(sides.facts) if scale.kind == kind]


def _of_terms(sides: Sides, factor: float, may: Callable[[str], bool]) -> tuple[float, float, tuple[str, ...]]:
    """Return the fit, the predicted ratio and the terms concerned where terms of eval are `factor` times training's.

    Terms that are not logged on both sides cannot say which: then all of the total is taken to be.
    """
    ratios = {name: ratio for name, ratio in sides.term_ratios.items() if may(name)}
    if not ratios:
        return closeness(sides.ratio, factor), factor, ()
    met = tuple(name for name, ratio in ratios.items() if closeness(ratio, factor) > 0.05)
    if not met:
        return 0.0, sides.scaled(dict.fromkeys(ratios, factor)), tuple(ratios)
    predicted = sides.scaled(dict.fromkeys(met, factor))
    near = min(closeness(ratios[name], factor) for name in met)
    return min(near, closeness(sides.ratio, predicted)), predicted, met


def _or_inverse(predicted: float, factor: float, terms: tuple[str, ...]) -> str:
    return f"{predicted:.3g}" if terms else f"{factor:g} or {1 / factor:.3g}"


def _said_of(sides: Sides, terms: tuple[str, ...]) -> str:
    if not terms:
        return ""
    return f" Eval over train is {', '.join(f'{times(sides.term_ratios[name])} for {name}' for name in terms)}."


DOCTORS: dict[str, Doctor] = {"train-eval-scale": examined}

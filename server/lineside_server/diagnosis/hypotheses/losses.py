"""Why a loss is not the sum that was declared, and why a term has another share of it."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from lineside_server.core.composition import Makeup
from lineside_server.core.facts import Facts
from lineside_server.core.figures import percent, times
from lineside_server.core.findings import Cause, Finding
from lineside_server.core.scales import declared_scales
from lineside_server.diagnosis.fit import EXPLAINS, FREE, OPEN, REFUTED, best, closeness, meeting, scored
from lineside_server.diagnosis.model import Diagnosis, Doctor

NOTHING: Final = 0.05  # a factor below it: the term is not in the total
SHARPER: Final = 5.0  # a sum is exact where an estimate is not: it is held to a fifth of the tolerance


def summed(finding: Finding, facts: Facts) -> Diagnosis:
    """Say why the terms of a loss do not add up to it."""
    clues = finding.clues
    causes = (
        *_weights_not_applied(clues),
        *_one_alone(clues),
        *_one_term(clues, facts),
        *_whole_scaled(clues, facts),
        *_term_not_declared(clues),
    )
    leading = best(causes)
    effective = clues["effective"]
    actions = [_action(leading, clues["phase"])] if leading is not None else []
    if effective:
        told = ", ".join(f"{name} {weight:.3g}" for name, weight in effective.items())
        actions.append(f"Compare the weights in the code with those that the figures show by least squares: {told}.")
    unsettled = leading is None or leading.fit < EXPLAINS
    cannot = "Which term it is cannot be told for certain: log every term of the total, with its weight."
    return Diagnosis(causes, tuple(actions), cannot if unsettled else "")


def _action(cause: Cause, phase: str) -> str:
    """Return what to do about the cause that fits best."""
    term, factor = cause.evidence.get("term"), cause.evidence.get("factor", 1.0)
    return {
        "weights-not-applied": f"Multiply the terms by their declared weights in {phase}.",
        "one-term-alone": f"Add the other terms to the total of {phase}; it is {term} alone.",
        "component-dropped": f"Add {term} to the total of {phase} with its weight.",
        "component-scaled": f"Look where {term} enters the total of {phase}: it counts {factor:.3g} times as declared.",
        "total-scaled": f"Log the total of {phase} before it is scaled.",
        "term-not-declared": "Log whatever else is added to the total (a penalty, an auxiliary loss) by its own name.",
    }[cause.id]


def _weights_not_applied(clues: Mapping[str, Any]) -> Iterator[Cause]:
    if clues["due"] == "plain" or clues["missing"]:
        return
    plain = clues["plain"]
    yield scored(
        "weights-not-applied",
        closeness(math.exp(SHARPER * abs(math.log(max(plain, 1e-9)))), 1.0),
        f"Without the weights the terms would be the whole total; they are {plain:.3g} times it.",
        plain_sum_over_total=plain,
    )


def _one_alone(clues: Mapping[str, Any]) -> Iterator[Cause]:
    total, terms = clues["total"], {name: value for name, value in clues["terms"].items() if value > 0}
    if len(terms) < 2 or not total > 0:
        return
    name = min(terms, key=lambda one: abs(math.log(terms[one] / total)))
    fit = closeness(math.exp(min(SHARPER * abs(math.log(terms[name] / total)), 50.0)), 1.0)
    told = f"Were the total {name} alone, it would be {terms[name]:.4g}; it is {total:.4g}."
    yield scored("one-term-alone", fit, told, term=name, predicted=terms[name], observed=total)


def _one_term(clues: Mapping[str, Any], facts: Facts) -> Iterator[Cause]:
    """A single term that is left out, or enters at another size, accounts for the sum."""
    fits = {
        name: (closeness(math.exp(min(SHARPER * miss, 50.0)), 1.0), factor)
        for name, (factor, miss) in clues["factors"].items()
        if factor > -NOTHING
    }
    dropped = {name: fit for name, (fit, factor) in fits.items() if abs(factor) <= NOTHING}
    for name in sorted(dropped, key=lambda one: -dropped[one])[:1]:
        yield scored(
            "component-dropped",
            dropped[name],
            f"Without {name} the other terms are the total, at every point.",
            term=name,
        )
    scaled = {name: fit for name, (fit, factor) in fits.items() if factor > NOTHING}
    for name in sorted(scaled, key=lambda one: -scaled[one])[:1]:
        factor = fits[name][1]
        scales = [(meeting(factor, (scale.factor, 1 / scale.factor))[0], scale) for scale in declared_scales(facts)]
        known, scale = max(scales, key=lambda one: one[0], default=(0.0, None))
        of = f", which is the declared {scale.of}" if scale is not None and known >= EXPLAINS else ""
        yield scored(
            "component-scaled",
            scaled[name] * (1.0 if of else FREE),
            f"With {name} at {factor:.3g} times its declared part the sum is the total{of}.",
            term=name,
            factor=factor,
        )


def _whole_scaled(clues: Mapping[str, Any], facts: Facts) -> Iterator[Cause]:
    """All of the total is off by one declared number."""
    weighted = clues["weighted"]
    if not weighted > 0:
        return
    found = [(*meeting(weighted, (scale.factor, 1 / scale.factor)), scale) for scale in declared_scales(facts)]
    fit, predicted, scale = max(found, key=lambda one: one[0], default=(0.0, 0.0, None))
    if scale is None:
        return
    yield scored(
        "total-scaled",
        fit,
        f"Scaled by the declared {scale.of}, {scale.factor:g}, the sum would be {predicted:.3g} times the total; "
        f"it is {weighted:.3g} times it.",
        predicted=predicted,
    )


def _term_not_declared(clues: Mapping[str, Any]) -> Iterator[Cause]:
    other = 1 - clues["weighted"]
    if other < REFUTED:
        return
    yield scored(
        "term-not-declared",
        OPEN,
        f"A term that is neither declared nor logged would be {percent(other)} of the total; nothing says how large.",
        share=other,
    )


def shared(finding: Finding, _: Facts) -> Diagnosis:
    """Say why a term has another share than was declared, and with which weights it would have it."""
    clues = finding.clues
    makeup = Makeup(clues["total"], clues["terms"], clues["weights"])
    causes = (*_magnitudes(clues, makeup), *_unapplied(clues, makeup))
    wanted = clues["weights_for"]
    actions = []
    if wanted:
        told = ", ".join(f"{name} {weight:.{2 if weight < 0.1 else 3}g}" for name, weight in wanted.items())
        actions.append(f"Weights that reach the declared shares while the terms are as large as they are: {told}.")
    if len(clues["far"]) > 1:
        told = ", ".join(f"{name} {ratio:.2g} times" for name, ratio in clues["far"].items())
        actions.append(f"Look at these first; their shares over the declared are: {told}.")
    return Diagnosis(causes, tuple(actions), _left_open(clues, makeup))


def _magnitudes(clues: Mapping[str, Any], makeup: Makeup) -> Iterator[Cause]:
    low = makeup.known("weighted")
    if clues["reading"] != "weighted" or low <= 0 or not makeup.terms:
        return
    rest = 0.0 if clues["eval_total"] is None else max(0.0, clues["eval_total"] - makeup.known("plain"))
    high = low + max((makeup.weights[name] for name in makeup.missing), default=0.0) * rest
    small, large = (pick(makeup.terms, key=lambda name: makeup.terms[name]) for pick in (min, max))
    told = f"{times(low)}" if high == low else f"between {times(low)} and {times(high)}"
    observed = clues["train_total"]
    yield scored(
        "magnitudes-differ",
        closeness(observed, low, high),
        f"With the weights applied the terms make {told}; the train loss is {observed:.4g}. So the weights are at "
        f"work, and the terms differ in size: {large} is {makeup.terms[large]:.4g}, {small} {makeup.terms[small]:.4g}.",
        predicted=[low, high],
        observed=observed,
    )


def _unapplied(clues: Mapping[str, Any], makeup: Makeup) -> Iterator[Cause]:
    if not makeup.weights or all(weight == 1 for weight in makeup.weights.values()):
        return
    plain = clues["eval_total"] if clues["eval_total"] is not None else makeup.known("plain")
    observed = clues["train_total"]
    yield scored(
        "weights-not-applied",
        closeness(observed, plain),
        f"Without the weights the train loss would be {plain:.4g}; it is {observed:.4g}.",
        predicted=plain,
        observed=observed,
    )


def _left_open(clues: Mapping[str, Any], makeup: Makeup) -> str:
    told = []
    if clues["stands_in"]:
        told.append(
            "The terms are eval's, since training logs none: add `lineside.log_losses(step, 'train', raw={…})`."
        )
    if makeup.missing:
        told.append(f"{' and '.join(makeup.missing)} is not logged: its share is what the others leave, and inexact.")
    return " ".join(told)


DOCTORS: dict[str, Doctor] = {"loss-sum": summed, "loss-share": shared}

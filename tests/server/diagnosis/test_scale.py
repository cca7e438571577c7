"""The hypothesis table: for each fault the cause that made the figures comes first, and the others are refuted."""

from typing import Any

import pytest

from lineside_server.core.facts import Facts
from lineside_server.core.findings import Cause, Finding, Level
from lineside_server.core.intent import parse_intent
from lineside_server.diagnosis.model import Diagnosis
from lineside_server.diagnosis.rank import DOCTORS

WEIGHTS = {"kd_loss": 0.7, "feature_loss": 0.1, "lm_loss": 0.2}
TERMS = {"kd_loss": 16.0, "feature_loss": 20.0, "lm_loss": 3.0}
TRAIN = sum(WEIGHTS[name] * value for name, value in TERMS.items())
CONFIG = {"gradient_accumulation_steps": 8, "temperature": 2.0, "layers": 3, "kd_top_k": 16}


def examined(
    eval_total: float, eval_terms: dict[str, float], train_total: float = TRAIN, **rest: Any
) -> tuple[Diagnosis, list[Cause]]:
    """Diagnose figures; `rest` may hold train_terms, weights, config and the ratios of the first evals."""
    ratio = eval_total / train_total
    weights = rest.get("weights", WEIGHTS)
    clues = {
        "ratio": ratio,
        "ratios": rest.get("ratios", [ratio] * 3),
        "eval_total": eval_total,
        "eval_terms": eval_terms,
        "train_total": train_total,
        "train_terms": rest.get("train_terms", TERMS),
        "newest_total": rest.get("newest_total", train_total),
        "newest_terms": rest.get("newest_terms", rest.get("train_terms", TERMS)),
        "weights": weights,
    }
    intent = {"losses": {name: {"weight": weight} for name, weight in weights.items()}, "accumulation": 8}
    facts = Facts(intent=parse_intent(intent), config=rest.get("config", CONFIG))
    diagnosis = DOCTORS["train-eval-scale"](Finding("", {}, {}, (1, 1), (), clues=clues), facts)
    return diagnosis, sorted(diagnosis.causes, key=lambda cause: -cause.fit)


def scaled(**factors: float) -> dict[str, float]:
    return {name: value * factors.get(name, 1.0) for name, value in TERMS.items()}


def weighted(terms: dict[str, float]) -> float:
    return sum(WEIGHTS[name] * value for name, value in terms.items())


CASES: dict[str, tuple[float, dict[str, float], dict[str, Any]]] = {
    "weights-not-in-eval": (sum(TERMS.values()), TERMS, {}),
    "eval-one-term": (TERMS["feature_loss"], TERMS, {}),
    "accumulation-scale": (TRAIN, TERMS, {"train_total": TRAIN / 8}),
    "temperature-squared": (weighted(scaled(kd_loss=4.0)), scaled(kd_loss=4.0), {}),
    "sum-not-mean": (weighted(scaled(feature_loss=3.0)), scaled(feature_loss=3.0), {}),
    "top-k-in-training-only": (weighted(scaled(kd_loss=2.6)), scaled(kd_loss=2.6), {}),
    "generalisation-gap": (TRAIN * 3, {}, {"train_terms": {}, "ratios": [1.02, 1.9, 3.0], "config": {}}),
}


@pytest.mark.parametrize("cause", CASES)
def test_the_cause_that_made_the_figures_comes_first(cause: str) -> None:
    total, terms, rest = CASES[cause]
    diagnosis, causes = examined(total, terms, **rest)
    assert causes[0].id == cause
    assert causes[0].fit >= 0.75
    assert all(other.fit < 0.5 for other in causes[1:] if other.id != "top-k-in-training-only")
    assert diagnosis.actions
    assert diagnosis.at_most == (None if cause == "generalisation-gap" else Level.WARNING)


def test_the_terms_tell_apart_what_the_ratio_alone_does_not() -> None:
    config = {"gradient_accumulation_steps": 4, "temperature": 2.0}
    weights, terms = {"kd_loss": 1.0}, {"kd_loss": 8.0}
    rest: dict[str, Any] = {"train_terms": {"kd_loss": 2.0}, "weights": weights, "config": config}
    _, causes = examined(8.0, terms, 2.0, **rest)
    assert (causes[0].id, causes[0].fit) == ("temperature-squared", 1.0)
    assert next(one for one in causes if one.id == "accumulation-scale").fit < 0.05
    _, causes = examined(8.0, terms, 1.0, **{**rest, "train_terms": terms})
    assert causes[0].id == "accumulation-scale"
    assert next(one for one in causes if one.id == "temperature-squared").fit < 0.05


@pytest.mark.parametrize("cause", ["weights-not-in-eval", "accumulation-scale", "eval-one-term"])
def test_a_model_that_does_better_in_eval_hides_no_definition(cause: str) -> None:
    better = {name: 0.75 * value for name, value in TERMS.items()}
    totals = {
        "weights-not-in-eval": (sum(better.values()), TRAIN),
        "accumulation-scale": (weighted(better), TRAIN / 8),
        "eval-one-term": (better["feature_loss"], TRAIN),
    }
    total, train = totals[cause]
    _, causes = examined(total, better, train)
    assert causes[0].id == cause
    assert causes[0].fit > 0.99


def test_where_the_train_loss_falls_its_newest_values_count() -> None:
    config, weights = {"temperature": 3.0}, {"kd_loss": 1.0}
    rest: dict[str, Any] = {"train_terms": {"kd_loss": 0.24}, "weights": weights, "config": config}
    _, causes = examined(1.8, {"kd_loss": 1.8}, 0.24, **rest)
    assert causes[0].fit < 0.3
    diagnosis, causes = examined(1.8, {"kd_loss": 1.8}, 0.24, **rest, newest_total=0.2, newest_terms={"kd_loss": 0.2})
    assert causes[0].id == "temperature-squared"
    assert causes[0].fit == pytest.approx(1.0)
    assert "R is 9.00 over its newest ten values" in diagnosis.cannot_tell


def test_a_plain_sum_is_no_cause_where_eval_is_no_plain_sum() -> None:
    _, causes = examined(60.0, TERMS)
    cause = next(one for one in causes if one.id == "weights-not-in-eval")
    assert cause.fit < 0.05
    assert cause.explanation.startswith("Refuted: ")
    assert "add up to 39 unweighted, not 60" in cause.explanation


def test_without_anything_declared_it_says_so() -> None:
    diagnosis, causes = examined(60.0, {}, 10.0, train_terms={}, weights={}, config={})
    assert diagnosis.at_most is None
    assert {cause.id for cause in causes} <= {"generalisation-gap", "accumulation-scale"}
    assert "The terms of eval are not logged" in diagnosis.cannot_tell
    assert "None of the declared numbers explains this ratio" in diagnosis.cannot_tell


def test_dropout_leaves_eval_a_little_below() -> None:
    _, causes = examined(TRAIN * 0.85, {}, train_terms={}, config={"dropout": 0.1})
    assert causes[0].id == "training-only-noise"

"""Why a model does not learn: the figures decide which cause comes first and which is refuted."""

from typing import Any

import pytest

from lineside_server.core.facts import Facts
from lineside_server.core.findings import Finding
from lineside_server.core.intent import parse_intent
from lineside_server.diagnosis.rank import diagnosed

Clues = dict[str, Any]


def told(rule: str, clues: Clues, intent: Clues | None = None) -> Finding:
    finding = Finding("", {}, {}, (600, 700), ("eval/loss",), clues=clues)
    return diagnosed(rule, finding, Facts(intent=parse_intent(intent)))[0]


def fits(found: Finding) -> dict[str, float]:
    return {cause.id: round(cause.fit, 2) for cause in found.causes}


@pytest.mark.parametrize(
    ("clues", "first"),
    [
        ({"lr": 0.0, "lr_due": 3e-5, "train_then": 2.0, "train_now": 1.0, "train_spread": 0.1}, "model-stands-still"),
        ({"update_ratio_median": 1e-12}, "model-stands-still"),
        ({"update_ratio_median": 1e-4, "train_then": 2.0, "train_now": 1.0, "train_spread": 0.1}, "stale-copy"),
        ({"train_then": 2.0, "train_now": 1.0, "train_spread": 0.1}, "stale-copy"),
        ({"train_then": 2.0, "train_now": 2.01, "train_spread": 0.1}, "model-stands-still"),
        ({"lr": 2e-9, "lr_due": 3e-6}, "model-stands-still"),
    ],
)
def test_a_frozen_eval_is_a_still_model_or_another_one(clues: Clues, first: str) -> None:
    assert told("eval-frozen", clues).causes[0].id == first


def test_updates_that_move_refute_a_still_model() -> None:
    found = told("eval-frozen", {"update_ratio_median": 1e-4})
    assert fits(found)["model-stands-still"] < 0.05
    assert "not a copy" in found.actions[0]


def test_an_eval_that_does_not_come_has_causes_of_its_own() -> None:
    assert fits(told("eval-frozen", {"missing": True, "ever": False})) == {"eval-not-run": 0.5}


@pytest.mark.parametrize(
    ("clues", "first"),
    [
        ({"facts": {"parameters_changed": 0.0}, "at_chance": True}, "frozen-parameters"),
        ({"facts": {"highest_lr_of_late": 0.0}, "lr": 0.0, "lr_due": 1e-3, "at_chance": True}, "rate-too-low"),
        ({"lr": 1e-5, "lr_due": 1e-3, "at_chance": True}, "rate-too-low"),
        ({"lr": 1e-3, "lr_due": 1e-3, "at_chance": True}, "labels"),
        ({"lr": 1e-3, "lr_due": 1e-3, "flat": True}, "nothing-left"),
        ({"lost": True}, "collapse"),
    ],
)
def test_what_keeps_a_model_from_learning(clues: Clues, first: str) -> None:
    found = told("no-learning", clues)
    assert found.causes[0].id == first
    assert found.actions


@pytest.mark.parametrize(
    ("clues", "first"),
    [
        ({"trainable": 0.0, "gradient": 0.0, "ratio": 0.0, "lr": 1e-3}, "parameters-frozen"),
        ({"trainable": 9.0, "gradient": 0.0, "ratio": 0.0, "lr": 1e-3}, "graph-detached"),
        ({"gradient": 0.0, "ratio": 0.0}, "parameters-frozen"),
        ({"gradient": 1.0, "ratio": 0.0, "lr": 0.0}, "rate-zero"),
        ({"gradient": 1.0, "ratio": 0.0, "lr": 1e-3}, "optimizer-holds-others"),
    ],
)
def test_what_makes_an_update_do_nothing(clues: Clues, first: str) -> None:
    found = told("no-op-update", clues)
    assert found.causes[0].id == first
    assert len(found.actions) == 1


def test_overfitting_names_the_checkpoint_and_what_was_wasted() -> None:
    clues = {"best_step": 401, "wasted": 1203, "epoch": 1.0, "train_fell": 0.2}
    found = told("overfitting", clues)
    assert found.causes[0].id == "memorised"
    assert found.actions[0] == "Take the checkpoint of step 401: the 1,203 steps since made eval worse."
    assert told("overfitting", {**clues, "epoch": None}).causes[0].id == "generalisation-gap"


def test_a_plateau_at_a_low_rate_is_the_rates() -> None:
    intent = {"schedule": {"kind": "linear", "peak": 1e-3, "total": 100}}
    assert told("plateau", {"lr": 1e-6}, intent).causes[0].id == "rate-low"
    assert told("plateau", {"lr": 1e-3}, intent).causes[0].id == "converged"
    assert told("plateau", {}).cannot_tell

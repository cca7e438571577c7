"""Shares of the loss: judged only where one is declared, under the reading of training."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lineside_server.core.findings import Level
from lineside_server.diagnosis.rank import diagnosed
from lineside_server.rules.signals.declared.loss_share import LossShare

Judge = Callable[..., Any]
N = 200
STEPS = range(1, N + 1)
LOSSES = {"kd_loss": {"weight": 0.7}, "attention_loss": {"weight": 0.3}}
PROMISED = {"losses": LOSSES, "components_are": "raw", "targets": [{"loss_share": "declared"}]}


def run(kd: float, attention: Any, weights: tuple[float, float] = (0.7, 0.3)) -> dict[str, Any]:
    first, second = np.full(N, kd), np.full(N, attention)
    total = weights[0] * first + weights[1] * second
    return {"train/kd_loss": (STEPS, first), "train/attention_loss": (STEPS, second), "train/loss": (STEPS, total)}


def test_the_founding_shares_are_read_as_training_makes_them(
    judge: Judge, founding_run: Callable[[str], dict[str, Any]]
) -> None:
    judged = judge(LossShare, **founding_run("after_fix_lr_zero"))
    (fired,) = judged.fired
    assert (fired.step, fired.subject, fired.level) == (2000, "eval", Level.WARNING)
    finding, _ = diagnosed("loss-share", fired.finding, judged.examiner.facts)
    assert finding.title == "attention_loss is 0.3% of the training loss where 10% is declared"
    shares = finding.observed["shares"]
    told = {"kd_loss": 0.66, "feature_loss": 0.26, "attention_loss": 0.003, "lm_loss": 0.07}
    assert shares == pytest.approx(told, abs=0.005)
    logged = {"kd_loss": 0.155, "feature_loss": 0.43, "attention_loss": 0.005, "not logged": 0.41}
    assert finding.observed["shares_as_logged_in_eval"] == pytest.approx(logged, abs=0.0005)
    assert finding.observed["reading"] == "Σ wᵢLᵢ (weights applied)"
    assert "stand in for those of training" in finding.observed["stands_in"]
    assert list(finding.clues["off"]) == ["attention_loss"]
    assert set(finding.clues["far"]) == {"attention_loss", "feature_loss"}
    wanted = {"kd_loss": 0.74, "feature_loss": 0.04, "attention_loss": 3.33, "lm_loss": 0.145}
    assert finding.clues["weights_for"] == pytest.approx(wanted, abs=0.0055)
    assert "attention_loss 3.33" in finding.actions[0]
    assert finding.causes[0].id == "magnitudes-differ"
    assert finding.causes[-1].id == "weights-not-applied"
    assert finding.causes[-1].fit < 0.05


def test_a_share_below_a_quarter_of_the_declared_fires(judge: Judge) -> None:
    judged = judge(LossShare, run(10.0, 0.5), intent=PROMISED)
    (fired,) = judged.fired
    assert (fired.step, fired.subject, fired.level) == (10, "train", Level.WARNING)
    assert fired.finding.title == "attention_loss is 2.1% of the training loss where 30% is declared"


def test_shares_near_the_declared_pass(judge: Judge) -> None:
    judged = judge(LossShare, run(10.0, 6.0), intent=PROMISED)
    assert judged.quiet
    assert judged.check.verdict == "passing"
    assert "attention_loss 20.5% (30%)" in judged.check.reason


def test_a_weight_alone_is_worth_a_note(judge: Judge) -> None:
    judged = judge(LossShare, run(10.0, 0.5), intent={**PROMISED, "targets": []})
    assert {t.level for t in judged.fired} == {Level.INFO}


def test_a_share_that_is_declared_outright_counts_for_its_term(judge: Judge) -> None:
    losses = {"kd_loss": {"weight": 0.7, "share": 0.2}, "attention_loss": {"weight": 0.3}}
    judged = judge(LossShare, run(10.0, 0.5), intent={"losses": losses, "components_are": "raw"})
    assert [t.level for t in judged.fired] == [Level.WARNING]
    assert judged.fired[0].finding.title.startswith("kd_loss is 97.9%")


def test_weights_that_training_does_not_apply_are_told_from_magnitudes(judge: Judge) -> None:
    losses = {"kd_loss": {"weight": 0.1}, "attention_loss": {"weight": 0.9}}
    judged = judge(LossShare, run(10.0, 1.0, (1.0, 1.0)), intent={**PROMISED, "losses": losses, "components_are": None})
    finding, _ = diagnosed("loss-share", judged.fired[0].finding, judged.examiner.facts)
    assert finding.causes[0].id == "weights-not-applied"
    assert finding.causes[0].fit > 0.95


def test_a_weight_that_is_annealed_is_meant_to_change(judge: Judge) -> None:
    series = run(10.0, 6.0)
    moving = np.linspace(0.3, 0.001, N)
    series["train/loss"] = (STEPS, 7.0 + moving * 6.0)
    series["train/weight/kd_loss"] = (STEPS, np.full(N, 0.7))
    series["train/weight/attention_loss"] = (STEPS, moving)
    judged = judge(LossShare, series, intent=PROMISED)
    assert judged.quiet
    assert "The weights of attention_loss change." in judged.check.reason


@pytest.mark.parametrize(
    ("series", "intent", "said"),
    [
        ({"train/loss": (STEPS, np.ones(N))}, {}, "No share is declared"),
        ({"train/loss": (STEPS, np.ones(N))}, PROMISED, "not logged in training"),
        ({"eval/loss": ([1], [1.0])}, PROMISED, "No total train loss"),
    ],
)
def test_it_says_what_is_missing(judge: Judge, series: dict[str, Any], intent: dict[str, Any], said: str) -> None:
    check = judge(LossShare, series, intent=intent).check
    assert check.verdict == "not_checked"
    assert said in check.reason


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.0, -1.0])
def test_nonsense_raises_nothing(judge: Judge, value: float) -> None:
    series = run(1.0, value)
    judge(LossShare, series, intent=PROMISED)
    judge(LossShare, {"train/loss": series["train/loss"], "eval/loss": ([50], [value])}, intent=PROMISED)

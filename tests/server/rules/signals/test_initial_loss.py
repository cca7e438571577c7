"""The first loss against ln(classes), where the config says how many there are and where the model starts."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lineside_server.core.findings import Level
from lineside_server.diagnosis.rank import diagnosed
from lineside_server.rules.signals.declared.initial_loss import InitialLoss

Judge = Callable[..., Any]
N = 200
STEPS = range(1, N + 1)
SCRATCH = {"vocab_size": 1000, "from_scratch": True}
PRETRAINED = {"vocab_size": 1000, "model_name_or_path": "a-model"}
GUESS = math.log(1000)


def falling(first: float, last: float = 2.0) -> tuple[range, Any]:
    return STEPS, np.linspace(first, last, N)


@pytest.mark.parametrize(
    ("first", "levels"),
    [
        (GUESS, []),
        (GUESS * 1.1, []),
        (GUESS * 0.9, []),
        (GUESS * 1.4, [Level.INFO]),
        (GUESS * 0.7, [Level.INFO]),
        (GUESS * 2.5, [Level.WARNING]),
        (GUESS * 0.3, [Level.WARNING]),
    ],
)
def test_from_scratch_a_loss_begins_near_guessing(judge: Judge, first: float, levels: list[Level]) -> None:
    judged = judge(InitialLoss, {"train/loss": falling(first)}, config=SCRATCH)
    assert [t.level for t in judged.fired] == levels
    assert all(t.step == 1 for t in judged.fired)


def test_what_began_too_high_is_resolved_at_guessing(judge: Judge) -> None:
    judged = judge(InitialLoss, {"train/loss": falling(20.0, 0.0)}, config=SCRATCH)
    fired, resolved = judged.transitions
    assert fired.finding.title == "train/loss began at 20, 2.90 times what guessing gives (6.908)"
    assert resolved.kind == "resolved"
    assert np.linspace(20.0, 0.0, N)[resolved.step - 1] <= GUESS * 1.15


def test_a_declared_number_that_explains_it_comes_first(judge: Judge) -> None:
    config = {**SCRATCH, "gradient_accumulation_steps": 4}
    judged = judge(InitialLoss, {"train/loss": falling(GUESS / 4)}, config=config)
    finding, _ = diagnosed("initial-loss", judged.fired[0].finding, judged.examiner.facts)
    assert finding.causes[0].id == "loss-scaled"
    assert finding.causes[0].fit > 0.99
    assert "gradient accumulation, 4" in finding.causes[0].explanation


def test_a_pretrained_model_above_guessing_after_the_warmup_is_critical(judge: Judge) -> None:
    schedule = {"kind": "linear", "peak": 1e-3, "warmup": 80, "total": 200}
    judged = judge(
        InitialLoss,
        {"train/loss": falling(12.0, 8.0)},
        config=PRETRAINED,
        intent={"schedule": schedule, "step_unit": "update"},
    )
    assert [(t.step, t.level) for t in judged.fired] == [(82, Level.CRITICAL)]
    finding, _ = diagnosed("initial-loss", judged.fired[0].finding, judged.examiner.facts)
    assert "tokenizer" in finding.actions[0]


def test_a_pretrained_model_that_was_below_guessing_is_left_to_other_rules(judge: Judge) -> None:
    assert judge(InitialLoss, {"train/loss": falling(3.0, 12.0)}, config=PRETRAINED).quiet
    assert judge(InitialLoss, {"train/loss": falling(3.0, 2.0)}, config=PRETRAINED).quiet


def test_of_several_terms_the_cross_entropy_counts(judge: Judge) -> None:
    series = {"train/loss": falling(40.0), "train/kd_loss": falling(60.0), "train/lm_loss": falling(GUESS)}
    assert judge(InitialLoss, series, config=SCRATCH).quiet
    del series["train/lm_loss"]
    check = judge(InitialLoss, series, config=SCRATCH).check
    assert "No cross-entropy is known" in check.reason


def test_batches_without_labels_are_critical(judge: Judge) -> None:
    tokens = [512.0] * 50 + [0.0] * 3 + [512.0] * 147
    judged = judge(InitialLoss, {"train/valid_tokens": (STEPS, tokens)})
    assert [(t.step, t.level) for t in judged.fired] == [(53, Level.CRITICAL)]
    assert judge(InitialLoss, {"train/valid_tokens": (STEPS, [512.0] * 50 + [0.0] + [512.0] * 149)}).quiet


@pytest.mark.parametrize(
    ("config", "first_step", "said"),
    [
        ({}, 1, "No number of classes is declared"),
        ({"vocab_size": 1000}, 1, "It is not declared where the model starts"),
        ({**SCRATCH, "task": "regression"}, 1, "task = regression"),
        (SCRATCH, 100, "came at step 100, after the start"),
    ],
)
def test_it_says_what_is_missing(judge: Judge, config: dict[str, Any], first_step: int, said: str) -> None:
    series = {"train/loss": (range(first_step, first_step + N), np.full(N, 30.0))}
    judged = judge(InitialLoss, series, config=config)
    assert judged.quiet
    assert judged.check.verdict == "not_checked"
    assert said in judged.check.reason


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.0, -4.0])
@pytest.mark.parametrize("config", [SCRATCH, PRETRAINED])
def test_nonsense_raises_nothing(judge: Judge, value: float, config: dict[str, Any]) -> None:
    judge(InitialLoss, {"train/loss": (STEPS, [value] * N)}, config=config)

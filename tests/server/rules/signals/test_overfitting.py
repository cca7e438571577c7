"""Eval that rises twice while train falls is told, with its best; noise, and rising together, are not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lineside_server.core.findings import Level
from lineside_server.rules.signals.learning.overfitting import Overfitting

Judge = Callable[..., Any]
FALLING = (range(1001), np.linspace(3.0, 0.5, 1001))
RISING = [2.5, 2.0, 1.8, 1.85, 1.95, 2.1, 2.3, 2.6]


def evals(values: Any) -> Any:
    return range(100, 100 * len(values) + 1, 100), values


def test_the_second_eval_above_105_percent_of_the_best_fires(judge: Judge) -> None:
    judged = judge(Overfitting, {"train/loss": FALLING, "eval/loss": evals(RISING)})
    (fired,) = judged.fired
    assert (fired.step, fired.subject, fired.level) == (600, "eval", Level.WARNING)
    assert fired.finding.title == "eval/loss is 2.1 at step 600, 17% above its best of step 300, while train fell"
    newest = judged.newest()[0].finding
    assert (newest.expected["best_step"], newest.observed["steps_since_best"]) == (300, 500)


def test_several_sets_are_one_alert_that_names_the_worst(judge: Judge) -> None:
    worse = [value + 0.2 * place for place, value in enumerate(RISING)]
    series = {"train/loss": FALLING, "eval/a/loss": evals(RISING), "eval/b/loss": evals(worse)}
    judged = judge(Overfitting, series)
    assert [t.subject for t in judged.fired] == ["eval"]
    assert judged.newest()[0].finding.title.startswith("eval/b/loss is 4 at step 800")
    assert judged.newest()[0].finding.title.endswith("(2 sets do so)")


@pytest.mark.parametrize(
    "values",
    [
        [2.5, 2.0, 1.8, 1.95, 1.79, 1.9, 1.78, 1.9],  # one at a time
        [2.5, 2.0, 1.8, 1.83, 1.84, 1.86, 1.87, 1.88],  # within 5%
        [*np.linspace(0.3, 0.2, 11).round(2), 0.21, 0.22, 0.22, 0.22],  # within twice the resolution
        [9.0, 1.0, 0.1, 0.12, 0.13, 0.12, 0.14, 0.13],  # a trifle of what was gained
    ],
)
def test_what_does_not_rise_visibly_is_quiet(judge: Judge, values: list[float]) -> None:
    assert judge(
        Overfitting, {"train/loss": (range(1601), np.linspace(3, 0.5, 1601)), "eval/loss": evals(values)}
    ).quiet


def test_rising_with_train_and_evals_on_training_data_are_quiet(judge: Judge) -> None:
    up = (range(1001), np.concatenate([np.linspace(3, 1, 300), np.linspace(1, 2, 701)]))
    assert judge(Overfitting, {"train/loss": up, "eval/loss": evals(RISING)}).quiet
    assert judge(Overfitting, {"loss": FALLING, "eval_train_loss": evals(RISING)}).quiet


def test_what_is_missing_is_said(judge: Judge) -> None:
    assert "eval/loss" in judge(Overfitting, {"loss": FALLING}).check.reason
    assert "loss.item()" in judge(Overfitting, {"eval/loss": evals(RISING)}).check.reason
    assert judge(Overfitting, {"loss": FALLING, "eval/loss": evals([2.0, 1.0])}).check.verdict == "not_checked"


@pytest.mark.parametrize("values", [[float("nan")] * 9, [0.0, -1.0, 5e300, float("inf")] * 3])
def test_nonsense_is_no_error(judge: Judge, values: list[float]) -> None:
    judge(Overfitting, {"loss": (range(1001), [float("nan")] * 1001), "eval_loss": evals(values)})

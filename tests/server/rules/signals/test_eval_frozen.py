"""Evals that repeat themselves bit for bit are told, and so are declared evals that do not come."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lineside_server.core.findings import Level
from lineside_server.rules.signals.learning.eval_frozen import EvalFrozen

Judge = Callable[..., Any]
TRAIN = (range(0, 6001, 10), np.linspace(3.0, 2.0, 601))


def every(step: int, *values: float) -> Any:
    return range(step, step * len(values) + 1, step), values


def test_the_third_and_the_fifth_equal_eval_are_told(judge: Judge) -> None:
    series = {"train/loss": TRAIN, "eval/loss": every(1000, 101.4, 101.4, 101.4, 101.4, 101.4, 99.0)}
    judged = judge(EvalFrozen, series)
    assert [(t.kind, t.subject, t.step, t.level) for t in judged.transitions] == [
        ("fired", "eval", 3000, Level.WARNING),
        ("raised", "eval", 5000, Level.CRITICAL),
        ("resolved", "eval", 6000, Level.CRITICAL),
    ]
    assert judged.fired[0].finding.title == (
        "eval/loss is 101.4 for the third eval in a row, bit for bit, since step 1,000"
    )


def test_all_that_an_eval_gives_must_agree_but_for_what_it_says_of_itself(judge: Judge) -> None:
    frozen = every(1000, 2.0, 2.0, 2.0, 2.0)
    runtime = every(1000, 7.1, 7.2, 7.3, 7.4)
    series = {"train/loss": TRAIN, "eval/loss": frozen, "eval/kd_loss": frozen, "eval/runtime": runtime}
    assert [t.step for t in judge(EvalFrozen, series).fired] == [3000]
    assert judge(EvalFrozen, {**series, "eval/accuracy": every(1000, 0.1, 0.2, 0.3, 0.4)}).quiet


def test_another_eval_set_moves_by_itself(judge: Judge) -> None:
    series = {"loss": TRAIN, "eval_loss": every(1000, 2.0, 2.0, 2.0), "eval_train_loss": every(1000, 2.0, 1.9, 1.8)}
    assert [(t.subject, t.step) for t in judge(EvalFrozen, series).fired] == [("eval", 3000)]


@pytest.mark.parametrize("accuracy", [(0.5, 0.5, 0.5, 0.5), (0.25, 0.5, 0.5, 0.5)])
def test_an_accuracy_on_a_tiny_set_may_repeat_while_the_loss_moves(judge: Judge, accuracy: Any) -> None:
    series = {"loss": TRAIN, "eval_loss": every(1000, 2.0, 1.9, 1.8, 1.7), "eval_accuracy": every(1000, *accuracy)}
    judged = judge(EvalFrozen, series)
    assert judged.quiet
    assert judged.check.reason == "4 evals of eval_loss, the newest differs from those before it."


def test_a_declared_eval_that_does_not_come_is_a_finding_of_its_own(judge: Judge) -> None:
    intent = {"eval_every": 1000}
    (fired,) = judge(EvalFrozen, {"train/loss": TRAIN}, intent=intent).fired
    assert (fired.subject, fired.step) == ("missing", 1510)
    assert fired.finding.title == "No eval came so far, at step 1,510; one every 1,000 steps is declared"
    some = {"train/loss": TRAIN, "eval/loss": every(1000, 2.0, 1.9, 1.8)}
    (fired,) = judge(EvalFrozen, some, intent=intent).fired
    assert (fired.step, fired.finding.observed["last_eval_step"]) == (4510, 3000)
    whole = {"train/loss": TRAIN, "eval/accuracy": every(1000, *np.linspace(0, 1, 6))}
    assert judge(EvalFrozen, whole, intent=intent).quiet


def test_without_evals_it_says_how_to_log_one(judge: Judge) -> None:
    check = judge(EvalFrozen, {"train/loss": TRAIN}).check
    assert (check.verdict, "lineside.log" in check.reason) == ("not_checked", True)
    declared = judge(EvalFrozen, {"train/loss": TRAIN}, intent={"eval_every": 5000}).check
    assert declared.reason == "No eval loss yet; an eval every 5,000 steps is declared."
    few = judge(EvalFrozen, {"train/loss": TRAIN, "eval/loss": every(1000, 2.0, 2.0)}).check
    assert few.reason == "2 evals of eval/loss; 3 are needed."


@pytest.mark.parametrize("values", [[float("nan")] * 9, [float("inf")] * 9, [float("nan"), 1.0, 1.0] * 3])
def test_values_that_are_not_finite_are_not_the_same(judge: Judge, values: list[float]) -> None:
    assert judge(EvalFrozen, {"loss": TRAIN, "eval_loss": every(100, *values)}).quiet

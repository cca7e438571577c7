"""A loss that leaves its best for good is told, by how far and what eval says; overfitting and restarts are not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lineside_server.core.findings import Level
from lineside_server.rules.signals.numerics.divergence import Divergence

Judge = Callable[..., Any]
N = 800
STEPS = range(N)


def falling_then(end: float, at: int = 400, over: int = 50) -> Any:
    """Fall from 8 to 2 until `at`, then go to `end` within `over` steps."""
    step = np.arange(N)
    fall = 2.0 + 6.0 * np.exp(-step / 60)
    rise = np.clip((step - at) / over, 0, 1) * (end - 2.0)
    return fall + rise + np.random.default_rng(0).normal(0, 0.02, N)


def test_a_train_loss_far_above_its_best_is_critical(judge: Judge) -> None:
    judged = judge(Divergence, {"train/loss": (STEPS, falling_then(5.0))})
    first, *later = judged.transitions
    assert (first.kind, first.subject, first.level) == ("fired", "train", Level.WARNING)  # no eval speaks against it
    assert 440 < first.step < 480
    assert [(t.kind, t.level) for t in later] == [("raised", Level.CRITICAL)]
    assert later[0].step <= 500
    assert "times its best, 2.0" in later[0].finding.title


@pytest.mark.parametrize(
    ("evals", "level"), [([4, 3, 2.5, 2.2, 2.1, 2.1], Level.INFO), ([4, 3, 2.5, 2.2, 2.4, 2.6], 2)]
)
def test_a_little_above_its_best_it_depends_on_the_eval(judge: Judge, evals: list[float], level: int) -> None:
    series = {"train/loss": (STEPS, falling_then(2.7)), "eval/loss": (range(100, 700, 100), evals)}
    judged = judge(Divergence, series)
    assert judged.transitions[0].subject == "train"
    assert judged.transitions[-1].level == level


def test_an_eval_far_above_its_best_three_times_is_critical_unless_train_has_fallen(judge: Judge) -> None:
    evals = (range(50, 800, 50), [6, 5, 4, 3, 2.5, 2.2, 2.1, 3.4, 3.5, 3.6, 3.7, 3.8, 3.9, 4, 4.1])
    level = np.where(np.arange(N) < 350, 3.0, 3.05)
    (fired,) = judge(Divergence, {"train/loss": (STEPS, level), "eval/loss": evals}).fired
    assert (fired.step, fired.subject, fired.level) == (500, "eval", Level.CRITICAL)
    assert fired.finding.title == "eval/loss is 3.6 at step 500, 1.71 times its best, 2.1 at step 350"
    assert judge(Divergence, {"train/loss": (STEPS, 3.0 - np.arange(N) / 1000), "eval/loss": evals}).quiet


def test_a_declared_warm_restart_is_quiet(judge: Judge) -> None:
    step = np.arange(N)
    loss = 2.0 + 3.0 * (1 + np.cos(np.pi * step / 200)) / 2
    schedule = {"kind": "cosine", "peak": 1e-3, "total": 800, "cycles": 2.0}
    series = {"train/loss": (step, loss)}
    assert judge(Divergence, series, intent={"schedule": schedule, "step_unit": "update"}).quiet
    assert not judge(Divergence, series).quiet


def test_a_trifle_of_what_was_gained_is_no_rise(judge: Judge) -> None:
    loss = np.concatenate([np.geomspace(5.0, 0.05, 500), np.full(300, 0.09)])
    assert judge(Divergence, {"train/loss": (STEPS, loss)}).quiet


def test_too_little_or_nothing_is_not_checked(judge: Judge) -> None:
    assert judge(Divergence, {"train/loss": (range(63), np.ones(63))}).check.verdict == "not_checked"
    assert "lineside.log" in judge(Divergence, {"lr": ([1], [0.1])}).check.reason
    below = judge(Divergence, {"train/loss": (STEPS, np.linspace(-1, -9, N))})
    assert below.quiet


@pytest.mark.parametrize("loss", [[float("nan")] * 100, [0.0] * 100, [5e300, float("-inf")] * 50, [1.0]])
def test_nonsense_is_no_error(judge: Judge, loss: list[float]) -> None:
    judge(Divergence, {"train/loss": (range(len(loss)), loss), "eval/loss": (range(len(loss)), loss)})

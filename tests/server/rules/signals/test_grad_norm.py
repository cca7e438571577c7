"""Gradient norms far above their usual are info; so is clipping most of the time, where a bound is declared."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lineside_server.core.findings import Level
from lineside_server.rules.signals.numerics.grad_norm import GradNorm

Judge = Callable[..., Any]
N = 1200


def norms(level: Any = 1.0) -> Any:
    return level * np.exp(np.random.default_rng(0).normal(0, 0.2, N))


def test_three_of_five_far_above_the_usual_are_info(judge: Judge) -> None:
    norm = norms()
    norm[[600, 602, 604]] = 40.0
    (fired,) = judge(GradNorm, {"grad_norm": (range(N), norm)}).fired
    assert (fired.step, fired.subject, fired.level) == (604, "norm", Level.INFO)
    assert "times its usual" in fired.finding.title


def test_two_high_ones_and_a_slow_growth_are_quiet(judge: Judge) -> None:
    two = norms()
    two[[600, 601]] = 40.0
    assert judge(GradNorm, {"grad_norm": (range(N), two)}).quiet
    slow = judge(GradNorm, {"grad_norm": (range(N), norms(np.geomspace(0.1, 10.0, N)))})
    assert slow.quiet
    assert slow.check.reason == "0 of 1,200 points are 10 times the usual."


def test_clipping_needs_a_declared_bound_and_500_steps(judge: Judge) -> None:
    series = {"grad_norm": (range(N), norms(2.0))}
    (fired,) = judge(GradNorm, series, config={"trainer": {"max_grad_norm": 1.0}}).fired
    assert (fired.step, fired.subject, fired.level) == (500, "clipping", Level.INFO)
    assert fired.finding.title == "100% of the updates of 500 steps are clipped to 1"
    assert judge(GradNorm, series).quiet
    assert judge(GradNorm, series, config={"max_grad_norm": 10.0}).quiet


def test_without_a_norm_it_says_what_logs_one(judge: Judge) -> None:
    check = judge(GradNorm, {"loss": ([1, 2], [1.0, 2.0])}).check
    assert (check.verdict, check.reason) == (
        "not_checked",
        "No gradient norm is logged: `lineside.watch(model)` logs it.",
    )


@pytest.mark.parametrize("norm", [[float("nan")] * 700, [0.0] * 700, [-1.0, float("inf")] * 350, [1.0]])
def test_nonsense_is_no_error(judge: Judge, norm: list[float]) -> None:
    judge(GradNorm, {"grad_norm": (range(len(norm)), norm)}, config={"max_grad_norm": 1.0})

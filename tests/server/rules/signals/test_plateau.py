"""Ten evals without a trend are a note; a slow fall, and a rate that is still to decay, are none."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lineside_server.core.findings import Level
from lineside_server.rules.signals.learning.plateau import Plateau

Judge = Callable[..., Any]
NOISE = np.random.default_rng(5).normal(0, 0.0005, 30)


def evals(values: Any) -> Any:
    return {"eval/loss": (range(100, 100 * len(values) + 1, 100), values)}


def level_after_a_fall() -> Any:
    return np.concatenate([np.linspace(4.0, 2.0, 10), np.full(20, 2.0)]) + NOISE


def test_ten_evals_without_a_trend_are_info(judge: Judge) -> None:
    (fired,) = judge(Plateau, evals(level_after_a_fall())).fired
    assert (fired.subject, fired.level) == ("eval", Level.INFO)
    assert 1900 <= fired.step <= 2100
    assert "over 10 evals, at step" in fired.finding.title


def test_a_slow_fall_is_none(judge: Judge) -> None:
    judged = judge(Plateau, evals(np.linspace(4.0, 3.8, 30)))
    assert judged.quiet
    assert judged.check.reason.startswith("eval/loss changed by -1.62% over its last 10 evals")


def test_a_change_that_noise_hides_is_none(judge: Judge) -> None:
    noisy = [2.0, 2.05, 1.99, 2.06, 2.0, 2.08, 2.03, 2.07, 2.02, 2.04]
    judged = judge(Plateau, evals(noisy))
    assert judged.quiet
    assert "(p 0.42)" in judged.check.reason


def test_it_is_over_when_ten_evals_in_a_row_have_moved(judge: Judge) -> None:
    moving = np.concatenate([np.full(15, 2.0) + NOISE[:15], np.linspace(1.95, 1.0, 15)])
    judged = judge(Plateau, evals(moving))
    assert [(t.kind, t.step) for t in judged.transitions] == [("fired", 1000), ("resolved", 2700)]


def test_a_high_rate_with_a_decay_to_come_is_quiet(judge: Judge) -> None:
    intent = {"step_unit": "update", "schedule": {"kind": "linear", "peak": 1e-3, "total": 10_000}}
    assert judge(Plateau, evals(level_after_a_fall()), intent=intent).quiet
    late = {"step_unit": "update", "schedule": {"kind": "linear", "peak": 1e-3, "total": 3_000}}
    assert not judge(Plateau, evals(level_after_a_fall()), intent=late).quiet


def test_nine_evals_are_too_few(judge: Judge) -> None:
    assert judge(Plateau, evals([2.0] * 9)).check.reason == "9 evals of eval/loss; 10 are needed."
    assert "lineside.log" in judge(Plateau, {"loss": ([1], [1.0])}).check.reason


@pytest.mark.parametrize("values", [[float("nan")] * 30, [0.0] * 30, [5e300, -5e300, float("inf")] * 10])
def test_nonsense_is_no_error(judge: Judge, values: list[float]) -> None:
    judge(Plateau, evals(values))

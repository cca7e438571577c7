"""A spike is several outliers together; one bad batch, stairs between epochs and declared restarts are none."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lineside_server.core.findings import Level
from lineside_server.rules.signals.numerics.loss_spike import LossSpike

Judge = Callable[..., Any]
N = 600


def noisy(level: Any = 3.0, n: int = N, seed: int = 0) -> Any:
    return level + np.random.default_rng(seed).normal(0, 0.03, n)


def judged(judge: Judge, loss: Any, **rest: Any) -> Any:
    return judge(LossSpike, {"train/loss": (range(len(loss)), loss)}, **rest)


def test_three_outliers_in_a_row_fire_at_the_third_and_are_over_with_the_median_of_ten(judge: Judge) -> None:
    loss = noisy()
    loss[300:303] += 4.0
    result = judged(judge, loss)
    assert [(t.kind, t.step, t.level) for t in result.transitions] == [
        ("fired", 302, Level.WARNING),
        ("resolved", 310, Level.WARNING),
    ]
    assert result.fired[0].finding.title.startswith("train/loss jumped from 2.99")
    assert result.fired[0].finding.title.endswith("at step 300: 3 outliers")
    assert result.check.reason == "3 outlier batches among 600 points of train/loss, one spike, over."


def test_five_outliers_of_ten_fire_too(judge: Judge) -> None:
    loss = noisy()
    loss[[300, 302, 304, 306, 308]] += 4.0
    assert [t.step for t in judged(judge, loss).fired] == [308]


def test_a_spike_that_does_not_come_back_becomes_critical_after_200_steps(judge: Judge) -> None:
    loss = noisy()
    loss[300:] += 4.0
    result = judged(judge, loss)
    assert [(t.kind, t.step, t.level) for t in result.transitions] == [
        ("fired", 302, Level.WARNING),
        ("raised", 500, Level.CRITICAL),
    ]
    assert "and not back after 200 steps" in result.transitions[1].finding.title


@pytest.mark.parametrize("places", [[300], [300, 301], [100, 200, 300, 400, 500]])
def test_single_bad_batches_are_counted_and_no_alert(judge: Judge, places: list[int]) -> None:
    loss = noisy()
    loss[places] += 4.0
    result = judged(judge, loss)
    assert result.quiet
    assert f"{len(places)} outlier" in result.check.reason or "One outlier batch" in result.check.reason


def test_stairs_between_epochs_and_two_kinds_of_batches_are_quiet(judge: Judge) -> None:
    stairs = noisy(np.repeat([3.0, 2.4, 1.9], 200))
    kinds = noisy(np.where(np.random.default_rng(3).random(N) < 0.2, 3.0, 1.2))
    assert judged(judge, stairs).quiet
    assert judged(judge, kinds).quiet


def test_a_declared_warm_restart_is_quiet_and_the_same_jump_undeclared_is_not(judge: Judge) -> None:
    step = np.arange(N)
    loss = noisy(2.0 + 0.8 * (1 - (step % 200) / 200) * (step >= 200))
    schedule = {"kind": "cosine", "peak": 1e-3, "total": 600, "cycles": 3.0}
    rates = 1e-3 * 0.5 * (1 + np.cos(2 * np.pi * 3 * step / 600))
    series = {"train/loss": (step, loss), "lr": (step, rates)}
    assert judge(LossSpike, series, intent={"schedule": schedule, "step_unit": "update"}).quiet
    assert [t.step for t in judge(LossSpike, series).fired] == [202, 402]


def test_too_few_points_are_not_checked(judge: Judge) -> None:
    check = judged(judge, [3.0] * 16).check
    assert (check.verdict, check.reason) == ("not_checked", "16 points of train/loss are too few: 17 are needed.")
    assert "lineside.log" in judge(LossSpike, {"lr": ([1], [0.1])}).check.reason


@pytest.mark.parametrize("loss", [[float("nan")] * 100, [0.0] * 100, [-3.0] * 50 + [5e300, float("inf")] * 25, [1.0]])
def test_nonsense_is_no_error(judge: Judge, loss: list[float]) -> None:
    judged(judge, loss)


def test_a_term_that_jumps_counts_by_its_weight(judge: Judge) -> None:
    term = noisy()
    term[300:303] += 4.0
    series = {"train/loss": (range(N), noisy(2.0)), "train/lm_loss": (range(N), term)}
    (fired,) = judge(LossSpike, series, intent={"losses": {"lm_loss": 0.1}}).fired
    assert (fired.subject, fired.step) == ("train/lm_loss", 302)
    assert judge(LossSpike, series, intent={"losses": {"lm_loss": 0.01}}).quiet


def test_total_and_term_that_jump_together_are_one_alert(judge: Judge) -> None:
    term, total = noisy(), noisy(4.0)
    term[300:303] += 4.0
    total[301:304] += 4.0
    judged_together = judge(LossSpike, {"train/loss": (range(N), total), "train/lm_loss": (range(N), term)})
    assert [(t.subject, t.step) for t in judged_together.fired] == [("train/lm_loss", 302)]

"""A loss that stands still is critical where something says that nothing is learnt; a flat fine-tune is not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lineside_server.core.findings import Level
from lineside_server.rules.signals.learning.no_learning import NoLearning

Judge = Callable[..., Any]
N = 1200
STEPS = range(1, N + 1)
SCHEDULE = {"kind": "linear", "peak": 1e-3, "warmup": 100, "total": 4000}
DECLARED = {"step_unit": "update", "total_steps": 4000, "schedule": SCHEDULE}


def noisy(level: Any, spread: float = 0.01, n: int = N) -> Any:
    return level * (1 + np.random.default_rng(1).normal(0, spread, n))


def test_a_loss_at_the_level_of_guessing_is_critical_after_200_updates(judge: Judge) -> None:
    series = {"train/loss": (STEPS, noisy(np.log(1000), 0.002))}
    (fired,) = judge(NoLearning, series, config={"model": {"vocab_size": 1000}}, intent=DECLARED).fired
    assert (fired.step, fired.level) == (416, Level.CRITICAL)  # 10% of 4,000 updates, at the next look
    assert "the ln(1,000) = 6.908 of guessing" in fired.finding.title
    assert fired.finding.clues["at_chance"]


def test_a_declared_plan_makes_a_flat_loss_critical_and_without_one_it_is_a_note(judge: Judge) -> None:
    series = {"train/loss": (STEPS, noisy(21.5))}
    (declared,) = judge(NoLearning, series, intent=DECLARED).fired
    (undeclared,) = judge(NoLearning, series).fired
    assert (declared.level, undeclared.level) == (Level.CRITICAL, Level.INFO)
    assert "off the 21." in declared.finding.title


@pytest.mark.parametrize("sign", [{"update_ratio": 0.0}, {"params/changed": 0.0}, {"grad_norm": 0.0}])
def test_a_sign_that_nothing_is_trained_makes_it_critical(judge: Judge, sign: dict[str, float]) -> None:
    series = {"loss": (STEPS, noisy(2.0)), **{key: (STEPS, np.full(N, value)) for key, value in sign.items()}}
    (fired,) = judge(NoLearning, series).fired
    assert fired.level == Level.CRITICAL
    assert fired.finding.clues["facts"]


def test_a_fine_tune_that_gains_little_is_quiet(judge: Judge) -> None:
    little = noisy(np.linspace(2.0, 1.96, N))
    assert judge(NoLearning, {"loss": (STEPS, little)}, intent=DECLARED).quiet


def test_an_eval_that_has_improved_or_a_noise_that_hides_all_speaks_against_it(judge: Judge) -> None:
    flat = (STEPS, noisy(2.0))
    better = (range(100, 1201, 100), np.linspace(2.2, 2.0, 12))
    assert judge(NoLearning, {"loss": flat, "eval_loss": better}, intent=DECLARED).quiet
    assert judge(NoLearning, {"loss": (STEPS, noisy(0.12, 0.4))}, intent=DECLARED).quiet


@pytest.mark.parametrize(("spread", "fired"), [(0.01, 1), (0.04, 0)])
def test_of_few_noisy_points_nothing_can_be_told(judge: Judge, spread: float, fired: int) -> None:
    alternating = 2.0 * (1 + spread * np.where(np.arange(60) % 2, 1, -1))
    intent = {**DECLARED, "total_steps": 1000, "schedule": {**SCHEDULE, "warmup": 10, "total": 1000}}
    alternating[:5] = 2.0
    judged = judge(NoLearning, {"loss": (range(10, 601, 10), alternating)}, intent=intent)
    assert len(judged.fired) == fired


def test_a_long_warm_up_is_waited_for(judge: Judge) -> None:
    intent = {**DECLARED, "schedule": {**SCHEDULE, "warmup": 700}}
    assert judge(NoLearning, {"loss": (STEPS, noisy(21.5))}, intent=intent).quiet


def test_five_evals_are_waited_for(judge: Judge) -> None:
    evals = (range(200, 1201, 200), [3.0, 3.01, 3.0, 3.02, 3.0, 3.01])
    judged = judge(NoLearning, {"loss": (STEPS, noisy(21.5)), "eval_loss": evals}, intent=DECLARED)
    assert [t.step for t in judged.fired] == [1008]  # the fifth eval is at 1,000


def test_the_same_value_of_guessing_again_and_again_is_critical_at_once(judge: Judge) -> None:
    loss = noisy(np.linspace(7.5, 6.95, N), 0.001)
    loss[150:] = 6.907755
    (fired,) = judge(NoLearning, {"loss": (STEPS, loss)}, config={"vocab_size": 1000}, intent=DECLARED).fired
    assert (fired.step, fired.level) == (155, Level.CRITICAL)
    assert "the same value again and again" in fired.finding.title


def test_falling_back_to_guessing_is_critical_at_once_and_three_bad_batches_are_not(judge: Judge) -> None:
    learnt = noisy(np.linspace(6.9, 3.0, N))
    lost, bad = learnt.copy(), learnt.copy()
    lost[600:], bad[600:603] = 7.0, 7.5
    (fired,) = judge(NoLearning, {"loss": (STEPS, lost)}, config={"vocab_size": 1000}).fired
    assert fired.level == Level.CRITICAL
    assert fired.step <= 608
    assert "is back at guessing" in fired.finding.title
    assert judge(NoLearning, {"loss": (STEPS, bad)}, config={"vocab_size": 1000}).quiet


def test_an_excerpt_does_not_tell_where_it_began(judge: Judge) -> None:
    assert judge(NoLearning, {"loss": (range(50_000, 51_200), noisy(2.0))}).quiet


def test_a_run_that_learns_passes_and_what_is_not_known_is_said(judge: Judge) -> None:
    check = judge(NoLearning, {"loss": (STEPS, np.linspace(5.0, 2.0, N))}).check
    assert check.verdict == "passing"
    assert check.reason.startswith("loss went from 4.995 to 2.019; what guessing gives is not known")
    assert judge(NoLearning, {"loss": (range(9), np.ones(9))}).check.verdict == "not_checked"
    assert "lineside.log" in judge(NoLearning, {"lr": ([1], [0.1])}).check.reason


@pytest.mark.parametrize("loss", [[float("nan")] * 700, [0.0] * 700, [-3.0] * 700, [5e300, float("inf")] * 350])
def test_nonsense_is_no_error(judge: Judge, loss: list[float]) -> None:
    series = {"loss": (range(len(loss)), loss), "eval_loss": (range(len(loss)), loss)}
    judge(NoLearning, series, config={"vocab_size": 1000}, intent=DECLARED)

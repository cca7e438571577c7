"""Targets of the intent: judged at their time, projected from a quarter of the way on."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lineside_server.core.findings import Level
from lineside_server.rules.signals.learning.off_target import OffTarget

Judge = Callable[..., Any]
TOTAL = 10_000
EVALS = range(200, TOTAL + 1, 200)


def declared(**target: Any) -> dict[str, Any]:
    told = {"metric": "eval/loss", "below": 2.0, "by_epoch": 1, **target}
    return {"total_steps": TOTAL, "epochs": 1, "steps_per_epoch": TOTAL, "targets": [told]}


def decay(floor: float) -> Any:
    pick = np.random.default_rng(2)
    return floor + 3 * np.exp(-np.array(EVALS) / 2500) + pick.normal(0, 0.01, len(EVALS))


def test_a_target_that_the_course_excludes_fires_before_its_time(judge: Judge) -> None:
    judged = judge(OffTarget, {"eval/loss": (EVALS, decay(3.0))}, intent=declared())
    (fired,) = judged.fired
    assert fired.level == Level.WARNING
    assert TOTAL / 4 < fired.step < TOTAL
    assert fired.finding.title.startswith("eval/loss is heading for ")
    assert "below 2 is due by the end of epoch 1 (step 10,000)" in fired.finding.title
    assert "of the way that is left" in fired.finding.actions[0]


def test_a_target_within_reach_stays_quiet_and_is_met(judge: Judge) -> None:
    judged = judge(OffTarget, {"eval/loss": (EVALS, decay(1.5))}, intent=declared())
    assert judged.quiet
    assert judged.check.verdict == "passing"
    assert judged.check.reason.endswith("at step 10,000; met.")


def test_nothing_is_projected_in_the_first_quarter(judge: Judge) -> None:
    steps = [step for step in EVALS if step < TOTAL / 4]
    judged = judge(OffTarget, {"eval/loss": (steps, [9.0] * len(steps))}, intent=declared())
    assert judged.quiet
    assert judged.check.verdict == "not_checked"
    assert "no projection before 25% of the run: 24.0% is done (2,400 of 10,000 steps)" in judged.check.reason


def test_a_target_missed_at_its_time_fires_there_and_is_resolved_where_it_is_met(judge: Judge) -> None:
    values = np.linspace(4.0, 0.5, len(EVALS))
    values[29:32] = 2.4
    judged = judge(OffTarget, {"eval/loss": (EVALS, values)}, intent=declared(by_epoch=None, by_step=6000))
    assert [(t.kind, t.step) for t in judged.transitions] == [("fired", 6000), ("resolved", 6800)]
    assert judged.fired[0].finding.title == "eval/loss is 2.4 at step 6,000; below 2 was due by step 6,000"


def test_a_metric_may_be_over_another(judge: Judge) -> None:
    series = {"eval/loss": (EVALS, np.full(len(EVALS), 6.0)), "train/loss": (range(1, TOTAL + 1, 10), np.ones(1000))}
    judged = judge(OffTarget, series, intent=declared(over="train/loss", by_epoch=None))
    (fired,) = judged.fired
    assert fired.subject == "eval/loss / train/loss below 2 by the end of the run (step 10,000)"
    assert fired.finding.observed["value"] == pytest.approx(6.0)


def test_above_is_the_other_way_round(judge: Judge) -> None:
    rising = (EVALS, np.linspace(0.1, 0.5, len(EVALS)))
    intent = declared(metric="eval/accuracy", below=None, above=0.9)
    assert len(judge(OffTarget, {"eval/accuracy": rising}, intent=intent).fired) == 1
    assert judge(
        OffTarget, {"eval/accuracy": rising}, intent={**intent, "targets": [{**intent["targets"][0], "above": 0.4}]}
    ).quiet


def test_a_noisy_train_loss_logged_at_every_step_is_judged_by_stretches(judge: Judge) -> None:
    steps = np.arange(1, 4001)
    values = 3 + np.random.default_rng(4).normal(0, 0.5, len(steps))
    judged = judge(
        OffTarget, {"train/loss": (steps, values)}, intent=declared(metric="train/loss", by_epoch=None, by_step=4000)
    )
    assert len(judged.fired) == 1


def test_the_founding_targets_are_not_projected_yet(
    judge: Judge, founding_run: Callable[[str], dict[str, Any]]
) -> None:
    judged = judge(OffTarget, **founding_run("after_fix_lr_zero"))
    assert judged.quiet
    for part in (
        "eval/loss below 50 by the end of epoch 1 (step 24,941): 95.86 at step 2,000;",
        "no projection before 25% of the run: 8.3% is done",
        "eval/loss / train/loss below 2 by the end of the run",
        "looked after by nonfinite and loss-share",
    ):
        assert part in judged.check.reason


@pytest.mark.parametrize(
    ("intent", "said"),
    [
        ({}, "No target for a metric is declared"),
        (declared(metric="eval/f1"), "eval/f1 is not logged"),
        ({"targets": [{"metric": "eval/loss", "below": 2}]}, "the length of the run is not declared"),
        ({"targets": [{"metric": 3, "below": "x"}, {"metric": "eval/loss", "below": float("nan")}]}, "No target"),
    ],
)
def test_it_says_what_is_missing(judge: Judge, intent: dict[str, Any], said: str) -> None:
    judged = judge(OffTarget, {"eval/loss": (EVALS, decay(3.0))}, intent=intent)
    assert judged.quiet
    assert judged.check.verdict == "not_checked"
    assert said in judged.check.reason


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.0])
def test_nonsense_raises_nothing(judge: Judge, value: float) -> None:
    judge(OffTarget, {"eval/loss": (EVALS, [value] * len(EVALS))}, intent=declared(by_step=1))
    judge(
        OffTarget,
        {"eval/loss": (EVALS, decay(1.0)), "train/loss": (EVALS, [value] * len(EVALS))},
        intent=declared(over="train/loss"),
    )

"""Skipped updates and a falling loss scale are told; the search of a scaler and single ones are not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lineside_server.core.events import StoredEvent
from lineside_server.core.findings import Level
from lineside_server.rules.signals.numerics.skipped_steps import SkippedSteps

Judge = Callable[..., Any]
N = 800


def counted(skips: Any) -> Any:
    return np.isin(np.arange(N), list(skips)).cumsum()


def test_more_than_a_twentieth_of_200_updates_is_a_warning_and_a_quarter_critical(judge: Judge) -> None:
    judged = judge(SkippedSteps, {"updates_skipped": (range(N), counted(range(400, 500)))})
    assert [(t.kind, t.step, t.level) for t in judged.transitions] == [
        ("fired", 410, Level.WARNING),
        ("raised", 450, Level.CRITICAL),
        ("resolved", 689, Level.CRITICAL),
    ]
    assert judged.fired[0].finding.title == "11 of the last 200 updates were skipped, as of update 410"


def test_updates_are_counted_by_the_accumulation(judge: Judge) -> None:
    skipped = [
        StoredEvent(s, "nonfinite", s, s * 0.5, {"component": "loss", "action": "skipped_step"})
        for s in range(3200, 3244)
    ]
    judged = judge(SkippedSteps, {"loss": (range(6400), np.ones(6400))}, events=skipped, intent={"accumulation": 4})
    assert [(t.kind, t.step) for t in judged.transitions] == [("fired", 3240), ("resolved", 4000)]


@pytest.mark.parametrize("skips", [range(28), [300], range(300, 310), range(0, 200, 25)])
def test_the_search_of_a_scaler_and_a_few_skips_are_quiet(judge: Judge, skips: Any) -> None:
    assert judge(SkippedSteps, {"updates_skipped": (range(N), counted(skips))}).quiet


def test_a_scale_that_is_halved_again_and_again_is_a_warning_and_its_floor_critical(judge: Judge) -> None:
    scale = np.full(N, 65536.0)
    for at in (400, 410, 420, *range(600, 614)):
        scale[at:] /= 2
    judged = judge(SkippedSteps, {"loss_scale": (range(N), scale)})
    assert [(t.kind, t.step, t.level) for t in judged.transitions][:2] == [
        ("fired", 420, Level.WARNING),
        ("resolved", 450, Level.WARNING),
    ]
    assert judged.newest()[-1].level == Level.CRITICAL
    assert "lies at its floor of 1 (it was 65536)" in judged.newest()[-1].finding.title


@pytest.mark.parametrize(
    "scale",
    [2.0 ** np.maximum(16 - np.arange(N), 8), np.ones(N), np.where(np.arange(N) < 400, 65536.0, 32768.0)],
)
def test_a_search_a_constant_and_a_single_halving_are_quiet(judge: Judge, scale: Any) -> None:
    assert judge(SkippedSteps, {"loss_scale": (range(N), scale)}).quiet


def test_without_either_it_says_what_logs_them(judge: Judge) -> None:
    check = judge(SkippedSteps, {"loss": (range(9), np.ones(9))}).check
    assert check.verdict == "not_checked"
    assert "lineside.watch(model, optimizer, scaler=scaler)" in check.reason


@pytest.mark.parametrize("values", [[float("nan")] * 300, [5.0, 0.0] * 150, [float("inf"), -1.0] * 150, [1.0]])
def test_nonsense_is_no_error(judge: Judge, values: list[float]) -> None:
    series = (range(len(values)), values)
    judge(SkippedSteps, {"loss_scale": series, "updates_skipped": series})

"""lr-peak: another height than declared, judged once both peaks are behind."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lineside_server.core.findings import Level
from lineside_server.rules.signals.declared.lr_peak import LrPeak

Judge = Callable[..., Any]
LINEAR = {"step_unit": "update", "schedule": {"kind": "linear", "peak": 1e-3, "warmup": 50, "total": 1000}}
FLAT = {"step_unit": "update", "schedule": {"kind": "constant_with_warmup", "peak": 1e-3, "warmup": 50}}


def test_a_peak_too_high_is_told_behind_the_declared_one(judge: Judge, rates: Any) -> None:
    steps = np.arange(1, 300)
    judged = judge(LrPeak, {"lr": (steps, 1000 * rates(LINEAR, steps))}, intent=LINEAR)
    (fired,) = judged.transitions
    assert (fired.step, fired.level) == (54, Level.WARNING)
    assert fired.finding.title == "The learning rate peaks at 1.00e+00, 1,000 times the 1.00e-03 that is declared"
    assert fired.finding.clues["factor"] == pytest.approx(1000.0)


@pytest.mark.parametrize(("intent", "step"), [(LINEAR, 62), (FLAT, 62)])
def test_a_peak_too_low_is_told_when_it_is_behind(judge: Judge, intent: dict[str, Any], step: int, rates: Any) -> None:
    steps = np.arange(1, 300)
    judged = judge(LrPeak, {"lr": (steps, 0.5 * rates(intent, steps))}, intent=intent)
    assert judged.fired[0].step == step
    assert judged.fired[0].finding.title.startswith("The learning rate peaks at 5.00e-04, 1/2 of the ")


@pytest.mark.parametrize("speed", [1 / 16, 4.0])
def test_a_schedule_at_another_speed_still_climbs_or_had_its_full_height(
    judge: Judge, speed: float, rates: Any
) -> None:
    steps = np.arange(1, 400)
    assert judge(LrPeak, {"lr": (steps, rates(LINEAR, steps * speed))}, intent=LINEAR).quiet


@pytest.mark.parametrize("begin", [100, 700])
def test_a_run_that_goes_on_behind_the_peak_or_logs_seldom_is_quiet(judge: Judge, begin: int, rates: Any) -> None:
    steps = np.arange(begin, 1000, 25)
    judged = judge(LrPeak, {"lr": (steps, rates(LINEAR, steps))}, intent=LINEAR)
    assert judged.quiet
    assert judged.check.reason.startswith("The rate peaked at ")


def test_before_the_peak_it_says_so_and_zero_is_for_another(judge: Judge, rates: Any) -> None:
    steps = np.arange(1, 20)
    assert "is not behind yet" in judge(LrPeak, {"lr": (steps, rates(LINEAR, steps))}, intent=LINEAR).check.reason
    steps = np.arange(1, 300)
    judged = judge(LrPeak, {"lr": (steps, np.zeros(299))}, intent=LINEAR)
    assert judged.quiet
    assert "lr-exhausted" in judged.check.reason

"""lr-stuck: identical rates while the schedule moves; constant phases and skipped updates are let be."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lineside_server.core.findings import Level
from lineside_server.rules.signals.declared.lr_stuck import LrStuck

Judge = Callable[..., Any]
LINEAR = {"step_unit": "update", "schedule": {"kind": "linear", "peak": 1e-3, "warmup": 50, "total": 1000}}


def test_a_rate_that_stops_is_told_once_the_schedule_has_moved(judge: Judge, rates: Any) -> None:
    steps = np.arange(1, 900)
    judged = judge(LrStuck, {"lr": (steps, rates(LINEAR, np.minimum(steps, 400)))}, intent=LINEAR)
    (fired,) = judged.transitions
    assert (fired.step, fired.level) == (432, Level.WARNING)  # by 5% of its value, without the shifts at both ends
    assert fired.finding.title == (
        "The learning rate has stood at 6.32e-04 for 32 updates, in which the schedule moves by 3.16e-05"
    )
    assert fired.finding.window == (400, 432)
    assert fired.finding.clues["travelled"] == 32.0


def test_it_is_over_when_the_rate_moves(judge: Judge, rates: Any) -> None:
    steps = np.arange(1, 900)
    seen = rates(LINEAR, np.where((steps >= 400) & (steps < 500), 400, steps))
    judged = judge(LrStuck, {"lr": (steps, seen)}, intent=LINEAR)
    assert [(t.kind, t.step) for t in judged.transitions] == [("fired", 432), ("resolved", 500)]


def test_sparse_logs_need_ten_points(judge: Judge, rates: Any) -> None:
    steps = np.arange(10, 1000, 10)
    judged = judge(LrStuck, {"lr": (steps, rates(LINEAR, np.minimum(steps, 400)))}, intent=LINEAR)
    assert judged.fired[0].step == 490


@pytest.mark.parametrize(
    "schedule",
    [
        {"kind": "constant", "peak": 1e-3},
        {"kind": "constant_with_warmup", "peak": 1e-3, "warmup": 50},
        {"kind": "warmup_stable_decay", "peak": 1e-3, "warmup": 50, "decay": 300, "total": 900},
        {"kind": "step", "peak": 1e-3, "every": 100, "gamma": 0.5},
    ],
)
@pytest.mark.parametrize("behind", [0, 1])
def test_constant_and_stable_phases_are_quiet(judge: Judge, schedule: dict[str, Any], behind: int, rates: Any) -> None:
    steps = np.arange(1, 900)
    intent = {"step_unit": "update", "schedule": schedule}
    judged = judge(LrStuck, {"lr": (steps, rates(intent, steps - behind))}, intent=intent)
    assert judged.quiet
    assert judged.check.verdict == "passing"


def test_a_rounded_log_stands_still_without_being_stuck(judge: Judge, rates: Any) -> None:
    steps = np.arange(1, 1001)
    printed = {"_printed": {"lr": {"decimals": 4, "exponent": False}}}
    seen = np.round(rates(LINEAR, steps), 4)
    assert judge(LrStuck, {"lr": (steps, seen)}, intent=LINEAR, config=printed).quiet
    assert judge(LrStuck, {"lr": (steps, seen)}, intent=LINEAR).quiet


def test_a_scheduler_waits_while_updates_are_skipped(judge: Judge, rates: Any) -> None:
    steps = np.arange(1, 900)
    skipped = np.clip(steps - 400, 0, 60)
    series = {"lr": (steps, rates(LINEAR, steps - skipped)), "skipped_updates": (steps, skipped.astype(float))}
    assert judge(LrStuck, series, intent=LINEAR).quiet
    assert not judge(LrStuck, {"lr": series["lr"]}, intent=LINEAR).quiet


def test_without_a_schedule_it_is_not_checked(judge: Judge) -> None:
    assert judge(LrStuck, {"lr": ([1, 2], [1.0, 1.0])}).check.verdict == "not_checked"

"""lr-schedule: a schedule at another speed is found at its sixth update and named; what only looks so is let be."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lineside_server.core.events import StoredEvent
from lineside_server.core.findings import Level
from lineside_server.core.intent import parse_intent
from lineside_server.core.schedules import declared_rate
from lineside_server.rules.signals.declared.lr_schedule import LrSchedule

Judge = Callable[..., Any]
LINEAR = {"kind": "linear", "peak": 3e-5, "floor": 0.0, "warmup": 467, "total": 4676, "unit": "update"}
FOUNDING = {
    "total_steps": 74823,
    "step_unit": "batch",
    "epochs": 3,
    "steps_per_epoch": 24941,
    "accumulation": 16,
    "schedule": LINEAR,
}
COSINE = {"kind": "cosine", "peak": 1e-3, "warmup": 40, "total": 400}
SHORT = {"step_unit": "update", "schedule": COSINE}


def rates(plan: dict[str, Any], units: Any) -> Any:
    schedule = parse_intent({"schedule": plan}).schedule
    assert schedule is not None
    found = declared_rate(schedule, np.maximum(np.asarray(units, np.float64), 0.0))
    assert found is not None
    return found


def test_a_schedule_built_from_batches_is_told_at_its_sixth_update(judge: Judge) -> None:
    steps = np.arange(1, 3001)
    built = {**LINEAR, "warmup": 7482, "total": 74823}
    judged = judge(LrSchedule, {"lr": (steps, rates(built, steps // 16))}, intent=FOUNDING)
    (fired,) = judged.transitions
    assert (fired.kind, fired.step, fired.level) == ("fired", 96, Level.CRITICAL)
    assert fired.finding.title == (
        "The learning rate runs at 1/16 of the declared speed: 2.41e-08 at update 6, where 3.85e-07 is due"
    )
    assert fired.finding.window == (32, 96)
    assert fired.finding.clues["names"] == ["1/accumulation"]
    newest = judged.newest()[0].finding
    assert newest.observed["speed"] == pytest.approx(1 / 16, rel=0.01)


@pytest.mark.parametrize("behind", [0, 1])
@pytest.mark.parametrize("begin", [1, 180])
def test_a_run_that_keeps_its_schedule_or_goes_on_with_it_is_quiet(judge: Judge, behind: int, begin: int) -> None:
    steps = np.arange(begin, 401)
    judged = judge(LrSchedule, {"lr": (steps, rates(COSINE, steps - behind))}, intent=SHORT)
    assert judged.quiet
    assert judged.check.verdict == "passing"
    assert "At update 390" in judged.check.reason


def test_a_schedule_that_begins_anew_where_a_run_goes_on_is_found(judge: Judge) -> None:
    steps = np.arange(180, 401)
    judged = judge(LrSchedule, {"lr": (steps, rates(COSINE, steps - 180))}, intent=SHORT)
    assert judged.fired[0].step == 185
    assert judged.fired[0].finding.clues["restart_misfit"] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(("batches", "level", "names"), [(16, 3, ["accumulation"]), (3, 3, []), (1000, 2, [])])
def test_only_speeds_that_explain_the_rates_are_named(judge: Judge, batches: int, level: int, names: list[str]) -> None:
    schedule = {**LINEAR, "warmup": 500, "total": 5000}
    intent = {"step_unit": "update", "accumulation": 16, "schedule": schedule}
    steps = np.arange(1, 300)
    judged = judge(LrSchedule, {"lr": (steps, rates(schedule, steps * batches))}, intent=intent)
    assert judged.fired[0].level == level
    assert judged.fired[0].finding.clues["names"] == names


def test_an_edge_of_the_grid_is_no_speed(judge: Judge) -> None:
    steps = np.arange(1, 300)
    schedule = {**LINEAR, "warmup": 100, "total": 5000}
    intent = {"step_unit": "update", "accumulation": 64, "schedule": schedule}
    judged = judge(LrSchedule, {"lr": (steps, rates(schedule, steps / 64.0))}, intent=intent)
    assert not judged.fired[0].finding.clues["solved"]
    assert judged.fired[0].finding.clues["names"] == []
    assert judged.fired[0].level == Level.WARNING


def test_zero_from_the_start_is_for_lr_exhausted_to_say(judge: Judge) -> None:
    steps = np.arange(1, 2066)
    assert judge(LrSchedule, {"lr": (steps, np.zeros(2065))}, intent=FOUNDING).quiet


def test_a_schedule_that_was_left_before_it_came_to_zero_stays_told(judge: Judge) -> None:
    steps = np.arange(1, 401)
    judged = judge(LrSchedule, {"lr": (steps, rates(COSINE, np.minimum(steps * 4, 400)))}, intent=SHORT)
    assert [t.kind for t in judged.transitions] == ["fired"]
    assert judged.newest()[0].last_step > 350


def test_a_peak_at_another_height_is_told_as_such(judge: Judge) -> None:
    steps = np.arange(1, 200)
    judged = judge(LrSchedule, {"lr": (steps, 1000 * rates(COSINE, steps))}, intent=SHORT)
    assert judged.fired[0].step == 5
    assert judged.fired[0].level == Level.WARNING
    assert judged.fired[0].finding.title.startswith("The learning rate is 1,000 times the declared one: 1.25e-01")


def test_updates_that_were_skipped_leave_the_scheduler_behind(judge: Judge) -> None:
    steps = np.arange(1, 301)
    skipped = np.minimum(steps // 4, 30)
    series = {"lr": (steps, rates(COSINE, steps - skipped))}
    assert not judge(LrSchedule, series, intent=SHORT).quiet
    told = {**series, "train/skipped_updates": (steps, skipped.astype(float))}
    assert judge(LrSchedule, told, intent=SHORT).quiet
    events = [
        StoredEvent(at, "nonfinite", at, at * 0.5, {"component": "loss", "value": "nan", "action": "skipped_step"})
        for at in range(4, 124, 4)
    ]
    assert judge(LrSchedule, series, intent=SHORT, events=events).quiet


def test_a_loss_scale_may_have_skipped_the_first_updates(judge: Judge) -> None:
    steps = np.arange(1, 301)
    series = {"lr": (steps, rates(COSINE, steps - np.minimum(steps - 1, 6)))}
    assert not judge(LrSchedule, series, intent=SHORT).quiet
    assert judge(LrSchedule, series, intent=SHORT, config={"fp16": True}).quiet


def test_the_config_alone_declares_a_schedule_too(judge: Judge) -> None:
    config = {"learning_rate": 1e-3, "lr_scheduler_type": "cosine", "warmup_steps": 40, "max_steps": 400}
    steps = np.arange(10, 401, 10)
    assert judge(LrSchedule, {"lr": (steps, rates(COSINE, steps))}, config=config).quiet
    judged = judge(LrSchedule, {"lr": (steps, rates(COSINE, steps / 4))}, config=config)
    assert judged.fired[0].step == 50


@pytest.mark.parametrize(
    ("series", "config", "intent", "reason"),
    [
        ({"train/loss": ([1], [2.0])}, {}, SHORT, "lineside.log"),
        ({"lr": ([1], [2.0])}, {}, {}, "No schedule is declared"),
        ({"lr": ([1], [2.0])}, {"lr_scheduler_type": "reduce_lr_on_plateau"}, {}, "follows a metric"),
        ({"lr": ([1], [2.0])}, {}, {"schedule": {"kind": "secret", "peak": 1.0}}, "unknown kind"),
        ({"lr": ([1], [2.0])}, {}, {"schedule": {"kind": "linear", "peak": 1.0}}, "lacks a count"),
        ({"lr": ([1], [2.0])}, {}, {"schedule": {"kind": "linear", "peak": -1.0, "total": 9}}, "above zero"),
        ({"lr": ([1], [2.0])}, {"gradient_accumulation_steps": 8}, {"schedule": LINEAR}, "step_unit"),
        ({"lr": ([1], [float("nan")])}, {}, SHORT, "No finite learning rate"),
    ],
)
def test_what_is_missing_is_said(judge: Judge, series: Any, config: Any, intent: Any, reason: str) -> None:
    judged = judge(LrSchedule, series, config=config, intent=intent)
    assert judged.quiet
    assert judged.check.verdict == "not_checked"
    assert reason in judged.check.reason


def test_the_schedule_that_is_seen_is_offered_for_declaration(judge: Judge) -> None:
    steps = np.arange(1, 301)
    judged = judge(LrSchedule, {"lr": (steps, rates(COSINE, steps))})
    assert '{"kind": "cosine", "peak": 0.001, "warmup": 40, "total": 400}' in judged.check.reason


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0, 1e308, 0.0])
def test_nonsense_is_endured(judge: Judge, value: float) -> None:
    steps = [0, 1, 5, 2**40, 2**53, 2**62]
    series = {"lr": (steps, [value] * 6), "update": (steps, [value, 1e300, -5.0, 2.0, float("nan"), 0.0])}
    judge(LrSchedule, series, intent=FOUNDING, times=lambda step: float(step % 1000))


@pytest.mark.parametrize("clamped", [True, False])
def test_behind_its_end_a_schedule_may_stay_there_or_follow_its_formula(judge: Judge, clamped: bool) -> None:
    steps = np.arange(1, 500)
    plan = {**COSINE, "kind": "cosine_with_min_lr", "floor": 1e-4}
    seen = rates(plan, np.minimum(steps, 400) if clamped else steps)
    assert judge(LrSchedule, {"lr": (steps, seen)}, intent={"step_unit": "update", "schedule": plan}).quiet

"""Why a learning rate is not the declared one: the founding runs and those of the lab, causes in order."""

from pathlib import Path
from typing import Any

import pytest

from lineside_server.core.facts import Facts
from lineside_server.core.findings import Alert, Finding, Level
from lineside_server.diagnosis.fit import REFUTED
from lineside_server.diagnosis.hypotheses.learning_rate import DOCTORS
from lineside_server.recording.kinds import read_recording
from lineside_server.replay import replay
from lineside_server.rules.knowledge import facts_of
from lineside_server.rules.signals.declared.lr_exhausted import LrExhausted
from lineside_server.rules.signals.declared.lr_peak import LrPeak
from lineside_server.rules.signals.declared.lr_schedule import LrSchedule
from lineside_server.rules.signals.declared.lr_stuck import LrStuck
from lineside_server.rules.signals.declared.step_accounting import StepAccounting

RUNS = Path(__file__).parents[2] / "runs"
LINEAR = {"kind": "linear", "peak": 3e-5, "warmup": 467, "total": 4676}


def alerts_of(name: str) -> dict[str, Alert]:
    rules = [LrSchedule(), LrExhausted(), LrStuck(), LrPeak(), StepAccounting()]
    return {alert.rule: alert for alert in replay(read_recording(RUNS / f"{name}.jsonl.gz"), rules).alerts}


def causes_of(alert: Alert | Finding) -> dict[str, float]:
    finding = alert.finding if isinstance(alert, Alert) else alert
    return {cause.id: cause.fit for cause in finding.causes}


def refuted(causes: dict[str, float]) -> list[str]:
    return sorted(cause for cause, fit in causes.items() if fit < REFUTED)


def test_before_the_fix_the_schedule_was_built_from_batches() -> None:
    alerts = alerts_of("founding/before_fix")
    assert set(alerts) == {"lr-schedule", "step-accounting"}
    left, accounts = alerts["lr-schedule"], alerts["step-accounting"]
    assert (left.opened_step, left.level) == (96, Level.CRITICAL)
    assert left.parent == accounts.id
    first = left.finding.causes[0]
    assert first.id == "schedule-in-batches"
    assert first.fit > 0.99
    assert first.explanation == (
        "The schedule was built from 74,823 batches instead of 4,676 updates: with an accumulation of 16 it would run "
        "at 1/16 of its speed, and it runs at 1/16. The config's scheduler says so: warm-up 7,482 of 74,823."
    )
    assert refuted(causes_of(left)) == ["scheduler-not-stepped", "stepped-per-batch"]
    assert "num_warmup_steps=467, num_training_steps=4,676" in left.finding.actions[0]
    assert "Until the warm-up ends" in left.finding.cannot_tell
    assert (accounts.opened_step, accounts.finding.causes[0].id) == (1, "schedule-in-batches")


def test_a_printed_zero_is_an_exact_zero_and_no_fault_of_the_display() -> None:
    alerts = alerts_of("founding/after_fix_lr_zero")
    assert set(alerts) == {"lr-exhausted", "lr-stuck"}
    gone = alerts["lr-exhausted"]
    assert (gone.opened_step, gone.level) == (128, Level.CRITICAL)
    assert alerts["lr-stuck"].parent == gone.id
    assert gone.finding.causes[0].id == "scheduler-not-stepped"
    assert refuted(causes_of(gone)) == ["display-rounding", "schedule-over"]
    display = next(cause for cause in gone.finding.causes if cause.id == "display-rounding")
    assert "{lr:.2e}, prints 8.287e-06 as 8.29e-06, and 0.00e+00 is an exact zero" in display.explanation
    assert gone.finding.cannot_tell.startswith("Whether the logged value is the optimizer's own")
    assert "update norm" in gone.finding.cannot_tell


def test_after_the_fix_nothing_is_said_of_the_rate() -> None:
    assert alerts_of("founding/after_fix_lr_warmup") == {}


@pytest.mark.parametrize(
    ("name", "rule", "cause"),
    [
        ("schedule-in-batches-0", "lr-schedule", "schedule-in-batches"),
        ("stepped-per-batch-0", "lr-schedule", "stepped-per-batch"),
        ("stepped-per-batch-0", "lr-exhausted", "stepped-per-batch"),
        ("stepped-per-batch-0", "lr-stuck", "schedule-over"),
        ("scheduler-never-stepped-0", "lr-exhausted", "scheduler-not-stepped"),
        ("scheduler-never-stepped-0", "lr-stuck", "scheduler-not-stepped"),
        ("scheduler-stops-0", "lr-schedule", "scheduler-not-stepped"),
        ("scheduler-stops-0", "lr-stuck", "scheduler-not-stepped"),
        ("lr-thousandfold-0", "lr-schedule", "peak-scaled"),
        ("lr-thousandfold-0", "lr-peak", "decimal-slip"),
    ],
)
def test_the_true_cause_of_a_fault_of_the_lab_comes_first(name: str, rule: str, cause: str) -> None:
    alerts = alerts_of(f"lab/{name}")
    assert alerts[rule].finding.causes[0].id == cause
    assert alerts[rule].finding.actions
    assert sum(alert.parent is None for alert in alerts.values()) == 1


def finding(observed: dict[str, Any], expected: dict[str, Any], clues: dict[str, Any]) -> Finding:
    return Finding("", observed, expected, (0, 0), ("lr",), clues=clues)


def diagnosed(rule: str, told: Finding, config: dict[str, Any] | None = None) -> dict[str, float]:
    facts: Facts = facts_of(config or {}, {"step_unit": "batch", "accumulation": 16, "schedule": LINEAR})
    return {cause.id: cause.fit for cause in DOCTORS[rule](told, facts).causes}


GONE = ({"lr": 0.0, "update": 124}, {"lr": 7.966e-06})
GONE_CLUES = {"top": 0.0, "updates": 100, "since": 96}


@pytest.mark.parametrize(("moves", "fit"), [(0.2, 1.0), (0.0, 0.0)])
def test_an_update_norm_settles_whether_the_logged_rate_is_the_optimizers(moves: float, fit: float) -> None:
    told = finding(*GONE, {**GONE_CLUES, "moves": moves, "moves_key": "update_norm"})
    assert diagnosed("lr-exhausted", told)["logged-elsewhere"] == fit


@pytest.mark.parametrize(
    ("decimals", "exponent", "stands"), [(2, True, False), (6, False, False), (5, False, False), (4, False, True)]
)
def test_a_display_is_blamed_only_where_its_format_hides_the_rate(decimals: int, exponent: bool, stands: bool) -> None:
    told = finding(*GONE, {**GONE_CLUES, "decimals": decimals, "exponent": exponent})
    assert (diagnosed("lr-exhausted", told)["display-rounding"] >= REFUTED) == stands


def test_a_peak_is_explained_by_declared_figures_first() -> None:
    told = finding({"peak": 4.8e-4, "factor": 16.0}, {"peak": 3e-5}, {"factor": 16.0})
    causes = diagnosed("lr-peak", told, {"world_size": 4})
    assert max(causes, key=lambda cause: causes[cause]) == "scaled-with-accumulation"
    causes = diagnosed("lr-peak", told, {"learning_rate": 4.8e-4})
    assert causes["config-not-intent"] == pytest.approx(1.0)


def test_skipped_updates_explain_a_standstill_of_their_length() -> None:
    told = finding({"lr": 1e-5, "updates_seen": 60}, {}, {"skipped": 58.0, "travelled": 60.0, "began": 400.0})
    causes = diagnosed("lr-stuck", told)
    assert causes["updates-skipped"] > 0.9
    assert causes["scheduler-not-stepped"] < 0.1


def test_steps_of_another_unit_are_told_by_their_stride() -> None:
    told = finding({}, {}, {"stride": 15.8, "due": 1.0, "what": "steps an update"})
    assert diagnosed("step-accounting", told)["step-unit-swapped"] > 0.9

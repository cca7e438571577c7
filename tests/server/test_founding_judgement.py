"""The founding case: what a report of days said about three runs, and what it got wrong, found by itself."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lineside_server.core.findings import Alert, Cause, Level
from lineside_server.recording.kinds import read_recording
from lineside_server.replay import Replay, replay
from lineside_server.rules.book import Book

RATE = ("lr-schedule", "lr-exhausted", "lr-stuck", "lr-peak", "step-accounting")
ACCUMULATION = 16


def judged(path: Path) -> Replay:
    return replay(read_recording(path), Book().rules_for("", (), path.name))


@pytest.fixture
def run(founding: Any) -> Callable[[str], Replay]:
    def find(name: str) -> Replay:
        (path,) = [path for path in founding if path.name.startswith(f"{name}.")]
        return judged(path)

    return find


def only(found: Replay, rule: str) -> Alert:
    (alert,) = [alert for alert in found.alerts if alert.rule == rule]
    return alert


def root_of(found: Replay, alert: Alert) -> Alert:
    by_id = {one.id: one for one in found.alerts}
    while alert.parent is not None:
        alert = by_id[alert.parent]
    return alert


def roots(found: Replay) -> dict[str, Level]:
    return {one.rule: one.level for one in found.alerts if one.parent is None and one.level >= Level.WARNING}


def cause(alert: Alert, name: str) -> Cause:
    (found,) = [one for one in alert.finding.causes if one.id == name]
    return found


def test_a_rate_of_zero_is_an_exhausted_rate_and_no_display_fault(run: Any) -> None:
    found = run("after_fix_lr_zero")
    assert roots(found) == {
        "lr-exhausted": Level.CRITICAL,
        "nonfinite": Level.WARNING,
        "train-eval-scale": Level.WARNING,
    }
    alert = only(found, "lr-exhausted")
    assert alert.opened_step <= 8 * ACCUMULATION
    assert alert.finding.observed["lr"] == 0.0
    assert cause(alert, "display-rounding").fit < 0.05
    assert "0.00e+00 is an exact zero" in cause(alert, "display-rounding").explanation
    assert "update norm" in alert.finding.cannot_tell
    assert root_of(found, only(found, "lr-stuck")) is alert
    assert not [one for one in found.alerts if one.rule == "lr-schedule"]


def test_at_step_1999_the_expected_rate_is_that_of_update_124(founding: Any, tmp_path: Path) -> None:
    (path,) = [path for path in founding if path.name.startswith("after_fix_lr_zero")]
    lines = gzip.decompress(path.read_bytes()).splitlines()
    last = next(place for place, line in enumerate(lines) if b'"step": 1999' in line or b'"step":1999' in line)
    cut = tmp_path / "until_1999.jsonl"
    cut.write_bytes(b"\n".join(lines[: last + 1]))
    finding = only(judged(cut), "lr-exhausted").finding
    assert finding.observed["update"] == finding.expected["update"] == 124
    assert finding.expected["lr"] == pytest.approx(7.966e-06, rel=1e-3)


def test_after_the_real_fix_nothing_is_said_of_the_rate(run: Any) -> None:
    found = run("after_fix_lr_warmup")
    assert not [alert.rule for alert in found.alerts if alert.rule in RATE]
    assert roots(found) == {"nonfinite": Level.WARNING, "train-eval-scale": Level.WARNING}


@pytest.mark.parametrize(("name", "ratio", "fit"), [("after_fix_lr_zero", 6.12, 0.88), ("before_fix", 4.7, 0.91)])
def test_the_gap_is_a_difference_of_definition(run: Any, name: str, ratio: float, fit: float) -> None:
    alert = only(run(name), "train-eval-scale")
    assert alert.level == Level.WARNING
    assert alert.finding.observed["ratio"] == pytest.approx(ratio, abs=0.02)
    first = alert.finding.causes[0]
    assert first.id == "weights-not-in-eval"
    assert first.fit == pytest.approx(fit, abs=0.01)
    for refuted in ("accumulation-scale", "generalisation-gap"):
        assert cause(alert, refuted).fit < 0.05
    assert "top 256" in alert.finding.cannot_tell


def test_the_figures_of_the_gap_are_those_of_the_report(run: Any) -> None:
    alert = only(run("after_fix_lr_zero"), "train-eval-scale")
    assert cause(alert, "temperature-squared").fit < 0.05
    first = alert.finding.causes[0]
    for figure in ("14.56", "18.50", "39.32", "5.18", "6.58", "813"):
        assert figure in first.explanation


def test_shares_name_their_reading_and_the_weights_that_would_reach_them(run: Any) -> None:
    found = run("after_fix_lr_zero")
    alert = only(found, "loss-share")
    assert root_of(found, alert).rule == "train-eval-scale"
    shares = alert.finding.observed["shares"]
    assert shares["kd_loss"] == pytest.approx(0.66, abs=0.01)
    assert shares["feature_loss"] == pytest.approx(0.26, abs=0.01)
    assert shares["attention_loss"] == pytest.approx(0.003, abs=0.001)
    assert shares["lm_loss"] == pytest.approx(0.07, abs=0.01)
    logged = alert.finding.observed["shares_as_logged_in_eval"]
    assert [round(logged[name], 3) for name in ("kd_loss", "feature_loss", "attention_loss")] == [0.155, 0.43, 0.005]
    assert "weights applied" in alert.finding.observed["reading"]
    (weights,) = [action for action in alert.finding.actions if "declared shares while" in action]
    for weight in ("kd_loss 0.74", "feature_loss 0.04", "attention_loss 3.3", "lm_loss 0.14"):
        name, value = weight.split()
        told = float(weights.split(f"{name} ")[1].split(",")[0].rstrip("."))
        assert told == pytest.approx(float(value), rel=0.06)


def test_a_nan_that_is_clamped_is_one_alert(run: Any) -> None:
    found = run("after_fix_lr_warmup")
    alert = only(found, "nonfinite")
    assert (alert.subject, alert.opened_step, alert.parent) == ("lm_loss", 1118, None)
    assert "NaN at step 1,118, clamped to zero; one so far" in alert.finding.title
    assert not [one for one in found.alerts if one.rule == "nonfinite-masked"]


def test_before_the_fix_one_incident_holds_all_that_the_schedule_did(run: Any) -> None:
    found = run("before_fix")
    assert set(roots(found)) == {"step-accounting", "nonfinite", "train-eval-scale"}
    accounting = only(found, "step-accounting")
    assert accounting.opened_step == 1
    schedule = only(found, "lr-schedule")
    assert schedule.level == Level.CRITICAL
    assert schedule.opened_step <= 7 * ACCUMULATION
    first = schedule.finding.causes[0]
    for figure in ("74,823", "4,676"):
        assert figure in first.explanation
    frozen = only(found, "eval-frozen")
    assert frozen.opened_step == 3000
    assert root_of(found, frozen) is root_of(found, schedule) is accounting


def test_nothing_is_projected_early_and_no_trend_is_made_of_two_batches(run: Any) -> None:
    found = run("after_fix_lr_warmup")
    (target,) = [check for check in found.checks if check.rule == "off-target"]
    assert "no projection before 25% of the run" in target.reason
    assert "8.3%" in target.reason
    assert not [alert for alert in found.alerts if alert.rule in ("no-learning", "plateau", "overfitting")]

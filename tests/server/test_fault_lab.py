"""The fault lab's recorded runs: each fault is found and named, and healthy runs stay quiet."""

import json
from pathlib import Path
from typing import Any

import pytest

from lineside_server.core.findings import Level
from lineside_server.recording.kinds import read_recording
from lineside_server.replay import Replay, replay, replay_silence
from lineside_server.rules.book import Book

LAB = Path(__file__).resolve().parents[1] / "runs" / "lab"
CASES: list[dict[str, Any]] = json.loads((LAB / "runs.json").read_text())
SILENT = frozenset({"hang", "kill"})
HOUR_S = 3600.0
# A machine that others use slows runs down in truth; that is no false alarm, and no fault of the run.
OF_THE_MACHINE = frozenset({"throughput"})


def judged(case: dict[str, Any]) -> Replay:
    recording = read_recording(LAB / case["file"])
    rules = Book().rules_for("", (), recording.name)
    return replay_silence(recording, rules, HOUR_S) if case["fault"] in SILENT else replay(recording, rules)


def name_of(case: dict[str, Any]) -> str:
    return str(case["file"]).partition(".")[0]


@pytest.mark.parametrize("case", [case for case in CASES if case["fault"] and case["seed"] == 0], ids=name_of)
def test_a_fault_is_found_and_its_cause_named(case: dict[str, Any]) -> None:
    found = judged(case)
    assert not [check.broken for check in found.checks if check.broken]
    loud = [alert for alert in found.alerts if alert.level >= Level.WARNING and alert.rule not in OF_THE_MACHINE]
    expected = [alert for alert in found.alerts if alert.rule in case["expected_rules"]]
    assert bool([alert for alert in expected if alert.level >= Level.WARNING]) == bool(case["expected_rules"])
    if case["first_cause"]:
        assert case["first_cause"] in {alert.finding.causes[0].id for alert in expected if alert.finding.causes}
    strangers = {alert.rule for alert in loud if alert.parent is None} - {*case["expected_rules"], *case["may_follow"]}
    assert not strangers


@pytest.mark.parametrize("case", [case for case in CASES if not case["fault"]], ids=name_of)
def test_a_healthy_run_is_quiet(case: dict[str, Any]) -> None:
    found = judged(case)
    assert not [check.broken for check in found.checks if check.broken]
    loud = [alert for alert in found.alerts if alert.level >= Level.WARNING and alert.rule not in OF_THE_MACHINE]
    assert not [(alert.rule, alert.finding.title) for alert in loud]


def test_the_lab_is_small_enough_to_be_kept() -> None:
    assert sum(path.stat().st_size for path in LAB.parent.rglob("*")) <= 5_000_000
    assert {case["seed"] for case in CASES if case["fault"]} >= set(range(5))

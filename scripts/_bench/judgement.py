"""scripts/bench --judgement [FOLDER ...]: how well the rules judge recorded runs.

Without a folder it takes the fault lab's runs, whose faults are known: recall, false alarms, delay, causes, incidents.
Of other folders it says what each run raises. Rates stand with their 95% Wilson interval: a few runs prove little.
"""

import argparse
import json
import math
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lineside_server.core.findings import Alert, Level
from lineside_server.errors import BadInput
from lineside_server.recording.folder import recordings
from lineside_server.recording.kinds import read_recording
from lineside_server.recording.model import Recording
from lineside_server.replay import Replay, replay, replay_silence
from lineside_server.rules.book import Book

LAB = Path(__file__).resolve().parents[2] / "tests" / "runs" / "lab"
SILENT_S = 3600.0  # after its last line, a run that neither finished nor failed is listened to for so long
UNJUDGED = frozenset({"hang", "kill"})  # told by silence alone


@dataclass
class Score:
    """One fault over its runs; `delay` in steps from where the data can first tell."""

    runs: int = 0
    found: int = 0
    delays: list[int] = field(default_factory=list)
    caused: int = 0
    first: int = 0
    top: int = 0
    as_due: int = 0
    incidents: list[int] = field(default_factory=list)
    strays: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench --judgement", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    told: dict[str, Any] = {}
    for folder in options.folders or [LAB]:
        manifest = folder / "runs.json"
        told[str(folder)] = lab(folder, json.loads(manifest.read_text())) if manifest.exists() else foreign(folder)
    if options.json:
        options.json.write_text(json.dumps(told, indent=2))


def lab(folder: Path, cases: Sequence[dict[str, Any]]) -> dict[str, Any]:
    scores: dict[str, Score] = defaultdict(Score)
    healthy: list[Replay] = []
    cpu, steps = 0.0, 0
    for case in cases:
        began = time.process_time()
        found = judged(read_recording(folder / case["file"]), silent=case["fault"] in UNJUDGED)
        cpu += time.process_time() - began
        steps += found.health.through_step or 0
        if case["fault"] is None:
            healthy.append(found)
            for alert in alarms(found):
                print(f"  false alarm: {case['file']}: {alert.rule} {alert.level.word}: {alert.finding.title}")
        else:
            count(scores[case["fault"]], case, found)
    show(scores)
    return summary(scores, healthy) | {"cpu_ms_a_step": 1000 * cpu / max(1, steps)}


def judged(recording: Recording, *, silent: bool = False) -> Replay:
    rules = Book().rules_for("", (), recording.name)
    return replay_silence(recording, rules, SILENT_S) if silent else replay(recording, rules)


def alarms(found: Replay) -> list[Alert]:
    return [alert for alert in found.alerts if alert.level >= Level.WARNING]


def count(score: Score, case: dict[str, Any], found: Replay) -> None:
    expected = [alert for alert in found.alerts if alert.rule in case["expected_rules"]]
    loud = [alert for alert in expected if alert.level >= Level.WARNING]
    score.runs += 1
    score.found += bool(loud) or not case["expected_rules"]
    if loud:
        score.delays.append(max(0, min(alert.opened_step for alert in loud) - case["fault_step"]))
    if case["first_cause"] and loud:
        score.caused += 1
        ranked = [[cause.id for cause in alert.causes] for alert in (one.finding for one in loud)]
        score.first += any(causes[:1] == [case["first_cause"]] for causes in ranked)
        score.top += any(case["first_cause"] in causes[:3] for causes in ranked)
    roots = [alert for alert in alarms(found) if alert.parent is None]
    score.incidents.append(len(roots))
    score.as_due += len(roots) == bool(case["expected_rules"])
    for root in roots:
        if root.rule not in (*case["expected_rules"], *case["may_follow"]):
            score.strays[root.rule] += 1


def show(scores: dict[str, Score]) -> None:
    print(f"{'fault':28}{'found':>9}{'delay':>12}{'cause 1st':>11}{'top 3':>8}{'incidents':>11}  not expected")
    for fault, score in sorted(scores.items()):
        delay = f"{sorted(score.delays)[len(score.delays) // 2]} steps" if score.delays else "-"
        first, top = (f"{n}/{score.caused}" if score.caused else "-" for n in (score.first, score.top))
        incidents = f"{sum(score.incidents) / len(score.incidents):.1f}"
        strays = ", ".join(f"{rule} {n}" for rule, n in sorted(score.strays.items()))
        found = f"{score.found}/{score.runs}"
        print(f"{fault:28}{found:>9}{delay:>12}{first:>11}{top:>8}{incidents:>11}  {strays}")


def summary(scores: dict[str, Score], healthy: Sequence[Replay]) -> dict[str, Any]:
    worst = [max((alert.level for alert in found.alerts), default=Level.NONE) for found in healthy]
    rates = {
        "faults found": rate(sum(s.found for s in scores.values()), sum(s.runs for s in scores.values())),
        "true cause first": rate(sum(s.first for s in scores.values()), sum(s.caused for s in scores.values())),
        "true cause in the top three": rate(
            sum(s.top for s in scores.values()), sum(s.caused for s in scores.values())
        ),
        "faults that are one incident (or none, where none is due)": rate(
            sum(s.as_due for s in scores.values()), sum(s.runs for s in scores.values())
        ),
        "healthy runs with a critical": rate(sum(level == Level.CRITICAL for level in worst), len(worst)),
        "healthy runs with a warning or worse": rate(sum(level >= Level.WARNING for level in worst), len(worst)),
    }
    print()
    for name, (hits, runs, low, high) in rates.items():
        share = f"{100 * hits / runs:.1f}%" if runs else "-"
        print(f"{name:58}{hits:>4} of {runs:<4}{share:>8}   95%: {100 * low:.1f} to {100 * high:.1f}%")
    return {name: dict(zip(("hits", "runs", "low", "high"), told, strict=True)) for name, told in rates.items()}


def rate(hits: int, runs: int) -> tuple[int, int, float, float]:
    """Return hits, runs, and Wilson's 95% interval of the share."""
    if not runs:
        return hits, runs, 0.0, 1.0
    z, share = 1.959964, hits / runs
    middle = (share + z * z / (2 * runs)) / (1 + z * z / runs)
    half = z / (1 + z * z / runs) * math.sqrt(share * (1 - share) / runs + z * z / (4 * runs * runs))
    return hits, runs, max(0.0, middle - half), min(1.0, middle + half)


def foreign(folder: Path) -> dict[str, Any]:
    return {name: [describe(alert) for alert in found.alerts] for name, found in listed(recordings([folder]))}


def listed(found: Iterable[Recording | tuple[Path, BadInput]]) -> Iterable[tuple[str, Replay]]:
    for one in found:
        if not isinstance(one, Recording):
            continue
        told = judged(one)
        missing = sum(check.verdict == "not_checked" for check in told.checks)
        print(f"{one.path.name}: {told.verdict}, {missing} of {len(told.checks)} rules not checked")
        for alert in told.alerts:
            print(f"    {describe(alert)}")
        yield one.path.name, told


def describe(alert: Alert) -> str:
    place = f"{alert.rule}/{alert.subject} at {alert.opened_step:,}"
    return f"{alert.level.word} {place}{' (follows)' if alert.parent else ''}: {alert.finding.title}"


if __name__ == "__main__":
    main()

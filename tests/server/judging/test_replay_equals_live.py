"""Replay equals live: however the events of a run come, whoever dies meanwhile, the same alerts come out."""

import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from lineside_server.core.findings import Alert
from lineside_server.core.judged import Told
from lineside_server.recording.kinds import read_recording
from lineside_server.replay import replay
from lineside_server.rules.book import Book

LAB = Path(__file__).resolve().parents[2] / "runs" / "lab"
Essence = list[tuple[Any, ...]]


def essence(alerts: Iterable[Alert]) -> Essence:
    return sorted(
        (one.opened_step, one.rule, one.subject, one.level, one.state, one.last_step, one.resolved_step or -1,
         one.parent or "", one.finding.title)
        for one in alerts
    )  # fmt: skip


def turns(told: Iterable[Told]) -> Essence:
    return sorted((one.alert_id, one.step, one.kind, one.level) for one in told if one.kind != "refreshed")


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["before_fix", "after_fix_lr_zero", "after_fix_lr_warmup"])
def test_a_founding_run_is_judged_the_same(
    court: Any, cut: Callable[..., Any], founding: Any, name: str, seed: int
) -> None:
    (path,) = [path for path in founding if path.name.startswith(name)]
    play(court, cut, path, seed)


@pytest.mark.parametrize("name", ["bad-batches-50-0", "schedule-in-batches-0", "stale-eval-0", "lr-thousandfold-0"])
def test_a_run_of_the_fault_lab_is_judged_the_same(court: Any, cut: Callable[..., Any], name: str) -> None:
    play(court, cut, LAB / f"{name}.jsonl.gz", seed=1)


def play(court: Any, cut: Callable[..., Any], path: Path, seed: int) -> None:
    recording, pick = read_recording(path), random.Random(seed)
    expected = replay(recording, Book().rules_for("", (), recording.name))
    start = recording.start
    court.open(recording.name, config=start.get("config") or {}, intent=start.get("intent") or {})
    arriving = sorted(enumerate(cut(recording, pick, 300)), key=lambda batch: batch[0] + pick.uniform(0.0, 3.0))
    for _, batch in arriving:
        court.send(batch)
        if pick.random() < 0.2:
            court.send(batch)
        if pick.random() < 0.5:
            court.judge.round(court.clock.now())
        if pick.random() < 0.1:
            court.restart()
        court.clock.advance(pick.uniform(0.0, 1.0))
    court.judge_all()
    assert essence(court.alerts()) == essence(expected.alerts)
    assert turns(court.told()) == turns(expected.transitions)
    assert court.run.health == expected.health

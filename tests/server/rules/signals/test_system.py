"""Speed, memory, silence, restarts and the instrument: what raises each rule, and what must not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lineside_server.core.events import StoredEvent
from lineside_server.core.findings import Level
from lineside_server.rules.examine import Examiner
from lineside_server.rules.intake import Stretch
from lineside_server.rules.knowledge import facts_of, refine
from lineside_server.rules.model import Silence
from lineside_server.rules.signals.system.instrument import Instrument
from lineside_server.rules.signals.system.memory_growth import MemoryGrowth
from lineside_server.rules.signals.system.resume_jump import ResumeJump
from lineside_server.rules.signals.system.stall import Stall
from lineside_server.rules.signals.system.throughput import Throughput
from lineside_server.rules.tape import Points

Judge = Callable[..., Any]
LOSS = {"train/loss": (range(1000), np.full(1000, 2.0))}


def paced(seconds: np.ndarray[Any, Any]) -> Callable[[int], float]:
    """Times of steps that take so long each."""
    ends = np.concatenate([[0.0], np.cumsum(seconds)])
    return lambda step: float(ends[step])


def noisy(n: int, scale: float, seed: int = 0) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).lognormal(0.0, scale, n) * 0.1


@pytest.mark.parametrize(("factor", "level"), [(1.2, Level.WARNING), (2.0, Level.CRITICAL), (0.5, Level.INFO)])
def test_a_change_of_pace_is_told_with_its_size(judge: Judge, factor: float, level: Level) -> None:
    seconds = noisy(1000, 0.02) * 4
    seconds[600:] *= factor
    judged = judge(Throughput, LOSS, times=paced(seconds))
    (fired,) = judged.fired
    lasted = seconds[600 : fired.step].sum()
    assert 55.0 < lasted < 75.0
    assert max(one.level for one in judged.transitions) == level
    assert judged.newest()[0].finding.clues["ratio"] == pytest.approx(factor, rel=0.02)


def test_a_noisy_pace_with_evals_and_checkpoints_is_quiet(judge: Judge) -> None:
    seconds = noisy(1000, 0.5)
    seconds[50::50] += 5.0
    judged = judge(Throughput, LOSS, times=paced(seconds))
    assert judged.quiet
    assert judged.check.verdict == "passing"


def test_a_slow_half_minute_is_no_matter(judge: Judge) -> None:
    seconds = noisy(1000, 0.02)
    seconds[600:720] *= 3
    assert judge(Throughput, LOSS, times=paced(seconds)).quiet


def test_a_young_run_need_not_be_slow_for_a_minute(judge: Judge) -> None:
    seconds = noisy(600, 0.02) / 2
    seconds[250:] *= 3
    (fired,) = judge(Throughput, {"train/loss": (range(600), np.ones(600))}, times=paced(seconds)).fired
    assert 250 < fired.step < 400


def test_a_declared_curriculum_may_slow_down(judge: Judge) -> None:
    seconds = noisy(1000, 0.02)
    seconds[600:] *= 2
    judged = judge(Throughput, LOSS, times=paced(seconds), config={"sequence_length_curriculum": [128, 512]})
    assert judged.quiet
    assert judged.check.verdict == "not_checked"


def test_without_times_the_pace_is_not_checked(judge: Judge) -> None:
    judged = judge(Throughput, LOSS, times=lambda _: 5.0)
    assert judged.quiet
    assert judged.check.verdict == "not_checked"
    assert judge(Throughput, LOSS, config={"_clock": "none"}).check.verdict == "not_checked"


def test_memory_that_leaks_is_told_with_when_it_is_full(judge: Judge) -> None:
    memory = 8e9 + 2e6 * np.arange(1000) + np.random.default_rng(0).normal(0, 1e6, 1000)
    judged = judge(MemoryGrowth, {"memory_bytes": (range(1000), memory)}, config={"memory_total_bytes": 16e9})
    (fired,) = judged.fired
    assert fired.level == Level.WARNING
    assert fired.step < 400
    assert judged.newest()[0].finding.clues["steps_left"] == pytest.approx(3000, rel=0.1)


@pytest.mark.parametrize("kind", ["settles", "breathes", "creeps"])
def test_memory_that_settles_or_breathes_is_quiet(judge: Judge, kind: str) -> None:
    steps = np.arange(1000)
    memory = {
        "settles": 8e9 * (1 - 0.5 * np.exp(-steps / 20)),
        "breathes": 8e9 + 1e9 * np.sin(steps / 30),
        "creeps": 8e9 + 1e4 * steps,
    }[kind]
    assert judge(MemoryGrowth, {"memory_bytes": (range(1000), memory)}).quiet


def test_without_memory_the_line_that_logs_it_is_named(judge: Judge) -> None:
    assert "memory_allocated" in judge(MemoryGrowth, LOSS).check.reason


def live(rule: Any, n: int = 100) -> Examiner:
    examiner = Examiner([rule], facts_of({}, {}), refine)
    examiner.examine(Stretch({"train/loss": Points(np.arange(n), np.arange(n).astype(np.float64), np.ones(n))}))
    return examiner


def test_silence_is_told_once_raised_once_and_over_with_the_next_step() -> None:
    examiner = live(Stall())
    assert examiner.hear_silence(Silence(99, 150.0, 59.0, 59.0)) == []
    (fired,) = examiner.hear_silence(Silence(99, 170.0, 70.0, 70.0))
    assert (fired.kind, fired.level, fired.step) == ("fired", Level.WARNING, 99)
    assert fired.finding is not None
    assert "nothing at all is heard" in fired.finding.title
    assert examiner.hear_silence(Silence(99, 171.0, 71.0, 71.0)) == []
    (raised,) = examiner.hear_silence(Silence(99, 300.0, 200.0, 1.0))
    assert (raised.kind, raised.level) == ("raised", Level.CRITICAL)
    assert raised.finding is not None
    assert "heartbeats come" in raised.finding.title
    back = examiner.examine(Stretch({"train/loss": Points(np.array([100]), np.array([400.0]), np.ones(1))}))
    assert [one.kind for one in back] == ["resolved"]


def test_a_run_with_long_evals_is_given_as_long_again() -> None:
    examiner = Examiner([Stall()], facts_of({}, {}), refine)
    times = np.concatenate([np.arange(50), 250 + np.arange(50)]).astype(float)
    examiner.examine(Stretch({"train/loss": Points(np.arange(100), times, np.ones(100))}))
    assert examiner.hear_silence(Silence(99, 0.0, 250.0, 5.0)) == []
    assert len(examiner.hear_silence(Silence(99, 0.0, 350.0, 5.0))) == 1


def resumed(values: np.ndarray[Any, Any], key: str = "train/loss", begun: int = 100) -> Examiner:
    facts = replace(facts_of({}, {}), attempt=2, attempt_step=begun)
    examiner = Examiner([ResumeJump()], facts, refine)
    examiner.examine(Stretch({key: Points(np.arange(len(values)), np.arange(len(values)).astype(np.float64), values)}))
    return examiner


def test_a_loss_that_jumps_at_the_resume_is_told() -> None:
    noise = np.random.default_rng(0).normal(0, 0.02, 200)
    jumped = resumed(np.where(np.arange(200) < 100, 2.0, 3.0) + noise)
    assert jumped.checks()[0].verdict == "firing"
    went_on = resumed(2.0 + noise)
    assert went_on.checks()[0].verdict == "passing"


def test_a_rate_that_begins_anew_is_told_and_a_warmup_that_goes_on_is_not() -> None:
    decay = np.linspace(1e-3, 1e-4, 200)
    assert resumed(decay, "lr").checks()[0].verdict == "passing"
    assert resumed(np.concatenate([decay[:100], decay[:100]]), "lr").checks()[0].verdict == "firing"
    warmup = np.arange(200) * 1e-6
    assert resumed(warmup, "lr", begun=2).checks()[0].verdict == "passing"


def test_a_run_that_was_not_resumed_is_not_checked(judge: Judge) -> None:
    assert judge(ResumeJump, LOSS).check.verdict == "not_checked"


def test_a_clock_that_goes_back_and_a_gap_in_the_steps_are_noted(judge: Judge) -> None:
    back = judge(Instrument, LOSS, times=lambda step: step * 0.5 - (100.0 if step >= 500 else 0.0))
    assert [(one.subject, one.step, one.level) for one in back.fired] == [("clock", 500, Level.INFO)]
    gap = judge(Instrument, {"train/loss": ([*range(100), *range(200, 300)], np.ones(200))})
    assert [(one.subject, one.step) for one in gap.fired] == [("cadence", 200)]
    assert judge(Instrument, LOSS).check.verdict == "passing"


@pytest.mark.parametrize("rule", [Throughput, MemoryGrowth, Stall, ResumeJump, Instrument])
@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0, 0.0])
def test_nonsense_breaks_nothing(judge: Judge, rule: Any, value: float) -> None:
    note = StoredEvent(1, "note", 3, 1.5, {"text": "x"})
    for n in (1, 2, 600):
        series = {key: (range(n), np.full(n, value)) for key in ("train/loss", "memory_bytes", "lr", "epoch")}
        judge(rule, series, events=[note], times=lambda _: 0.0)
    judge(rule, {})

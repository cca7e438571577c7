"""The schedule that rates follow, where nobody declared one."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineside_server.core.facts import Facts
from lineside_server.core.intent import Schedule
from lineside_server.core.schedules import declared_rate
from lineside_server.rules.examine import Examiner
from lineside_server.rules.inference import Seen, fitted, milestone
from lineside_server.rules.intake import Stretch
from lineside_server.rules.knowledge import facts_of, refine
from lineside_server.rules.tape import Points


def rates(schedule: Schedule, units: Any) -> Any:
    found = declared_rate(schedule, np.asarray(units, np.float64))
    assert found is not None
    return found


def seen(schedule: Schedule, upto: int, points: int = 128) -> Seen:
    units = np.unique(np.linspace(1, upto, points).astype(np.int64)).astype(np.float64)
    return Seen(units, rates(schedule, units))


@given(
    kind=st.sampled_from(["linear", "cosine"]),
    peak=st.floats(1e-6, 1.0),
    warmup=st.integers(30, 300),
    times=st.integers(5, 20),
    passed=st.floats(0.5, 1.0),
)
@settings(max_examples=40)
def test_family_and_length_are_found_from_half_of_the_run(
    kind: str, peak: float, warmup: int, times: int, passed: float
) -> None:
    total = warmup * times
    found, why = fitted(seen(Schedule(kind, peak, warmup=warmup, total=total), int(total * passed)))
    assert found is not None
    assert found.kind == kind
    assert found.peak == pytest.approx(peak, rel=0.02)
    assert found.total == pytest.approx(total, rel=0.03)
    assert found.warmup == pytest.approx(warmup, rel=0.2, abs=3)
    assert "inferred" in why


@pytest.mark.parametrize(
    ("schedule", "kind"),
    [
        (Schedule("constant", 2e-4), "constant"),
        (Schedule("constant_with_warmup", 2e-4, warmup=40), "constant_with_warmup"),
        (Schedule("linear", 2e-4, warmup=5000, total=9000), None),  # still climbing
        (Schedule("step", 2e-4, every=300, gamma=0.5), None),
    ],
)
def test_what_is_flat_is_told_and_what_cannot_be_told_is_not(schedule: Schedule, kind: str | None) -> None:
    found, why = fitted(seen(schedule, 1000))
    assert (found.kind if found is not None else None) == kind
    assert why


@pytest.mark.parametrize("values", [[], [1.0] * 63, [-1.0] * 100, [0.0] * 100])
def test_too_little_and_nonsense_give_nothing(values: list[float]) -> None:
    assert fitted(Seen(np.arange(len(values), dtype=np.float64), np.array(values))) == (None, "")


def test_milestones_are_few() -> None:
    counts = [0, 63, 64, 100, 128, 511, 512, 1023, 1024, 1600, 70_000]
    assert [milestone(count) for count in counts] == [0, 0, 64, 64, 128, 256, 512, 512, 1024, 1536, 69_632]


def judged(config: dict[str, Any], intent: dict[str, Any], schedule: Schedule, pieces: int) -> Facts:
    examiner = Examiner([], facts_of(config, intent), refine)
    steps = np.arange(1, 1201)
    values = rates(schedule, steps)
    values[100] = np.nan
    for part in np.array_split(np.arange(1200), pieces):
        points = Points(steps[part], steps[part].astype(np.float64), values[part])
        examiner.examine(Stretch({"lr": points, "train/loss": points}))
    examiner.examine(Stretch({}), ended=True)
    return examiner.facts


COSINE = Schedule("cosine", 1e-3, warmup=100, total=2000)


@pytest.mark.parametrize("pieces", [1, 7, 300])
def test_a_run_without_a_schedule_gets_the_one_it_follows(pieces: int) -> None:
    facts = judged({}, {}, COSINE, pieces)
    assert facts.inferred.schedule is not None
    assert facts.inferred.schedule.total == pytest.approx(2000, abs=2)
    assert facts.inferred.rates == 1024


@pytest.mark.parametrize(
    ("config", "intent"),
    [({}, {"schedule": {"kind": "constant", "peak": 1.0}}), ({"lr_scheduler_type": "reduce_lr_on_plateau"}, {})],
)
def test_nothing_is_inferred_where_something_is_declared(config: dict[str, Any], intent: dict[str, Any]) -> None:
    assert judged(config, intent, COSINE, 3).inferred.schedule is None

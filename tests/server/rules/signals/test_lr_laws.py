"""Laws of the learning-rate rules: a run that keeps its declaration is quiet, one at another speed is found soon."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineside_server.core.events import Columns
from lineside_server.core.intent import Schedule, parse_intent
from lineside_server.core.schedules import KINDS, declared_rate
from lineside_server.rules.examine import Examiner
from lineside_server.rules.intake import Arrival, Intake
from lineside_server.rules.knowledge import facts_of, refine
from lineside_server.rules.machine import Transition
from lineside_server.rules.model import Rule
from lineside_server.rules.signals.declared.lr_exhausted import LrExhausted
from lineside_server.rules.signals.declared.lr_peak import LrPeak
from lineside_server.rules.signals.declared.lr_schedule import LrSchedule
from lineside_server.rules.signals.declared.lr_stuck import LrStuck
from lineside_server.rules.signals.declared.step_accounting import StepAccounting

RATES: tuple[type[Rule], ...] = (LrSchedule, LrExhausted, LrStuck, LrPeak)
Plan = dict[str, Any]


@st.composite
def plans(draw: Any) -> Plan:
    """A declared schedule of any kind, with counts that make sense together."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    total = draw(st.integers(30, 400))
    warmup = draw(st.integers(0, total // 3)) if kind != "constant" else 0
    peak = draw(st.floats(1e-6, 1.0))
    plan: Plan = {"kind": kind, "peak": peak, "warmup": warmup, "total": total, "unit": "update"}
    if kind in ("cosine_with_min_lr", "polynomial", "warmup_stable_decay"):
        plan["floor"] = peak * draw(st.sampled_from([0.0, 0.1]))
    if kind == "warmup_stable_decay":
        plan["decay"] = draw(st.integers(1, total // 3))
    if kind == "step":
        plan["every"], plan["gamma"] = draw(st.integers(5, 100)), draw(st.sampled_from([0.1, 0.5]))
    if kind == "polynomial":
        plan["power"] = draw(st.sampled_from([1.0, 2.0]))
    return plan


def rates_of(plan: Plan, units: Any) -> Any:
    schedule = parse_intent({"schedule": plan}).schedule
    assert isinstance(schedule, Schedule)
    rates = declared_rate(schedule, np.maximum(np.asarray(units, np.float64), 0.0))
    assert rates is not None
    return rates


def transitions(
    series: dict[str, Any], intent: Plan, rules: tuple[type[Rule], ...] = RATES, steps: Any = None
) -> list[Transition]:
    """Judge whole; every series has the same steps."""
    examiner = Examiner([rule() for rule in rules], facts_of({}, intent), refine)
    intake = Intake()
    steps = np.asarray(steps, np.int64)
    columns = tuple(Columns(steps, steps * 0.5, {key: np.asarray(values)}) for key, values in series.items())
    intake.take(Arrival("w", 1, columns, (), at=0.0))
    said = examiner.examine(intake.release(0.0, ended=True), ended=True)
    assert not examiner.broken
    examiner.checks()
    return said


@given(
    plan=plans(),
    accumulation=st.sampled_from([1, 2, 4, 16]),
    behind=st.sampled_from([0, 1]),
    begin=st.sampled_from([0.0, 0.4]),
    every=st.sampled_from([1, 3, 10]),
)
@settings(max_examples=100)
def test_a_run_that_keeps_its_declaration_is_quiet(
    plan: Plan, accumulation: int, behind: int, begin: float, every: int
) -> None:
    total = plan["total"]
    steps = np.arange(int(begin * total) * accumulation + 1, total * accumulation + 1, every)
    rates = rates_of(plan, steps // accumulation - behind)
    intent = {"step_unit": "batch", "accumulation": accumulation, "schedule": plan, "total_steps": total * accumulation}
    assert transitions({"lr": rates}, intent, (*RATES, StepAccounting), steps) == []


@given(plan=plans(), behind=st.sampled_from([0, 1]), digits=st.integers(3, 6))
@settings(max_examples=60)
def test_rounding_of_the_log_is_no_fault(plan: Plan, behind: int, digits: int) -> None:
    steps = np.arange(1, plan["total"] + 1)
    place = digits - math.floor(math.log10(plan["peak"])) - 1
    rates = np.round(rates_of(plan, steps - behind), place)
    assert transitions({"lr": rates}, {"step_unit": "update", "schedule": plan}, RATES, steps) == []


@given(plan=plans(), accumulation=st.sampled_from([2, 5]), ragged=st.integers(1, 4), epochs=st.integers(2, 6))
@settings(max_examples=60)
def test_smaller_updates_at_the_ends_of_epochs_are_no_fault(
    plan: Plan, accumulation: int, ragged: int, epochs: int
) -> None:
    updates = math.ceil(plan["total"] / epochs)
    batches = (updates - 1) * accumulation + min(ragged, accumulation)
    plan["total"] = updates * epochs
    steps = np.arange(1, batches * epochs + 1)
    done = [(step // batches) * updates + (step % batches) // accumulation for step in steps.tolist()]
    intent = {
        "step_unit": "batch",
        "accumulation": accumulation,
        "schedule": plan,
        "epochs": epochs,
        "steps_per_epoch": batches,
    }
    assert transitions({"lr": rates_of(plan, done)}, intent, (*RATES, StepAccounting), steps) == []


@given(
    kind=st.sampled_from(["linear", "cosine", "polynomial"]),
    speed=st.sampled_from([2.0, 4.0, 16.0, 1 / 4, 1 / 16]),
    warmup=st.integers(20, 500),
    behind=st.sampled_from([0, 1]),
    peak=st.floats(1e-6, 1.0),
)
@settings(max_examples=60)
def test_a_schedule_at_another_speed_is_found_within_ten_points(
    kind: str, speed: float, warmup: int, behind: int, peak: float
) -> None:
    plan = {"kind": kind, "peak": peak, "warmup": warmup, "total": 10 * warmup, "unit": "update"}
    steps = np.arange(1, 10 * warmup + 1)
    rates = rates_of(plan, speed * (steps - behind))
    fired = [one for one in transitions({"lr": rates}, {"schedule": plan}, (LrSchedule,), steps) if one.kind == "fired"]
    told = first_that_tells(plan, steps, rates)
    assert fired
    assert fired[0].step <= told + 10
    assert fired[0].finding is not None
    assert fired[0].finding.clues["speed"] == pytest.approx(speed, rel=0.1)
    assert fired[0].level == 3


def first_that_tells(plan: Plan, steps: Any, rates: Any) -> int:
    """The first step at which the rate is off at every shift by what the rule calls off."""
    due = np.stack([rates_of(plan, steps + shift) for shift in (-1, 0, 1)])
    low, high = due.min(axis=0), due.max(axis=0)
    nearest = np.clip(rates, low, high)
    apart, greater = np.abs(rates - nearest), np.maximum(rates, nearest)
    by_factor = (greater > 0.002 * plan["peak"]) & (greater >= 1.5 * np.minimum(rates, nearest))
    return int(steps[np.flatnonzero((apart > 0.02 * plan["peak"]) | by_factor)[0]])

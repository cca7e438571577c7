"""lr-exhausted: a rate of nothing where one is due; the ends of schedules and rounded logs are let be."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lineside_server.core.findings import Level
from lineside_server.rules.signals.declared.lr_exhausted import LrExhausted

Judge = Callable[..., Any]
FOUNDING = {
    "total_steps": 74823,
    "step_unit": "batch",
    "accumulation": 16,
    "schedule": {"kind": "linear", "peak": 3e-5, "warmup": 467, "total": 4676, "unit": "update"},
}
COSINE = {"step_unit": "update", "schedule": {"kind": "cosine", "peak": 6e-4, "warmup": 100, "total": 2000}}


def test_zero_in_the_warm_up_is_told_at_update_8(judge: Judge) -> None:
    steps = np.arange(1, 2000)
    judged = judge(LrExhausted, {"lr": (steps, np.zeros(1999))}, intent=FOUNDING)
    (fired,) = judged.fired
    assert (fired.step, fired.level) == (128, Level.CRITICAL)
    assert fired.finding.title == "The learning rate is 0 at update 8, where 5.14e-07 is due"
    newest = judged.newest()[0].finding
    assert newest.observed == {"lr": 0.0, "update": 124}
    assert newest.expected["lr"] == pytest.approx(7.966e-06, rel=1e-4)
    assert newest.formula == "lr due = peak · update 124 / warm-up = 3e-05 · 124 / 467"


def test_a_schedule_that_is_over_too_early_stays_told_to_the_end(judge: Judge, rates: Any) -> None:
    steps = np.arange(1, 2001)
    judged = judge(LrExhausted, {"lr": (steps, rates(COSINE, np.minimum(steps * 4, 2000)))}, intent=COSINE)
    assert [t.kind for t in judged.transitions] == ["fired"]
    assert judged.fired[0].finding.clues["top"] == pytest.approx(6e-4)


def test_it_is_over_when_there_are_rates_again(judge: Judge, rates: Any) -> None:
    steps = np.arange(1, 2001)
    seen = rates(COSINE, steps)
    seen[500:520] = 0.0
    judged = judge(LrExhausted, {"lr": (steps, seen)}, intent=COSINE)
    assert [(t.kind, t.step) for t in judged.transitions] == [("fired", 503), ("resolved", 523)]


@pytest.mark.parametrize("early", [0, 1, 60, 95])
def test_the_last_part_of_a_decay_is_not_judged(judge: Judge, early: int, rates: Any) -> None:
    steps = np.arange(1, 2001)
    schedule = {"kind": "linear", "peak": 6e-4, "warmup": 100, "total": 2000}
    linear = {"schedule": schedule}
    seen = rates({"schedule": {**schedule, "total": 2000 - early}}, steps)
    assert judge(LrExhausted, {"lr": (steps, seen)}, intent=linear).quiet


def test_a_rounded_log_of_a_healthy_run_is_quiet(judge: Judge, rates: Any) -> None:
    steps = np.arange(0, 2001)
    seen = np.round(rates(COSINE, steps + 1), 6)
    config = {"_printed": {"lr": {"decimals": 6, "exponent": False}}}
    assert judge(LrExhausted, {"lr": (steps, seen)}, intent=COSINE, config=config).quiet
    assert judge(LrExhausted, {"lr": (steps, seen)}, intent=COSINE).quiet


@pytest.mark.parametrize(("decimals", "exponent", "quiet"), [(6, False, False), (5, False, True), (2, True, False)])
def test_a_printed_zero_is_as_exact_as_its_format(judge: Judge, decimals: int, exponent: bool, quiet: bool) -> None:
    """Up to update 124 at most 7.97e-6 is due: six decimals would show it, five would not, an exponent always does."""
    steps = np.arange(1, 2000)
    config = {"_printed": {"lr": {"decimals": decimals, "exponent": exponent}}}
    judged = judge(LrExhausted, {"lr": (steps, np.zeros(1999))}, intent=FOUNDING, config=config)
    assert judged.quiet == quiet
    if not quiet:
        text = f"{0.0:.{decimals}{'e' if exponent else 'f'}}"
        assert f"(printed as {text})" in judged.fired[0].finding.title


def test_what_moves_the_weights_is_told_along(judge: Judge) -> None:
    steps = np.arange(1, 400)
    series = {"lr": (steps, np.zeros(399)), "update_norm": (steps, np.full(399, 0.25))}
    assert judge(LrExhausted, series, intent=FOUNDING).fired[0].finding.clues["moves"] == 0.25


def test_the_very_first_point_is_no_fault_and_what_was_looked_at_is_said(judge: Judge, rates: Any) -> None:
    judged = judge(LrExhausted, {"lr": ([1], [0.0])}, intent=FOUNDING)
    assert judged.quiet
    assert judged.check.reason == "No update has come yet at which more than 1% of the peak is due."
    steps = np.arange(1, 3000)
    judged = judge(LrExhausted, {"lr": (steps, rates(FOUNDING, steps // 16))}, intent=FOUNDING)
    assert judged.check.reason.startswith("Where more than 1% of the peak was due the rate was never below 0.013")


def test_without_a_rate_it_is_not_checked(judge: Judge) -> None:
    assert judge(LrExhausted, {"train/loss": ([1], [1.0])}, intent=FOUNDING).check.verdict == "not_checked"

"""The rule of the user's own, on every way to reduce and to compare; the same however the run is cut."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lineside_server.core.findings import Level
from lineside_server.rules.definition import own_params
from lineside_server.rules.own import Own, own_rule

STEPS = range(1000)
RULE = own_rule("mine", "Mine")


def told(**definition: Any) -> Any:
    return own_params({"metric": "x", **definition})


def falling(metric: str = "x", **rest: Any) -> Any:
    """A series that falls from 1 to 0 over 1,000 steps."""
    return {metric: (STEPS, [1 - step / 1000 for step in STEPS]), **rest}


def test_it_fires_where_the_figure_passes_the_value(judge: Any) -> None:
    judged = judge(RULE, falling(), params=told(op="<", value=0.5))
    (fired,) = judged.fired
    assert (fired.step, fired.level, fired.subject) == (501, Level.WARNING, "x")
    assert fired.finding.title == "x is 0.499, below 0.5"
    assert fired.finding.observed == {"x": pytest.approx(0.499)}
    assert fired.finding.expected == {"not below": 0.5}
    assert fired.finding.keys == ("x",)


@pytest.mark.parametrize(
    ("op", "value", "step"),
    [("<", 0.5, 501), ("<=", 0.5, 500), (">", 0.5, 0), (">=", 0.2, 0), ("==", 0.5, 500), ("!=", 1.0, 1)],
)
def test_every_comparison(judge: Any, op: str, value: float, step: int) -> None:
    assert judge(RULE, falling(), params=told(op=op, value=value)).fired[0].step == step


@pytest.mark.parametrize(
    ("reduce", "value", "step"),
    [("mean", 0.5, 505), ("median", 0.5, 505), ("min", 0.5, 501), ("max", 0.5, 510), ("slope", -0.0005, 9)],
)
def test_every_reduction_over_its_window(judge: Any, reduce: str, value: float, step: int) -> None:
    fired = judge(RULE, falling(), params=told(reduce=reduce, window=10, op="<", value=value)).fired[0]
    assert fired.step == step
    assert fired.finding.window == (step - 9, step)


def test_nothing_is_said_before_the_window_is_full(judge: Any) -> None:
    params = told(reduce="mean", window=16, op="<", value=9.0)
    judged = judge(RULE, {"x": (range(15), [1.0] * 15)}, params=params)
    assert judged.quiet
    assert (judged.check.verdict, judged.check.reason) == (
        "not_checked",
        "x has 15 of the 16 points that the window needs.",
    )
    assert judge(RULE, {"x": (range(16), [1.0] * 16)}, params=params).fired[0].step == 15


def test_a_series_over_another_is_their_ratio_as_of_each_step(judge: Any) -> None:
    evals = range(0, 1000, 100)
    series = {"x": (evals, [1 + step / 500 for step in evals]), "train": (STEPS, [1 - step / 2000 for step in STEPS])}
    judged = judge(RULE, series, params=told(over="train", op=">", value=3.0))
    (fired,) = judged.fired
    ratios = [(1 + step / 500) / (1 - step / 2000) for step in evals]
    assert fired.step == next(step for step, ratio in zip(evals, ratios, strict=True) if ratio > 3)
    assert fired.finding.title == f"x / train is {ratios[fired.step // 100]:.4g}, above 3"
    assert fired.finding.keys == ("x", "train")


def test_a_share_is_of_the_other_series(judge: Any) -> None:
    series = {"x": (STEPS, [0.1 + step / 1000 for step in STEPS]), "total": (STEPS, [2.0] * 1000)}
    judged = judge(RULE, series, params=told(over="total", reduce="share", window=20, op=">", value=0.25))
    assert judged.fired[0].step == 410
    assert judged.fired[0].finding.title == "The share of x in total over 20 points is 0.2502, above 0.25"


def test_no_ratio_is_taken_by_nothing(judge: Any) -> None:
    series = {"x": (STEPS, [1.0] * 1000), "total": (STEPS, [0.0] * 1000)}
    judged = judge(RULE, series, params=told(over="total", op=">", value=0.0))
    assert judged.quiet
    assert judged.check.verdict == "not_checked"


def test_it_waits_for_so_long_as_is_said(judge: Any) -> None:
    for span, step in ({"steps": 100}, 601), ({"seconds": 50.0}, 601), ({"evals": 10}, 510):
        assert judge(RULE, falling(), params=told(op="<", value=0.5, **{"for": span})).fired[0].step == step


def test_a_breach_that_is_gone_before_its_time_fires_nothing(judge: Any) -> None:
    values = [0.0 if 100 <= step < 150 else 1.0 for step in STEPS]
    assert judge(RULE, {"x": (STEPS, values)}, params=told(op="<", value=0.5, **{"for": {"steps": 60}})).quiet


def test_it_is_resolved_once_it_is_gone_for_so_long(judge: Any) -> None:
    values = [0.0 if 100 <= step < 150 else 1.0 for step in STEPS]
    judged = judge(RULE, {"x": (STEPS, values)}, params=told(op="<", value=0.5, keep={"steps": 30}))
    assert [(one.kind, one.step) for one in judged.transitions] == [("fired", 100), ("resolved", 180)]


def test_the_severity_and_the_title_are_the_users(judge: Any) -> None:
    judged = judge(RULE, falling(), params=told(op="<", value=0.5, severity="critical", title="Entropy is gone"))
    assert (judged.fired[0].level, judged.fired[0].finding.title) == (Level.CRITICAL, "Entropy is gone")


def test_a_series_that_stays_away_for_so_many_steps(judge: Any) -> None:
    series = {"x": ([0, 100, 200, 800], [1.0] * 4), "train": (STEPS, [1.0] * 1000)}
    judged = judge(RULE, series, params=told(absent=True, **{"for": {"steps": 300}}))
    assert [(one.kind, one.step) for one in judged.transitions] == [("fired", 500), ("resolved", 800)]
    assert judged.fired[0].finding.title == "x has not come for 300 steps, since step 200"
    assert judged.fired[0].finding.window == (200, 500)
    assert judged.check.reason == "x came last at step 800 of 999."


def test_a_series_that_stays_away_for_so_many_seconds(judge: Any) -> None:
    series = {"x": ([0, 100], [1.0] * 2), "train": (STEPS, [1.0] * 1000)}
    judged = judge(RULE, series, params=told(absent=True, **{"for": {"seconds": 100.0}}))
    assert judged.fired[0].step == 300


def test_a_series_that_never_comes_is_absent_from_the_beginning_of_the_run(judge: Any) -> None:
    series = {"train": (range(50, 500), [1.0] * 450)}
    judged = judge(RULE, series, params=told(absent=True, **{"for": {"steps": 300}}))
    assert judged.fired[0].step == 350
    assert judge(RULE, {"train": (range(9), [1.0] * 9)}, params=told(absent=True, **{"for": {"steps": 300}})).quiet


@pytest.mark.parametrize(
    ("series", "reason"),
    [
        ({"y": (range(3), [1.0] * 3)}, 'x is not logged: add `run.log({"x": …})`.'),
        ({"x": (range(3), [1.0] * 3)}, 'total is not logged: add `run.log({"total": …})`.'),
        ({"x": (range(3), [1.0] * 3), "total": (range(3), [math.nan] * 3)}, "x / total is not finite."),
        ({"x": (range(3), [1.0] * 3), "total": (range(3), [1.0] * 3)}, "x / total is 1; it fires above 5."),
    ],
)
def test_it_says_how_it_stands(judge: Any, series: Any, reason: str) -> None:
    assert judge(RULE, series, params=told(over="total", op=">", value=5.0)).check.reason == reason


def test_what_is_not_finite_is_left_out_of_a_window(judge: Any) -> None:
    values = [math.nan if step % 3 else (math.inf if step % 2 else 1.0) for step in STEPS]
    for reduce in ("mean", "median", "min", "max"):
        judged = judge(RULE, {"x": (STEPS, values)}, params=told(reduce=reduce, window=12, op="==", value=1.0))
        assert judged.fired[0].step == 11, reduce


values = st.one_of(st.floats(-10, 10), st.sampled_from([math.nan, math.inf, -math.inf, 1e308, -1e308, 0.0]))
definitions = st.fixed_dictionaries(
    {
        "reduce": st.sampled_from(["last", "mean", "median", "min", "max", "slope"]),
        "op": st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
        "value": st.sampled_from([-1.0, 0.0, 1.0]),
        "for": st.sampled_from([{}, {"steps": 3}, {"evals": 2}, {"seconds": 2.0}]),
    }
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(definitions, st.lists(values, min_size=1, max_size=80), st.lists(values, max_size=60), st.integers(2, 20))
def test_any_series_and_any_rule_are_cut_invariant(judge: Any, rule: Any, x: Any, y: Any, window: int) -> None:
    series = {"x": (range(len(x)), x), "y": (range(3, 3 + len(y)), y)}
    windowed = rule if rule["reduce"] == "last" else rule | {"window": window}
    judge(RULE, series, params=told(**windowed))
    if rule["reduce"] != "slope":
        judge(RULE, series, params=told(**windowed, over="y"))
    judge(RULE, series, params=told(absent=True, **{"for": {"steps": window}}))


def test_a_window_is_the_same_however_long_the_stretch(judge: Any) -> None:
    noise = np.random.default_rng(1).normal(size=6000)
    series = {"x": (range(6000), noise.tolist()), "y": (range(6000), (noise + 3).tolist())}
    for reduce in ("mean", "median", "slope"):
        judge(RULE, series, params=told(reduce=reduce, window=300, op=">", value=0.0))
    judge(RULE, series, params=told(reduce="mean", window=1024, over="y", op=">", value=0.0))


def test_a_rule_has_one_class_however_often_it_is_made() -> None:
    assert own_rule("mine", "Mine") is RULE
    assert own_rule("other", "Mine") is not RULE
    assert issubclass(RULE, Own)
    assert (RULE.id, RULE.family) == ("mine", "user")

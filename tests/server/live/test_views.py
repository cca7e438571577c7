"""What viewers get is strict JSON, and says what is not finite."""

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside_server.core.events import StoredEvent
from lineside_server.core.findings import Cause, Check, Finding
from lineside_server.core.runs import Attempt, Run
from lineside_server.core.series import NonfiniteRun, Summary
from lineside_server.live.views import (
    MOST_HEADLINES,
    alert_view,
    check_view,
    cursor_number,
    cursor_text,
    encode,
    event_view,
    headlines,
    nonfinite_runs,
    points_view,
    run_view,
)

RUN = Run(
    id="alice", project="p", name="Alice", state="running", state_reason=None, created_at=100.0, started_at=100.0,
    ended_at=None, last_event_at=150.0, heard_at=150.0, config={"lr": 1.0}, intent={"total_steps": 100}, tags=("a",),
    notes="", group=None, host=None, attempts=(Attempt(1, 0, 100.0),), last_step=50, last_step_ts=150.0,
    pace=((0, 100.0), (50, 150.0)), spark=(1.0, None), cursor=7, deleted_at=None, stop_requested=False,
)  # fmt: skip


def f64(*values: Any) -> Any:
    return np.array(values, dtype=np.float64)


def test_neighbours_of_a_kind_are_one_run_of_points() -> None:
    values = f64(1, math.nan, math.nan, math.inf, -math.inf, 2, math.nan)
    assert list(nonfinite_runs(np.arange(10, 17), values)) == [
        NonfiniteRun(11, 12, "nan", 2),
        NonfiniteRun(13, 13, "inf", 1),
        NonfiniteRun(14, 14, "-inf", 1),
        NonfiniteRun(16, 16, "nan", 1),
    ]


@given(st.lists(st.sampled_from([0.0, math.nan, math.inf, -math.inf])))
def test_no_point_that_is_not_finite_is_lost_or_doubled(values: Any) -> None:
    found = list(nonfinite_runs(np.arange(len(values)), f64(*values)))
    assert sum(run.count for run in found) == sum(not math.isfinite(value) for value in values)
    assert all(run.last_step - run.step + 1 == run.count for run in found)


def test_points_are_strict_json_with_exact_numbers() -> None:
    view = points_view(np.array([1, 2**62]), f64(0.1, 1759392815.918), f64(7.965738758029979e-06, math.nan))
    told = json.loads(encode(view), parse_constant=pytest.fail)
    assert told["value"] == [7.965738758029979e-06, None]
    assert told["step"] == [1, 2**62]
    assert told["ts"] == [0.1, 1759392815.918]
    assert told["nonfinite"] == [{"step": 2**62, "last_step": 2**62, "kind": "nan", "count": 1}]


def test_a_run_tells_its_progress_and_its_roles() -> None:
    summary = {"lr": Summary(1e-5, 50, 0.0, 1e-5, 51, 0), "train/loss": Summary(math.nan, 50, 1.0, 2.0, 51, 1)}
    told = json.loads(encode(run_view(RUN, summary)))
    assert told["progress"] == {"step": 50, "total_steps": 100, "fraction": 0.5, "steps_per_s": 1.0, "eta_s": 50.0}
    assert told["roles"] == {"lr": "lr", "train/loss": "train.loss"}
    assert told["summary"]["train/loss"] == {
        "last": None, "last_step": 50, "min": 1.0, "max": 2.0, "count": 51, "nonfinite": 1,
    }  # fmt: skip
    assert told["update"] == {"done": 50, "total": 100}
    assert told["health"]["verdict"] == "unknown"
    assert told["deleted"] is False


def test_a_logged_update_is_the_update() -> None:
    told = json.loads(encode(run_view(RUN, {"update": Summary(3.0, 50, 0.0, 3.0, 51, 0)})))
    assert told["update"]["done"] == 3


def test_nothing_in_an_event_passes_for_its_id() -> None:
    event = StoredEvent(5, "note", 3, 1.0, {"text": "<b>", "id": "mine", "type": "finish", "step": 9})
    assert event_view(event) == {"id": "5", "type": "note", "step": 3, "ts": 1.0, "text": "<b>"}


def test_an_alert_is_told_as_it_stands(make: Any) -> None:
    causes = (Cause("c", 0.9, "Because.", {"r": 6.1}),)
    finding = Finding("Odd", {"r": 6.1, "odd": math.nan}, {"r": 1.0}, (0, 9), ("a", "b"), "r = a / b", {"n": 1}, causes)
    alert = make.alert("alice", finding=replace(finding, actions=("Mend it.",), cannot_tell="Why."), parent="root")
    told = json.loads(encode(alert_view(alert)), parse_constant=pytest.fail)
    assert told == {
        "id": "a", "run_id": "alice", "rule": "odd", "subject": "run", "parent": "root", "severity": "warning",
        "state": "firing", "acknowledged": None, "silenced_until": None, "opened_step": 9, "opened_at": 4.5,
        "last_step": 9, "resolved_step": None, "resolved_at": None, "reason": None, "title": "Odd",
        "evidence": {
            "observed": {"r": 6.1, "odd": None}, "expected": {"r": 1.0}, "window": {"from_step": 0, "to_step": 9},
            "keys": ["a", "b"], "formula": "r = a / b",
        },
        "causes": [{"id": "c", "fit": 0.9, "explanation": "Because.", "evidence": {"r": 6.1}}],
        "actions": ["Mend it."], "cannot_tell": "Why.",
    }  # fmt: skip


def test_a_check_tells_of_its_failure_where_there_is_one() -> None:
    assert check_view(Check("odd", "passing", "All is well.")) == {
        "rule": "odd",
        "verdict": "passing",
        "reason": "All is well.",
    }
    assert check_view(Check("odd", "not_checked", "It failed.", "KeyError: x"))["broken"] == "KeyError: x"


def test_a_cursor_is_good_for_its_own_run_alone() -> None:
    keys = frozenset({"a"})
    assert cursor_number(cursor_text(RUN), RUN, keys) == 7
    assert cursor_number(cursor_text(RUN, 5, keys), RUN, keys) == 5
    assert cursor_number(cursor_text(RUN, 5, keys), RUN, frozenset({"b"})) is None, "another viewer's"
    assert cursor_number(cursor_text(RUN), replace(RUN, created_at=200.0), keys) is None, "a later run's"


@given(st.text() | st.none())
def test_any_text_may_come_as_a_cursor(text: Any) -> None:
    number = cursor_number(text, RUN, frozenset())
    assert number is None or number >= 0


def test_a_list_tells_of_the_headline_series_alone() -> None:
    one = Summary(1.0, 1, 1.0, 1.0, 1, 0)
    summary = dict.fromkeys(["train/loss", "eval/loss", "train/kd_loss", "lr", "mine"], one)
    assert set(headlines(RUN, summary)) == {"train/loss", "eval/loss", "lr"}
    assert len(headlines(RUN, dict.fromkeys([f"g{i}/lr" for i in range(1000)], one))) == MOST_HEADLINES

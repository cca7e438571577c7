"""Each fault is refused by itself and named; everything else is kept."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside_server.core.events import NO_STEP, Batch
from lineside_server.ingest.accept import accept
from lineside_server.ingest.decode import BadLine, RawBatch
from lineside_server.ingest.words import KINDS

NOW = 500.0


def take(*events: object) -> Batch:
    return accept(RawBatch("w", 1, list(events)), NOW)


def metrics(step: object = 1, **values: object) -> dict[str, Any]:
    return {"type": "metrics", "step": step, "values": values}


def columns(steps: object, **values: object) -> dict[str, Any]:
    return {"type": "columns", "steps": steps, "columns": values}


def refusals(batch: Batch) -> list[tuple[int, str | None]]:
    return [(refused.index, refused.key) for refused in batch.rejected]


def told(batch: Batch) -> list[tuple[list[int], dict[str, list[float]]]]:
    return [(c.steps.tolist(), {key: v.tolist() for key, v in c.values.items()}) for c in batch.columns]


def test_metrics_of_the_same_keys_are_gathered() -> None:
    batch = take(metrics(1, a=1, b=2.5), metrics(2, a=3, b=4), metrics(2, a=5), metrics(3, a=6, b=7))
    assert told(batch) == [
        ([1, 2], {"a": [1.0, 3.0], "b": [2.5, 4.0]}),
        ([2], {"a": [5.0]}),
        ([3], {"a": [6.0], "b": [7.0]}),
    ]
    assert (batch.accepted, batch.rejected, [c.index for c in batch.columns]) == (4, (), [0, 2, 3])


def test_columns_are_kept_as_they_are_and_in_order() -> None:
    batch = take(metrics(9, a=0.0), columns([1, 2], a=[1.0, 2.0], b=[3, 4]), metrics(9, a=5.0))
    assert told(batch) == [
        ([9], {"a": [0.0]}),
        ([1, 2], {"a": [1.0, 2.0], "b": [3.0, 4.0]}),
        ([9], {"a": [5.0]}),
    ]


def test_non_finite_values_have_names() -> None:
    batch = take(metrics(1, a="nan", b="inf", c="-inf"), columns([2], a=["nan"], b=["inf"], c=["-inf"]))
    for block in batch.columns:
        assert math.isnan(block.values["a"][0])
        assert (block.values["b"][0], block.values["c"][0]) == (math.inf, -math.inf)
    assert batch.rejected == ()


def test_null_is_a_missing_value() -> None:
    batch = take(columns([1, 2, 3], a=[1.0, None, 3.0], b=[1.0, 2.0, 3.0], c=[None, None, None], d=[4.0, None, 6.0]))
    assert told(batch) == [([1, 2, 3], {"b": [1.0, 2.0, 3.0]}), ([1, 3], {"a": [1.0, 3.0], "d": [4.0, 6.0]})]
    assert (told(take(metrics(1, a=None, b=1))), batch.rejected, batch.accepted) == ([([1], {"b": [1.0]})], (), 1)


@pytest.mark.parametrize("bad", [True, "x", "NaN", "", [1], {}, 10**400, "1e999"])
def test_a_bad_value_is_refused_by_itself(bad: object) -> None:
    batch = take(metrics(1, a=bad, b=2.0), columns([1, 2], a=[bad, 1.0], b=[3.0, 4.0]))
    assert told(batch) == [([1], {"b": [2.0]}), ([1, 2], {"b": [3.0, 4.0]}), ([2], {"a": [1.0]})]
    assert (refusals(batch), batch.accepted) == ([(0, "a"), (1, "a")], 2)
    assert "(entry 0)" in batch.rejected[1].reason


@pytest.mark.parametrize("bad", [-1, 2**63, 1.5, "3", True, [1], math.inf])
def test_a_bad_step_is_refused_by_itself(bad: object) -> None:
    batch = take(metrics(bad, a=1), metrics(2, a=1), columns([bad, 4], a=[1.0, 2.0]))
    assert told(batch) == [([2], {"a": [1.0]}), ([4], {"a": [2.0]})]
    assert (refusals(batch), batch.accepted) == ([(0, None), (2, None)], 2)
    assert "is not a step" in batch.rejected[0].reason


def test_whole_floats_are_steps_and_the_largest_step_is_one() -> None:
    batch = take(metrics(3.0, a=1), columns([4.0, 2**63 - 1], a=[1.0, 2.0]))
    assert [c.steps.tolist() for c in batch.columns] == [[3], [4, 2**63 - 1]]


def test_a_missing_step_is_left_to_the_store() -> None:
    batch = take({"type": "metrics", "values": {"a": 1}}, columns([5, None], b=[1.0, 2.0]))
    assert [c.steps.tolist() for c in batch.columns] == [[NO_STEP], [5, NO_STEP]]


def test_a_column_of_the_wrong_length_is_refused_by_itself() -> None:
    batch = take(columns([1, 2], a=[1.0], b=[1.0, 2.0], c=7, d=b"12345678"))
    assert told(batch) == [([1, 2], {"b": [1.0, 2.0]})]
    assert refusals(batch) == [(0, "a"), (0, "c"), (0, "d")]
    assert batch.rejected[0].reason == "it has 1 entries for 2 steps"


def test_columns_without_steps_are_refused_whole() -> None:
    batch = take(
        {"type": "columns", "columns": {"a": [1.0]}}, columns([1], a=[1.0]) | {"columns": 5}, columns([], a=[])
    )
    assert (refusals(batch), batch.accepted, batch.columns) == ([(0, None), (1, None)], 1, ())


def test_packed_columns_keep_every_bit() -> None:
    odd = np.array([0x7FF8000000000001, 0x8000000000000000], np.uint64).view(np.float64)
    event = columns(np.array([1, 2]).tobytes(), a=odd.tobytes()) | {"ts": np.array([7.0, 8.0]).tobytes()}
    (block,) = take(event).columns
    assert (block.steps.tolist(), block.times.tolist()) == ([1, 2], [7.0, 8.0])
    assert block.values["a"].view(np.uint64).tolist() == odd.view(np.uint64).tolist()
    assert refusals(take(columns(np.array([-5, 2]).tobytes(), a=odd.tobytes()))) == [(0, None)]
    assert refusals(take(columns(b"123", a=odd.tobytes()))) == [(0, None)]


def test_a_missing_time_is_the_time_of_receipt() -> None:
    batch = take(metrics(1, a=1), metrics(2, a=1) | {"ts": 7}, columns([3, 4], a=[1.0, 2.0]) | {"ts": [9.5, None]})
    assert [c.times.tolist() for c in batch.columns] == [[NOW, 7.0], [9.5, NOW]]
    assert batch.told_at == 9.5
    assert take(metrics(1, a=1)).told_at is None


@pytest.mark.parametrize("bad", ["x", math.nan, math.inf, True, [1], 10**400])
def test_a_bad_time_is_refused(bad: object) -> None:
    batch = take(
        metrics(1, a=1) | {"ts": bad}, columns([3], a=[1.0]) | {"ts": [bad]}, columns([4], a=[1.0]) | {"ts": []}
    )
    assert refusals(batch) == [(0, None), (1, "ts"), (2, "ts")]
    assert [c.times.tolist() for c in batch.columns] == [[NOW], [NOW]]


@pytest.mark.parametrize("key", ["", "x" * 257, "a\nb", "a\x7f", "a\x00", "\ud800"])
def test_a_bad_key_is_refused_by_itself(key: str) -> None:
    batch = take(metrics(1, **{key: 1.0, "b": 2.0}), columns([1], **{key: [1.0], "b": [2.0]}))
    assert [list(c.values) for c in batch.columns] == [["b"], ["b"]]
    assert refusals(batch) == [(0, key), (1, key)]
    assert take({"type": "metrics", "step": 1, "values": {7: 1.0}}).rejected[0].reason == "a key must be a string"


@pytest.mark.parametrize("key", ["a", "train/épée 🚂", "x" * 256, "a b/c", "🚂" * 256])
def test_a_good_key_is_kept(key: str) -> None:
    assert list(take(metrics(1, **{key: 1.0})).columns[0].values) == [key]


@pytest.mark.parametrize(
    "event", [None, 7, "metrics", [], {}, {"type": "start"}, {"type": 5}, {"type": ["x"]}, BadLine("no")]
)
def test_what_is_no_event_is_refused_by_itself(event: object) -> None:
    batch = take(event, metrics(1, a=1))
    assert (refusals(batch), batch.accepted) == ([(0, None)], 1)


GOOD: list[dict[str, Any]] = [
    {"type": "nonfinite", "step": 3, "component": "train/kd_loss", "value": "nan", "action": "skipped_step"},
    {"type": "system", "values": {"host/rss_bytes": 5, "gpu/util": None, "x": "nan"}},
    {"type": "note", "step": 3, "text": "hello"},
    {"type": "checkpoint", "step": 3, "path": "/x"},
    {"type": "epoch", "step": 3, "epoch": 1},
    {"type": "log", "level": "error", "text": "line"},
    {"type": "alert", "title": "t", "text": "x", "level": "critical"},
    {"type": "gap", "from_step": 3, "to_step": 9, "records": 7},
    {"type": "config", "config": {"lr": 1}},
    {"type": "intent", "intent": {"epochs": 3}},
    {"type": "heartbeat"},
    {"type": "finish", "status": "failed", "error": "boom"},
]


@pytest.mark.parametrize("event", GOOD, ids=lambda event: event["type"])
def test_every_kind_of_event_is_taken(event: dict[str, Any]) -> None:
    (kept,) = take(event | {"ts": 77.0}).events
    body = {key: value for key, value in event.items() if key not in {"type", "step"}}
    assert (kept.type, kept.step, kept.ts, dict(kept.body)) == (event["type"], event.get("step"), 77.0, body)


def test_every_kind_is_covered() -> None:
    assert {event["type"] for event in GOOD} == set(KINDS)


@pytest.mark.parametrize(
    "event",
    [
        {"type": "nonfinite", "step": 1, "component": "a", "value": "big"},
        {"type": "nonfinite", "step": 1, "component": "a", "value": "nan", "action": "wept"},
        {"type": "nonfinite", "component": "a", "value": "nan"},
        {"type": "nonfinite", "step": 1, "component": "", "value": "nan"},
        {"type": "system", "values": {"a": "x"}},
        {"type": "system"},
        {"type": "note", "step": 1},
        {"type": "note", "step": -1, "text": "x"},
        {"type": "note", "text": 5},
        {"type": "checkpoint", "path": None},
        {"type": "epoch", "epoch": "one"},
        {"type": "epoch", "epoch": True},
        {"type": "log"},
        {"type": "alert", "text": "no title"},
        {"type": "gap", "records": "many"},
        {"type": "gap", "records": 1, "from_step": -1},
        {"type": "config", "config": 5},
        {"type": "finish", "status": "exploded"},
        {"type": "finish"},
        {"type": "finish", "status": "failed", "error": 5},
        {"type": "note", "text": "x", "blob": b"bytes"},
        {"type": "note", "text": "\ud800"},
        {"type": "config", "config": {5: 1}},
    ],
)
def test_an_event_that_is_not_as_documented_is_refused(event: dict[str, Any]) -> None:
    batch = take(event, metrics(1, a=1))
    assert (refusals(batch), batch.accepted, batch.events) == ([(0, None)], 1, ())


def test_deep_nesting_is_refused() -> None:
    deep: Any = 1
    for _ in range(100):
        deep = [deep]
    assert "deeply" in take({"type": "config", "config": {"x": deep}}).rejected[0].reason


def test_a_declaration_may_stand_in_the_event_itself() -> None:
    assert take({"type": "config", "lr": 1, "ts": 5}).events[0].body == {"config": {"lr": 1}}


def test_non_finite_numbers_in_bodies_become_names() -> None:
    batch = take(
        {"type": "nonfinite", "step": 1, "component": "a", "value": math.nan}, {"type": "config", "x": [math.inf]}
    )
    assert batch.events[0].body == {"component": "a", "value": "nan", "action": "none"}
    assert batch.events[1].body == {"config": {"x": ["inf"]}}


def test_refusals_beyond_a_thousand_are_counted() -> None:
    batch = take(*[{"type": "x"}] * 5000)
    assert len(batch.rejected) == 1001
    assert (batch.rejected[-1].index, batch.rejected[-1].reason) == (1000, "and 4000 more refusals from here on")


anything: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.binary(max_size=9)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=6,
)
event = st.fixed_dictionaries(
    {"type": st.sampled_from(["metrics", "columns", *KINDS])},
    optional=dict.fromkeys(
        ("step", "ts", "values", "steps", "columns", "text", "status", "config", "component", "value"), anything
    ),
)


@given(st.lists(event, max_size=5))
def test_anything_is_either_kept_or_refused_and_never_harms_its_neighbour(events: list[dict[str, Any]]) -> None:
    batch = take(*events, metrics(7, good=1.0))
    assert batch.accepted + len({refused.index for refused in batch.rejected}) >= len(events) + 1
    assert batch.columns[-1].values["good"][-1] == 1.0
    for block in batch.columns:
        assert all(len(column) == len(block.steps) == len(block.times) for column in block.values.values())
        assert np.isfinite(block.times).all()
        assert (block.steps >= NO_STEP).all()

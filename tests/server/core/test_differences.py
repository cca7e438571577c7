"""Nested declarations are compared leaf by leaf, whatever they hold and in whatever order they come."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside_server.core.differences import DEEPEST, differences, leaves_of

NESTED = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.text(max_size=3),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(max_size=3), parts, max_size=3),
    max_leaves=12,
)
DECLARED = st.dictionaries(st.text(max_size=3), NESTED, max_size=5)


def told(*sides: Any) -> dict[str, Any]:
    found = differences({chr(ord("a") + place): side for place, side in enumerate(sides)})
    return {row.path: dict(row.values) for row in found.rows}


@given(DECLARED)
def test_what_is_compared_with_itself_differs_in_nothing(declared: Any) -> None:
    found = differences({"a": declared, "b": declared})
    assert found.rows == ()
    assert found.equal == len(leaves_of(declared))
    assert found.same.keys() == leaves_of(declared).keys()


@given(st.lists(DECLARED, min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_the_sides_does_not_matter(sides: Any, random: Any) -> None:
    named = list(enumerate(sides))
    before = differences({str(place): side for place, side in named})
    random.shuffle(named)
    after = differences({str(place): side for place, side in named})
    assert [row.path for row in after.rows] == [row.path for row in before.rows]
    assert after.equal == before.equal
    assert repr([sorted(row.values.items()) for row in after.rows]) == repr(
        [sorted(row.values.items()) for row in before.rows]
    )


@given(st.lists(DECLARED, min_size=2, max_size=4))
def test_every_path_is_equal_or_differs(sides: Any) -> None:
    found = differences({str(place): side for place, side in enumerate(sides)})
    paths = {path for side in sides for path in leaves_of(side)}
    assert len(paths) == found.equal + len(found.rows)
    assert [row.path for row in found.rows] == sorted({row.path for row in found.rows})


@given(DECLARED)
def test_no_two_places_share_a_path(declared: Any) -> None:
    def count(value: Any, is_root: bool) -> int:
        if isinstance(value, dict) and value:
            return sum(count(part, False) for part in value.values())
        if isinstance(value, list) and any(isinstance(part, dict | list) for part in value):
            return sum(count(part, False) for part in value)
        return 0 if is_root else 1

    assert len(leaves_of(declared)) == count(declared, True)


@pytest.mark.parametrize(
    ("one", "other", "rows"),
    [
        ({"lr": 1}, {"lr": 1.0}, {}),
        ({"lr": 1}, {"lr": True}, {"lr": {"a": 1, "b": True}}),
        ({"lr": 1}, {"lr": "1"}, {"lr": {"a": 1, "b": "1"}}),
        ({"lr": None}, {}, {"lr": {"a": None}}),
        ({"lr": None}, {"lr": 0}, {"lr": {"a": None, "b": 0}}),
        ({"x": math.nan}, {"x": float("nan")}, {}),
        ({"x": [math.nan]}, {"x": [-math.nan]}, {}),
        ({"x": math.nan}, {"x": math.inf}, {"x": {"a": math.nan, "b": math.inf}}),
        ({"x": {"y": {"z": 1}}}, {"x": {"y": {"z": 2}}}, {"x.y.z": {"a": 1, "b": 2}}),
        ({"x": [1, 2]}, {"x": [1, 3]}, {"x": {"a": [1, 2], "b": [1, 3]}}),
        ({"x": [{"y": 1}, {"y": 2}]}, {"x": [{"y": 1}, {"y": 3}]}, {"x[1].y": {"a": 2, "b": 3}}),
        ({"x": {}}, {"x": []}, {"x": {"a": {}, "b": []}}),
        ({"x": {"a.b": 1}}, {"x": {"a": {"b": 1}}}, {"x.a.b": {"b": 1}, 'x["a.b"]': {"a": 1}}),
        ({"x": (1, 2)}, {"x": [1, 2]}, {}),
        ({"x": {"a": 1, "b": 2}}, {"x": {"b": 2, "a": 1}}, {}),
        ({}, None, {}),
    ],
)
def test_what_differs(one: Any, other: Any, rows: Any) -> None:
    assert repr(told(one, other)) == repr(rows)
    assert {path: sorted(values) for path, values in told(other, one).items()} == {
        path: sorted({"a": "b", "b": "a"}[side] for side in values) for path, values in rows.items()
    }


def test_what_is_nested_beyond_all_measure_is_compared_as_a_whole() -> None:
    def nested(depth: int, leaf: Any) -> Any:
        return leaf if depth == 0 else {"x": nested(depth - 1, leaf)}

    [(path, values)] = told(nested(60, 1), nested(60, 2)).items()
    assert path == ".".join("x" * DEEPEST)
    assert values == {"a": nested(60 - DEEPEST, 1), "b": nested(60 - DEEPEST, 2)}
    assert told(nested(60, 1), nested(60, 1)) == {}


def test_three_sides_differ_where_one_does() -> None:
    assert told({"x": 1, "y": 1}, {"x": 1, "y": 1}, {"x": 2, "y": 1}) == {"x": {"a": 1, "b": 1, "c": 2}}

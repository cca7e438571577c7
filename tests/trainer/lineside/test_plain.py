"""Configs of any make become strict JSON."""

import argparse
import dataclasses
import datetime as dt
import enum
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside._plain import plain


@dataclasses.dataclass
class Shape:
    layers: int
    path: Path


class Pair(NamedTuple):
    a: int
    b: str


class Colour(enum.Enum):
    RED = "red"


class Hostile:
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # pytest asks every parameter for its name
            raise AttributeError(name)
        raise RuntimeError(name)

    def __repr__(self) -> str:
        raise RuntimeError("repr")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ((1, 2), [1, 2]),
        (Path("a/b"), "a/b"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (np.float32(0.5), 0.5),
        (np.float64("inf"), "inf"),
        (np.int64(3), 3),
        (np.array([1, 2]), [1, 2]),
        (np.zeros(5_000), "<ndarray of 5000 values>"),
        (Shape(2, Path("x")), {"layers": 2, "path": "x"}),
        (argparse.Namespace(lr=1e-3), {"lr": 1e-3}),
        (SimpleNamespace(a=1), {"a": 1}),
        (Pair(1, "x"), {"a": 1, "b": "x"}),
        (Colour.RED, "red"),
        ({3, 1, 2}, [1, 2, 3]),
        (dt.date(2026, 1, 2), "2026-01-02"),
        ({1: {"x": None}}, {"1": {"x": None}}),
        (1 << 70, str(1 << 70)),
        (json.dumps, "json.dumps"),
        (Hostile(), "<Hostile>"),
        (True, True),
        ("http://bob:pw@host/x", "http://[redacted]@host/x"),
    ],
)
def test_values(value: Any, expected: Any) -> None:
    assert plain(value) == expected


def test_secrets_are_hidden_and_remembered() -> None:
    hidden: set[str] = set()
    value = {"db": {"password": "hunter2hunter2", "host": "x"}, "token": "abcdefgh", "max_tokens": 5}
    expected = {"db": {"password": "[redacted]", "host": "x"}, "token": "[redacted]", "max_tokens": 5}
    assert plain(value, hidden) == expected
    assert hidden == {"hunter2hunter2", "abcdefgh"}


def test_a_circle_ends() -> None:
    circle: dict[str, Any] = {}
    circle["me"] = circle
    json.dumps(plain(circle), allow_nan=False)


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner) | st.tuples(inner, inner),
))  # fmt: skip
def test_whatever_it_is_json_can_carry_it(value: Any) -> None:
    json.dumps(plain(value), allow_nan=False)

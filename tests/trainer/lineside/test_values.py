"""Numbers of any make become doubles; the rest is refused by itself."""

import struct
import warnings
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside._values import as_step, key_problem, scalar, sift


class Tensor:
    """Has one number, and warns (an error here) when it is taken otherwise than by `item`."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def item(self) -> Any:
        return self.value

    def __float__(self) -> float:
        warnings.warn("use item()", UserWarning, stacklevel=2)
        return float(self.value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, 1.0), (True, 1.0), (np.float32(0.5), 0.5), (np.array([[2.0]]), 2.0), (Tensor(3), 3.0), (Decimal("1.5"), 1.5),
     (Fraction(1, 4), 0.25), (Tensor(Decimal(2)), 2.0)],
)  # fmt: skip
def test_scalars(value: Any, expected: float) -> None:
    assert scalar(value) == expected


@pytest.mark.parametrize("value", ["1.5", b"1", None, [1.0], np.array([1.0, 2.0]), Tensor("x"), 1j, {}, 10**400])
def test_what_is_not_one_number(value: Any) -> None:
    kept, refused = sift({"a": 1, "b": value, "c": 2})
    assert kept == {"a": 1.0, "c": 2.0}
    assert list(refused) == ([] if isinstance(value, dict) else ["b"])


@given(st.floats())
def test_floats_keep_their_bits(value: float) -> None:
    assert struct.pack("<d", scalar(value)) == struct.pack("<d", value)


def test_nested_mappings_are_joined() -> None:
    assert sift({"train": {"loss": 1, "parts": {"kd": 2}}, "lr": 3})[0] == {
        "train/loss": 1,
        "train/parts/kd": 2,
        "lr": 3,
    }


@pytest.mark.parametrize("key", ["", "x" * 257, "a\nb", "a\x7f", "a\udc80", 3, None, ("a",)])
def test_bad_keys(key: Any) -> None:
    assert key_problem(key)
    assert sift({key: 1.0, "ok": 2.0})[0] == {"ok": 2.0}


@pytest.mark.parametrize("key", ["a", "x" * 256, "Verlust/ä/🚂👩‍🔧", " "])
def test_good_keys(key: str) -> None:
    assert key_problem(key) is None


def test_steps() -> None:
    assert [as_step(step) for step in (0, 7, np.int64(3), Tensor(4), 5.0, (1 << 63) - 1)] == [
        0,
        7,
        3,
        4,
        5,
        (1 << 63) - 1,
    ]
    for bad in (-1, 1 << 63, 1.5, "3", None, float("nan")):
        with pytest.raises((TypeError, ValueError)):
            as_step(bad)


def test_what_is_no_mapping() -> None:
    kept, refused = sift([1, 2])
    assert kept == {}
    assert "takes a mapping" in next(iter(refused.values()))

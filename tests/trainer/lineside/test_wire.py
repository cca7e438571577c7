"""What the small encoder packs, a real decoder reads."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside._wire import pack

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(), inner, max_size=20),
)


@given(VALUES)
def test_values_come_back(value: Any) -> None:
    assert msgspec.msgpack.decode(pack(value)) == value


@pytest.mark.parametrize("size", [0, 15, 16, 31, 32, 255, 256, 65_535, 65_536])
def test_every_length_has_its_head(size: int) -> None:
    for value in ("x" * size, b"x" * size, [1] * size, {str(each): each for each in range(size)}):
        assert msgspec.msgpack.decode(pack(value)) == value


def test_a_lone_surrogate_becomes_a_question_mark() -> None:
    assert msgspec.msgpack.decode(pack("a\udc80")) == "a?"


def test_other_types_are_refused() -> None:
    with pytest.raises(TypeError):
        pack({1, 2})

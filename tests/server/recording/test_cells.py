"""Cells as numbers, and how exactly numbers were printed."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside_server.recording.cells import Printed, number


def printed(*cells: str) -> Any:
    how = Printed()
    for cell in cells:
        how.take([cell], np.array([number(cell)], np.float64))
    return how.told()


@pytest.mark.parametrize("cell", ["1_000", "1,5", "0x10", "85%", "1 000", "12:30", "1.2.3", "one", "1#", "--1"])
def test_what_looks_like_a_number_only_to_some_is_none(cell: str) -> None:
    with pytest.raises(ValueError, match=cell):
        number(cell)


@pytest.mark.parametrize("cell", ["", "-", "NA", "n/a", "None", "null", "<NA>", "#N/A"])
def test_words_for_nothing_are_blank(cell: str) -> None:
    assert number(cell) is None


def test_a_decimal_comma_is_read_only_where_it_is_allowed() -> None:
    assert number("1,5", comma=True) == 1.5
    assert number("-,5e-1", comma=True) == -0.05
    with pytest.raises(ValueError, match="1,000,000"):
        number("1,000,000", comma=True)


@given(st.floats())
def test_every_float_is_read_back(value: float) -> None:
    read = number(repr(value))
    assert read is not None
    assert (read == value) or (math.isnan(read) and math.isnan(value))


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (("0.000000", "0.000000"), (6, False)),  # a fixed format: a zero that was rounded
        (("0.00e+00", "0.00e+00"), (2, True)),  # an exact zero
        (("7.96e-06", "3.00E-05", "0.00e+00"), (2, True)),
        (("1e-06", "0.000171", "0.0"), (6, False)),
        (("1.5e-06", "17.1"), (7, False)),
        (("25.5062", "21.84", "3"), (4, False)),
        (("3.0", "2.0"), (1, False)),
        (("10", "20"), (0, False)),
        (("1E+10", "1.5e+3"), (1, True)),
        (("nan", "1.25", "2.5"), (2, False)),
    ],
)
def test_most_decimals_as_printed_and_exponents(cells: Any, told: Any) -> None:
    assert printed(*cells) == {"decimals": told[0], "exponent": told[1]}


def test_an_exponent_without_end_is_no_trouble() -> None:
    cells = ["1e" + "9" * 5000, "1.5e-3", "2e-3", "1e-" + "9" * 5000]
    how = Printed()
    how.take(cells, np.array(list(map(float, cells))))
    assert how.told() == {"decimals": 1, "exponent": True}


@pytest.mark.parametrize(
    "cells",
    [
        (),
        ("nan",),
        ("0.0002", "0.0002"),
        ("1e-05", "1e-05"),
        ("0.1234567890123", "2.5"),
        ("1.2345678901234e-5", "1e-5"),
    ],
)
def test_nothing_is_told_where_nothing_shows(cells: Any) -> None:
    assert printed(*cells) is None


@given(st.lists(st.floats(min_value=-1e6, max_value=1e6), min_size=2, unique=True), st.integers(1, 9))
def test_a_fixed_format_shows_its_decimals(values: list[float], decimals: int) -> None:
    cells = [f"{value:.{decimals}f}" for value in values]
    told = printed(*cells)
    assert told is None or told == {"decimals": decimals, "exponent": False}
    assert told is not None or len({float(cell) for cell in cells}) == 1

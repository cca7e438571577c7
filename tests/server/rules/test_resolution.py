"""The step of a series: as printed, as its shortest decimals have it, or as 16-bit numbers do."""

from typing import Any

import numpy as np
import pytest

from lineside_server.rules.resolution import IN_FULL, Printed, decimals_of, printed_of, resolution


@pytest.mark.parametrize(
    ("value", "decimals"),
    [(0.0, 0), (15.0, 0), (15.5268, 4), (3e-05, 5), (7.5e-06, 7), (-0.25, 2), (1e22, 0), (0.1 + 0.2, IN_FULL)],
)
def test_the_decimals_of_a_value_are_those_of_its_shortest_form(value: float, decimals: int) -> None:
    assert decimals_of(value) == decimals


def test_rounded_values_have_a_step_and_full_ones_none() -> None:
    values = np.linspace(2.0, 3.0, 50) ** 0.5
    assert resolution(values) == 0.0
    assert resolution(np.round(values, 3)) == pytest.approx(1e-3)
    assert resolution(np.append(np.round(values, 3), np.nan)) == pytest.approx(1e-3)


def test_too_few_different_values_say_nothing() -> None:
    assert resolution(np.full(300, 2e-4)) == 0.0
    assert resolution(np.zeros(300)) == 0.0
    assert resolution(np.empty(0)) == 0.0


@pytest.mark.parametrize(("bits", "step"), [(8, 2.0**-6), (11, 2.0**-9)])
def test_sixteen_bit_numbers_have_their_quantum(bits: int, step: float) -> None:
    """Between 2 and 4 bfloat16 counts in 64ths and float16 in 512ths."""
    fractions, exponents = np.frexp(np.linspace(2.1, 3.9, 100) ** 1.01)
    values = np.ldexp(np.round(fractions * 2.0**bits) / 2.0**bits, exponents)
    assert resolution(values) == step


@pytest.mark.parametrize(
    ("printed", "value", "step", "text"),
    [
        (Printed(6), 7.97e-6, 1e-6, "0.000008"),
        (Printed(2, exponent=True), 7.966e-6, 1e-8, "7.97e-06"),
        (Printed(2, exponent=True), 0.0, 0.0, "0.00e+00"),
    ],
)
def test_a_format_says_how_fine_it_is(printed: Printed, value: float, step: float, text: str) -> None:
    assert printed.step(value) == pytest.approx(step)
    assert printed.text(value) == text
    assert resolution(np.full(20, 7.97e-6), printed) == pytest.approx(printed.step(7.97e-6))


@pytest.mark.parametrize("told", [None, 3, {}, {"lr": 3}, {"lr": {"decimals": "6"}}, {"lr": {"decimals": -1}}])
def test_what_is_not_said_in_the_right_form_is_not_said(told: Any) -> None:
    assert printed_of({"_printed": told}, "lr") is None
    assert printed_of({"_printed": {"lr": {"decimals": 6, "exponent": False}}}, "lr") == Printed(6)

"""The fit of a prediction: one where it is met, less where it is off, and less the wider it was."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside_server.core.fit import closeness

FIGURES = st.floats(1e-6, 1e6)


def test_the_founding_figures() -> None:
    assert closeness(6.12, 5.18, 6.58) == pytest.approx(0.88, abs=0.001)
    assert closeness(4.7, 4.443, 5.358) == pytest.approx(0.91, abs=0.005)
    assert closeness(6.12, 4.0) == pytest.approx(0.0001, abs=0.00003)


@given(FIGURES)
def test_a_figure_that_is_met_fits_fully(figure: float) -> None:
    assert closeness(figure, figure) == 1.0


@given(FIGURES, FIGURES, st.floats(1.0, 5.0))
def test_it_is_a_part_of_one_and_a_wider_prediction_is_worth_less(observed: float, low: float, width: float) -> None:
    assert 0 <= closeness(observed, low, low * width) <= 1
    assert closeness(low, low, low * width) <= closeness(low, low)


@pytest.mark.parametrize("figure", [0.0, -1.0, math.nan, math.inf])
def test_figures_without_a_ratio_fit_nothing(figure: float) -> None:
    assert closeness(figure, 1.0) == 0.0
    assert closeness(1.0, figure) == 0.0

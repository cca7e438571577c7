"""Theil-Sen's slope and Kendall's test, held against the plain loops of their definitions."""

import math
from itertools import combinations
from statistics import median

import numpy as np
import pytest

from lineside_server.rules.trend import kendall, theil_sen


@pytest.mark.parametrize("seed", range(5))
def test_slope_and_tau_are_those_of_all_pairs(seed: int) -> None:
    random = np.random.default_rng(seed)
    x = np.sort(random.choice(1000, 10, replace=False)).astype(np.float64)
    y = np.round(random.normal(0, 1, 10) + 0.002 * x, 1)
    pairs = list(combinations(range(10), 2))
    assert theil_sen(x, y) == pytest.approx(median((y[j] - y[i]) / (x[j] - x[i]) for i, j in pairs))
    score = sum(math.copysign(1, y[j] - y[i]) for i, j in pairs if y[j] != y[i])
    untied = sum(y[j] != y[i] for i, j in pairs)
    assert kendall(y)[0] == pytest.approx(score / math.sqrt(45 * untied))


@pytest.mark.parametrize(
    ("y", "p"),
    [
        (np.arange(10.0), 8.303e-05),  # S = 45, variance 125: z = 44 / sqrt(125)
        (np.array([1.0, 2.0, 3.0, 4.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0]), 0.4671),  # S = -9, variance 121: z = 8 / 11
    ],
)
def test_the_p_of_no_trend(y: np.ndarray[tuple[int], np.dtype[np.float64]], p: float) -> None:
    assert kendall(y)[1] == pytest.approx(p, rel=1e-3)


def test_an_outlier_does_not_sway_the_slope() -> None:
    y = np.arange(10.0)
    y[4] = 1e6
    assert theil_sen(np.arange(10.0), y) == pytest.approx(1.0)


@pytest.mark.parametrize("y", [[], [1.0], [1.0, 2.0], [3.0] * 10])
def test_of_too_few_or_equal_values_no_trend_is_told(y: list[float]) -> None:
    assert kendall(np.array(y)) == (0.0, 1.0)
    assert theil_sen(np.zeros(len(y)), np.array(y)) == 0.0

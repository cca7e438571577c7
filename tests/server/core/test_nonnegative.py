"""Non-negative least squares, against the conditions of its optimum, and which term accounts for a sum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineside_server.core.attribution import factors_of
from lineside_server.core.nonnegative import effective_weights, nonnegative


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_it_finds_the_optimum(seed: int, k: int) -> None:
    pick = np.random.default_rng(seed)
    terms = pick.normal(size=(30, 1)) + 0.3 * pick.normal(size=(30, k))  # alike, so that some weights turn negative
    totals = terms @ pick.normal(size=k) + pick.normal(size=30)
    weights = nonnegative(terms, totals)
    gradient = terms.T @ (totals - terms @ weights)
    assert (weights >= 0).all()
    assert (gradient < 1e-7).all()  # no weight would help by growing
    assert np.abs(gradient[weights > 0]).max(initial=0.0) < 1e-7  # nor, of those at work, by changing at all


def test_weights_are_told_where_the_terms_tell_them() -> None:
    pick = np.random.default_rng(1)
    terms = pick.uniform(1, 5, size=(64, 3))
    fitted = effective_weights(terms, terms @ [0.7, 0.0, 0.3])
    assert fitted is not None
    assert fitted.weights == pytest.approx([0.7, 0.0, 0.3], abs=1e-9)
    assert fitted.r_squared == pytest.approx(1.0)


def test_they_are_not_told_by_noise_by_twins_or_by_too_few() -> None:
    pick = np.random.default_rng(1)
    terms = pick.uniform(1, 5, size=(64, 2))
    assert effective_weights(terms, pick.normal(size=64)) is None
    twins = np.column_stack([terms[:, 0], terms[:, 0] * (1 + 1e-4 * pick.normal(size=64))])
    assert effective_weights(twins, twins.sum(axis=1)) is None
    assert effective_weights(terms[:8], terms[:8].sum(axis=1)) is None
    assert effective_weights(np.full((64, 2), np.nan), np.ones(64)) is None
    assert effective_weights(np.zeros((64, 2)), np.ones(64)) is None


def test_the_term_that_accounts_for_a_sum_has_no_miss() -> None:
    pick = np.random.default_rng(1)
    parts = {name: pick.uniform(1, 5, 50) for name in "abc"}
    found = factors_of(parts, parts["a"] + 16 * parts["b"] + parts["c"])
    assert found["b"] == pytest.approx((16.0, 0.0), abs=1e-9)
    assert min(found["a"][1], found["c"][1]) > 0.05
    assert factors_of({"a": np.zeros(5)}, np.ones(5)) == {}

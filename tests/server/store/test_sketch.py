"""Atoms add up: what is reduced twice is what is reduced once."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lineside_server.store.points import Points
from lineside_server.store.sketch import BUCKETS, atoms_of, reduce, sketch_of

value = st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.sampled_from([math.nan, math.inf]))
values = st.lists(value, min_size=1, max_size=200)


def points(logged: list[float]) -> Points:
    return Points(
        np.arange(len(logged)) * 2, np.arange(len(logged), dtype=np.float64) * 0.5, np.array(logged, np.float64)
    )


@given(values, st.integers(1, 50))
def test_a_bucket_keeps_its_first_step_its_last_finite_value_and_its_extremes(logged: list[float], width: int) -> None:
    atoms = reduce(atoms_of(points(logged)), np.arange(len(logged)) // width)
    assert len(atoms) == -(-len(logged) // width)
    for number, atom in enumerate(atoms):
        within = logged[number * width : (number + 1) * width]
        finite = [v for v in within if math.isfinite(v)]
        assert atom["n"] == len(within)
        assert (atom["step"], atom["ts"]) == (2 * number * width, 0.5 * number * width)
        if finite:
            assert (atom["last"], atom["min"], atom["max"]) == (finite[-1], min(finite), max(finite))
        else:
            assert all(math.isnan(atom[name]) for name in ("last", "min", "max"))


@given(values, st.integers(1, 10), st.integers(1, 10))
def test_reducing_in_two_goes_is_reducing_in_one(logged: list[float], fine: int, coarse: int) -> None:
    atoms, places = atoms_of(points(logged)), np.arange(len(logged))
    once = reduce(atoms, places // (fine * coarse))
    twice = reduce(reduce(atoms, places // fine), np.arange(-(-len(logged) // fine)) // coarse)
    for name in ("n", "step", "ts", "last", "min", "max"):
        np.testing.assert_array_equal(once[name], twice[name])


def test_a_sketch_has_at_most_64_atoms() -> None:
    assert len(sketch_of(points([1.0] * 4096))) == BUCKETS
    assert len(sketch_of(points([1.0] * 9999))) <= BUCKETS
    assert len(sketch_of(points([1.0] * 70))) == 2

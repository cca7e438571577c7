"""Operations on points, against what they mean."""

import math
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lineside_server.store.points import INF, NAN, NEG_INF, Points, bad_runs, latest, merge

steps = st.lists(st.integers(0, 20), max_size=30)
value = st.sampled_from([0.0, 1.5, math.nan, math.inf, -math.inf])


def arrived(logged: list[int], offset: float = 0.0) -> tuple[Points, int]:
    order = np.arange(len(logged)) + offset
    return latest(np.array(logged, np.int64), order.astype(np.float64), order.astype(np.float64))


@given(steps)
def test_the_latest_of_a_step_wins_and_the_others_are_counted(logged: list[int]) -> None:
    points, lost = arrived(logged)
    expected = {step: float(place) for place, step in enumerate(logged)}
    assert dict(zip(points.steps.tolist(), points.values.tolist(), strict=True)) == expected
    assert points.steps.tolist() == sorted(expected)
    assert lost == len(logged) - len(expected)


@given(steps, steps)
def test_merging_lets_the_newer_win(old: list[int], new: list[int]) -> None:
    before, after = arrived(old)[0], arrived(new, 100.0)[0]
    merged, replaced = merge(before, after)
    expected = dict(zip(before.steps.tolist(), before.values.tolist(), strict=True))
    expected |= dict(zip(after.steps.tolist(), after.values.tolist(), strict=True))
    assert dict(zip(merged.steps.tolist(), merged.values.tolist(), strict=True)) == expected
    assert replaced == len(set(old) & set(new))


@given(st.lists(value, max_size=40))
def test_runs_of_bad_points_are_exact(values: list[float]) -> None:
    runs = bad_runs(Points(np.arange(len(values)) * 3, np.zeros(len(values)), np.array(values, np.float64)))
    kinds = [None if math.isfinite(v) else NAN if math.isnan(v) else INF if v > 0 else NEG_INF for v in values]
    covered = {place: int(run["kind"]) for run in runs for place in range(run["start"], run["start"] + run["count"])}
    assert covered == {place: kind for place, kind in enumerate(kinds) if kind is not None}
    for before, after in pairwise(runs):
        assert before["kind"] != after["kind"] or before["start"] + before["count"] < after["start"]
    assert all(run["step"] == 3 * run["start"] for run in runs)
    assert all(run["last_step"] == 3 * (run["start"] + run["count"] - 1) for run in runs)

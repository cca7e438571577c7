"""Gauges are thinned by time, and no spike is lost."""

from lineside_server.core.gauges import MOST_GAUGES, thinned


def test_each_bucket_has_its_last_least_and_greatest_value() -> None:
    samples = [(float(at), {"gpu/load": value}) for at, value in enumerate([1, 9, 2, 3, 4, 5, -7, 6])]
    gauge = thinned(samples, 0.0, 7.0, 2)["gpu/load"]
    assert (gauge.ts, gauge.value, gauge.min, gauge.max) == ([0.0, 4.0], [3.0, 6.0], [1.0, -7.0], [9.0, 6.0])
    assert gauge.count == 8


def test_a_silence_stays_a_gap() -> None:
    samples = [(0.0, {"a": 1}), (10.0, {"a": 2}), (100.0, {"a": 3})]
    assert thinned(samples, 0.0, 100.0, 10)["a"].ts == [0.0, 10.0, 100.0]


def test_what_is_no_finite_number_is_left_out() -> None:
    found = thinned([(0.0, {"a": "nan", "b": True, "c": None, "d": 1}), (1.0, None)], 0.0, 1.0, 10)
    assert list(found) == ["d"]


def test_one_that_comes_late_counts_with_the_one_before() -> None:
    gauge = thinned([(0.0, {"a": 1}), (9.0, {"a": 2}), (1.0, {"a": 5})], 0.0, 9.0, 10)["a"]
    assert (gauge.ts, gauge.value, gauge.max) == ([0.0, 9.0], [1.0, 5.0], [1.0, 5.0])


def test_one_moment_and_too_many_gauges() -> None:
    assert thinned([(5.0, {"a": 1})], 5.0, 5.0, 10)["a"].ts == [5.0]
    many = {f"g{number}": 1 for number in range(MOST_GAUGES + 5)}
    assert len(thinned([(5.0, many)], 5.0, 5.0, 10)) == MOST_GAUGES

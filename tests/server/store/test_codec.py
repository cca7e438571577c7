"""Points as bytes, bit for bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lineside_server.store import codec
from lineside_server.store.points import Points

bits = hnp.arrays(np.uint64, st.integers(1, 60))


def points(times: np.ndarray, values: np.ndarray, steps: list[int]) -> Points:
    return Points(np.array(sorted(steps), np.int64), times.view(np.float64), values.view(np.float64))


@given(st.data())
def test_every_bit_pattern_of_a_double_survives(data: st.DataObject) -> None:
    values = data.draw(bits)
    n = len(values)
    times = data.draw(hnp.arrays(np.uint64, n))
    steps = data.draw(st.lists(st.integers(0, 2**63 - 1), min_size=n, max_size=n, unique=True))
    before = points(times, values, steps)
    after = codec.decode(codec.encode(before))
    assert after.steps.tolist() == before.steps.tolist()
    assert after.times.view(np.uint64).tolist() == times.tolist()
    assert after.values.view(np.uint64).tolist() == values.tolist()


def test_nan_payloads_and_signs_survive() -> None:
    odd = np.array([0x7FF8000000000001, 0xFFF0000000000001, 0x8000000000000000, 0x0000000000000001], np.uint64)
    before = points(odd.copy(), odd, [0, 1, 2, 3])
    assert codec.decode(codec.encode(before)).values.view(np.uint64).tolist() == odd.tolist()


def test_a_regular_series_takes_next_to_nothing() -> None:
    n = 4096
    even = Points(np.arange(n), 1.7e9 + np.arange(n, dtype=np.float64) * 0.5, np.full(n, 3e-5))
    assert len(codec.encode(even)) < 200


@given(st.integers(0, 10**6), st.integers(1, 255))
def test_a_changed_byte_is_noticed(place: int, change: int) -> None:
    n = 50
    data = codec.encode(Points(np.arange(n), np.arange(n, dtype=np.float64), np.sqrt(np.arange(n, dtype=np.float64))))
    right = codec.checksum(data)
    codec.verify(right, data)
    spoilt = bytearray(data)
    spoilt[place % len(data)] ^= change
    with pytest.raises(codec.DamagedError):
        codec.verify(right, bytes(spoilt))


@given(st.binary(max_size=200))
def test_bytes_that_are_no_points_are_damage(data: bytes) -> None:
    with pytest.raises(codec.DamagedError):
        codec.decode(data)

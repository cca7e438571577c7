"""Ranges of applied batches: a set of integers, kept small."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lineside_server.store.seqs import Seqs

seq = st.one_of(st.integers(0, 30), st.integers(0, 2**63 - 1))


@given(st.lists(seq, unique=True), seq)
def test_it_is_a_set_in_any_order(added: list[int], asked: int) -> None:
    seqs = Seqs()
    for one in added:
        seqs.add(one)
    assert (asked in seqs) == (asked in set(added))
    assert all(one in seqs for one in added)


@given(st.lists(seq, unique=True))
def test_its_ranges_are_sorted_and_never_touch(added: list[int]) -> None:
    seqs = Seqs()
    for one in added:
        seqs.add(one)
    ranges = seqs.ranges()
    assert sum(last - first + 1 for first, last in ranges) == len(added)
    assert all(before[1] + 1 < after[0] for before, after in pairwise(ranges))


@given(st.lists(seq, unique=True))
def test_packing_keeps_it(added: list[int]) -> None:
    seqs = Seqs()
    for one in added:
        seqs.add(one)
    assert Seqs.unpack(seqs.pack()).ranges() == seqs.ranges()


def test_a_writer_that_counts_takes_one_range_wherever_it_starts() -> None:
    seqs = Seqs()
    for one in range(17, 5000):
        seqs.add(one)
    assert seqs.ranges() == [(17, 4999)]

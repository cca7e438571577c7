"""A sample is bounded, reaches every tensor, and stands for the whole."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lineside._sample import MOST_ELEMENTS, Sample, cuts, grad_norms

COUNTS = st.lists(st.integers(1, 50) | st.integers(1, 5_000) | st.integers(1, 10**9), min_size=1, max_size=40)


@given(COUNTS, st.integers(1, MOST_ELEMENTS))
def test_a_cut_is_bounded_and_leaves_out_no_tensor(counts: list[int], most: int) -> None:
    found = cuts(counts, most)
    sizes = [cut.size(count) for count, cut in zip(counts, found, strict=True)]
    assert all(1 <= size <= count for size, count in zip(sizes, counts, strict=True))
    assert sum(sizes) <= max(most, 16 * len(counts))
    if sum(counts) <= most:
        assert sizes == counts


@given(st.integers(1, 20_000), st.integers(1, 4_000))
def test_a_cut_takes_what_it_says(count: int, most: int) -> None:
    (cut,) = cuts([count], most)
    taken = cut.of(torch.arange(count))
    assert len(taken) == cut.size(count)
    assert len(taken.unique()) == len(taken)
    assert taken[-1] >= count * 0.7 or len(taken) < 32  # to the end of the tensor, give or take a span


def test_a_sample_stands_for_the_whole() -> None:
    torch.manual_seed(0)
    tensors = [torch.randn(300, 256), torch.randn(64), 5 * torch.randn(1_000, 64)]
    exact, sampled = Sample(torch, tensors), Sample(torch, tensors, 8_000)
    assert sampled.elements < 8_000 < exact.elements
    before = exact.take(), sampled.take()
    for tensor in tensors:
        tensor.add_(torch.randn_like(tensor), alpha=0.01)
    truth, estimate = (dict(each.compare(start)) for each, start in zip((exact, sampled), before, strict=True))
    for name in ("update_norm", "param_norm"):
        assert float(estimate[name]) == pytest.approx(float(truth[name]), rel=0.05)
        assert float(estimate[name]) != float(truth[name])
    assert float(truth["changed"]) == float(estimate["changed"]) == 3


@pytest.mark.parametrize("width", [64, 100, 128, 512, 768, 1_024])
def test_every_column_of_a_matrix_is_seen_in_time(width: int) -> None:
    """Where only some columns change, a sample at an even step might see none of them, or those alone."""
    matrix = torch.zeros(4_096, width)
    matrix[:, : width // 4] = 1.0
    sample = Sample(torch, [matrix], 20_000)
    norms = dict(sample.compare(torch.zeros_like(sample.take())))
    assert float(norms["param_norm"]) == pytest.approx(float(matrix.norm()), rel=0.1)


def test_a_tensor_has_changed_since_the_last_look() -> None:
    tensors = [torch.ones(3), torch.ones(2), torch.ones(())]
    sample = Sample(torch, tensors)
    changed = []
    for touched in ([0, 1, 2], [], [1]):
        for place in touched:
            tensors[place].add_(1.0)  # between two looks
        changed.append(float(dict(sample.compare(sample.take()))["changed"]))
    assert changed == [0.0, 0.0, 1.0]


def test_nan_is_a_change() -> None:
    tensor = torch.ones(3)
    sample = Sample(torch, [tensor])
    before = sample.take()
    tensor[1] = torch.nan
    figures = dict(sample.compare(before))
    assert float(figures["changed"]) == 1.0
    assert bool(figures["update_norm"].isnan())


def test_memory_is_used_again() -> None:
    sample = Sample(torch, [torch.ones(1_000)])
    places = set()
    for _ in range(5):
        before = sample.take()
        places.add(before.data_ptr())
        sample.compare(before)
    assert len(places) <= 3


def test_halves_are_summed_in_single_precision() -> None:
    gradients = [torch.full((4_096,), 200.0, dtype=torch.float16), torch.full((9,), 1.0, dtype=torch.bfloat16)]
    (norm,) = grad_norms(torch, gradients)
    assert float(norm) == pytest.approx((4_096 * 200.0**2 + 9) ** 0.5)
    assert 200.0 * 4_096**0.5 * 6 > 65_504  # what a half could not hold is not far


def test_there_may_be_no_gradient() -> None:
    assert grad_norms(torch, [each.grad for each in nn.Linear(2, 1).parameters() if each.grad is not None]) == []

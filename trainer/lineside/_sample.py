"""Takes norms of gradients, and of what an optimizer step does to a bounded sample of the parameters.

Nothing here imports torch: the module that the trainer has imported is passed in.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import ModuleType

MOST_ELEMENTS = 1 << 18  # of all tensors of a device together: 1 MB a copy
_FEWEST_ELEMENTS = 16  # of a tensor, however many there are
_BLOCK = 64  # neighbours that are taken together, for memory is read in lines
_WORTH_BLOCKS = 16  # fewer blocks than these would not be spread enough


def grad_norms(torch: ModuleType, gradients: Iterable[Any]) -> list[Any]:
    """Return the norm of all gradients of each device, as tensors without dimensions."""
    return [_norm(torch, _each_norm(torch, group)) for group in _by_device(dense(torch, each) for each in gradients)]


def dense(torch: ModuleType, tensor: Any) -> Any:
    """Return the real numbers that a tensor holds: the values of a sparse one, both parts of a complex one."""
    tensor = tensor.detach()
    if tensor.is_sparse:
        tensor = tensor.coalesce().values()
    return torch.view_as_real(tensor.resolve_conj()) if tensor.is_complex() else tensor


def samples(torch: ModuleType, tensors: Iterable[Any], most: int = MOST_ELEMENTS) -> list[Sample]:
    """Return a sample for each device that holds some of the tensors."""
    return [Sample(torch, group, most) for group in _by_device(tensors) if group]


class Sample:
    """Elements of every tensor, evenly spread and at most `most` in all, on one device.

    A tensor that is not taken whole counts by its size: the squares of its sample stand for the others.
    """

    def __init__(self, torch: ModuleType, tensors: Sequence[Any], most: int = MOST_ELEMENTS) -> None:
        self._torch = torch
        self._tensors = tensors
        counts = [dense(torch, each).numel() for each in tensors]
        self._cuts = cuts(counts, most)
        self._sizes = [cut.size(count) for count, cut in zip(counts, self._cuts, strict=True)]
        self._type = _wide(torch, tensors)
        self._last: Any = None
        self._rooms: list[Any] = []
        self._scale: Any = None
        self.elements = sum(self._sizes)
        if self.elements < sum(counts):
            ratios = [math.sqrt(count / size) for count, size in zip(counts, self._sizes, strict=True)]
            self._scale = torch.tensor(ratios, device=tensors[0].device, dtype=self._type)

    def take(self) -> Any:
        """Copy the sampled elements into one tensor, in single precision or better."""
        torch = self._torch
        flat = (dense(torch, each).reshape(-1) for each in self._tensors)
        parts = [cut.of(each) for each, cut in zip(flat, self._cuts, strict=True)]
        room = (
            self._rooms.pop() if self._rooms else torch.empty(self.elements, dtype=self._type, device=parts[0].device)
        )
        return torch.cat(parts, out=room)

    def compare(self, before: Any) -> list[tuple[str, Any]]:
        """Return the norms of the update since `before` and of the parameters, and how many tensors have changed.

        A tensor has changed if it has since the last comparison, or since `before` if this is the first.
        `before` is used up.
        """
        after, last = self.take(), self._last
        moved = self._each(before.sub_(after))
        changed = moved if last is None else self._each(last.sub_(after))
        self._last = after
        self._rooms += [before] if last is None else [before, last]  # new memory would cost more than the figures
        return [
            ("update_norm", self._total(moved)),
            ("param_norm", self._total(self._each(after))),
            ("changed", (changed != 0).sum()),
        ]

    def _each(self, flat: Any) -> Any:
        return _each_norm(self._torch, flat.split(self._sizes))

    def _total(self, norms: Any) -> Any:
        return _norm(self._torch, norms if self._scale is None else norms * self._scale)


class Cut(NamedTuple):
    """Which elements of a tensor are taken: of every `step` blocks the first."""

    step: int
    block: int

    def size(self, count: int) -> int:
        return count if self.step == 1 else count // (self.step * self.block) * self.block

    def of(self, flat: Any) -> Any:
        if self.step == 1:
            return flat
        span = self.step * self.block
        rows = len(flat) // span
        return flat[: rows * span].view(rows, span)[:, : self.block].reshape(-1)


def cuts(counts: Sequence[int], most: int) -> list[Cut]:
    """Return for each count of elements which to take, so that no more than about `most` are taken in all.

    Small tensors are taken whole, large ones share the rest. Steps are odd: an even one would see the same columns of
    every row in most matrices.
    """
    found = [Cut(1, 1)] * len(counts)
    left = most
    for done, place in enumerate(sorted(range(len(counts)), key=counts.__getitem__)):
        fair = max(left // (len(counts) - done), _FEWEST_ELEMENTS)
        if counts[place] > fair:
            found[place] = Cut(-(-counts[place] // fair) | 1, _BLOCK if fair >= _BLOCK * _WORTH_BLOCKS else 1)
        left -= min(counts[place], fair)
    return found


def _each_norm(torch: ModuleType, tensors: Sequence[Any]) -> Any:
    return torch.stack(torch._foreach_norm(tensors, 2, _wide(torch, tensors)))  # noqa: SLF001 - as torch's own clipping


def _norm(torch: ModuleType, values: Any) -> Any:
    return torch.linalg.vector_norm(values)


def _wide(torch: ModuleType, tensors: Iterable[Any]) -> Any:
    """Return the type to compute in: halves are too coarse for a norm, doubles would lose by anything less."""
    return torch.float64 if any(each.dtype in {torch.float64, torch.complex128} for each in tensors) else torch.float32


def _by_device(tensors: Iterable[Any]) -> list[list[Any]]:
    groups: dict[Any, list[Any]] = {}
    for tensor in tensors:
        groups.setdefault(tensor.device, []).append(tensor)
    return list(groups.values())

"""Figures on a device are read when they are there, and nothing waits for them."""

import math
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from lineside._readback import Readback, together


class Event:
    """An event on a device that is done when the test says so; it is recorded one second after the last."""

    done = False
    recorded = 0

    def __init__(self, *, enable_timing: bool) -> None:
        assert enable_timing
        self.at = -1

    def record(self, stream: object) -> None:
        assert stream == "stream of cuda:0"
        Event.recorded += 1
        self.at = Event.recorded

    def query(self) -> bool:
        return Event.done

    def elapsed_time(self, end: Any) -> float:
        assert Event.done
        return 1e3 * float(end.at - self.at)


class OnDevice:
    """A tensor on a device; its copy on the host holds nothing before the event is done."""

    device = torch.device("cuda:0")
    dtype = torch.float32

    def __init__(self, values: list[float]) -> None:
        self.held = values

    def detach(self) -> "OnDevice":
        return self

    def reshape(self, shape: tuple[int, ...]) -> "OnDevice":
        assert shape == ()
        return self

    def to(self, target: Any, *, non_blocking: bool = False) -> "OnDevice":
        assert non_blocking or target is torch.float32, "it would wait"
        return self

    def tolist(self) -> list[float]:
        assert Event.done
        return self.held


def stacked(tensors: list[Any]) -> Any:
    if isinstance(tensors[0], OnDevice):
        return OnDevice([value for each in tensors for value in each.held])
    return torch.stack(tensors)


def cuda() -> Any:
    Event.done, Event.recorded = False, 0
    return SimpleNamespace(
        float32=torch.float32,
        float64=torch.float64,
        stack=stacked,
        cuda=SimpleNamespace(Event=Event, current_stream=lambda device: f"stream of {device}"),
    )


def test_nothing_is_read_before_it_is_there() -> None:
    fake = cuda()
    begin, end = Event(enable_timing=True), Event(enable_timing=True)
    begin.record("stream of cuda:0")
    end.record("stream of cuda:0")
    paid: list[float] = []
    readback = Readback(fake, [("a", OnDevice([1.5])), ("b", OnDevice([2.5]))], [(begin, end, paid.append)])
    assert not readback.done()
    Event.done = True
    assert readback.done()
    readback.settle()
    assert readback.figures() == {"a": 1.5, "b": 2.5}
    assert paid == [1.0]


def test_figures_of_several_devices_are_put_together() -> None:
    fake = cuda()
    named = [("grad_norm", OnDevice([3.0])), ("changed", OnDevice([2.0]))]
    readback = Readback(fake, [*named, ("grad_norm", torch.tensor(4.0)), ("changed", torch.tensor(5))])
    assert not readback.done()
    Event.done = True
    assert readback.figures() == {"grad_norm": 5.0, "changed": 7.0}


def test_doubles_stay_doubles() -> None:
    readback = Readback(torch, [("a", torch.tensor(1 / 3, dtype=torch.float64)), ("b", torch.tensor(True))])
    assert readback.done()
    assert readback.figures() == {"a": 1 / 3, "b": 1.0}


@pytest.mark.parametrize(
    ("name", "parts", "whole"),
    [("param_norm", [3.0, 4.0], 5.0), ("changed", [3.0, 4.0], 7.0), ("grad_norm", [math.inf, 1.0], math.inf),
     ("grad_norm", [-0.5], -0.5)],
)  # fmt: skip
def test_a_whole_of_its_parts(name: str, parts: list[float], whole: float) -> None:
    assert together(name, parts) == whole


def test_a_part_that_is_not_a_number_spoils_the_whole() -> None:
    assert math.isnan(together("grad_norm", [math.inf, math.nan]))

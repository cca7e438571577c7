"""Vitals: norms by hand, time without pauses, gauges now and then."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
import torch

from lineside_trainer import vitals

if TYPE_CHECKING:
    from .conftest import Recorder


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_norms_of_an_update() -> None:
    before = [torch.tensor([3.0, 0.0]), torch.tensor([[4.0]])]
    after = [torch.tensor([3.0, 1.0]), torch.tensor([[4.0 + math.sqrt(3)]])]
    norms = vitals.norms_of_update(after, before)
    size = math.sqrt(9 + 1 + (4 + math.sqrt(3)) ** 2)
    assert norms == pytest.approx({"update_norm": 2.0, "param_norm": size, "update_ratio": 2 / size})
    assert vitals.norms_of_update([torch.zeros(2)], [torch.zeros(2)])["update_ratio"] == 0


def test_clipping_gives_the_norm_from_before() -> None:
    parameter = torch.nn.Parameter(torch.zeros(2))
    parameter.grad = torch.tensor([3.0, 4.0])
    assert vitals.clip([parameter], 0.0) == 5.0
    assert parameter.grad.tolist() == [3.0, 4.0]
    assert vitals.clip([parameter], 1.0) == 5.0
    assert parameter.grad.norm().item() == pytest.approx(1.0, rel=1e-5)


def test_a_lap_is_without_its_pauses() -> None:
    clock = Clock()
    watch = vitals.Stopwatch(clock)
    clock.now += 2
    with watch.paused():
        clock.now += 50
    clock.now += 3
    assert watch.lap() == 5
    clock.now += 1
    assert watch.lap() == 1


def test_gauges_come_every_ten_seconds(recorder: Recorder) -> None:
    clock = Clock()
    gauges = vitals.Gauges(recorder, torch.device("cpu"), clock)
    for _ in range(25):
        gauges.tick()
        clock.now += 1
    sent = [values for _, values in recorder.of("system")]
    assert len(sent) == 3
    assert 1e6 < sent[0]["host/rss_bytes"] < sent[0]["host/memory_total_bytes"]
    assert "host/process_cpu_cores" not in sent[0]
    assert sent[1]["host/process_cpu_cores"] >= 0


def test_memory_is_the_resident_one() -> None:
    assert 1e7 < vitals.memory_bytes(torch.device("cpu")) < 1e12

"""Faults of data and machine, seen in what was logged; nothing here sleeps or is killed."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from itertools import accumulate, repeat
from typing import TYPE_CHECKING

import pytest

from lineside_trainer.faults.catalogue import find
from lineside_trainer.faults.machine import HOUR_S, LEAK, PACKED, BadBatches, Hang, Kill, MemoryLeak, SlowLoader
from lineside_trainer.loop import Job, Loop, train

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.trainer.lineside_trainer.conftest import Recorder

    from lineside_trainer.config import Config

    MakeJob = Callable[..., Job]


class Stopped(Exception):  # noqa: N818 (ends what would not end)
    pass


@pytest.mark.parametrize(("name", "count"), [("bad-batch", 1), ("bad-batches-3", 3)])
def test_bad_batches_stand_out_of_what_was_learned(
    tiny: Config, make_job: MakeJob, recorder: Recorder, name: str, count: int
) -> None:
    weights = {"lm_loss": 1.0, "kd_loss": 0.01}  # the teacher here is untrained
    config = replace(tiny, learning_rate=1e-2, gradient_accumulation_steps=1, loss_weights=weights, num_train_epochs=6)
    train(recorder, make_job(config, 40, fault=find(name).at(45)))
    losses = recorder.series["train/lm_loss"]
    usual = max(losses[step] for step in [*range(35, 45), *range(55, 61)])
    assert [step for step in range(35, 61) if losses[step] > 1.3 * usual] == list(range(45, 45 + count))


def test_bad_batches_keep_their_shape_and_count_as_before(tiny: Config, make_job: MakeJob) -> None:
    batch = make_job(tiny).blocks.epoch(0, 4, 0)[0]
    fault = BadBatches(2)
    fault.at = 5
    assert fault.batch(4, batch) is batch
    assert fault.batch(7, batch) is batch
    noise = fault.batch(6, batch)
    assert noise.input_ids.shape == batch.input_ids.shape
    assert (noise.input_ids != batch.input_ids).any()
    assert noise.input_ids.max() <= batch.input_ids.max()
    assert noise.tokens == batch.tokens


def test_a_stuck_sampler_repeats_the_last_four_batches_in_turn(
    tiny: Config, make_job: MakeJob, recorder: Recorder
) -> None:
    """At a rate of zero a loss depends on its batch alone."""
    scheduler = replace(tiny.lr_scheduler, warmup_steps=1000)
    config = replace(tiny, learning_rate=1e-30, lr_scheduler=scheduler, num_train_epochs=4)
    train(recorder, make_job(config, fault=find("sampler-stuck").at(7)))
    losses = list(recorder.series["train/lm_loss"].values())
    assert len(set(losses[:5])) == 5
    assert losses[6:] == [losses[2 + step % 4] for step in range(len(losses) - 6)]


def test_a_leak_keeps_a_megabyte_of_every_batch_from_its_step_on(
    tiny: Config, make_job: MakeJob, recorder: Recorder
) -> None:
    fault = MemoryLeak()
    fault.at = 3
    train(recorder, make_job(tiny, fault=fault))
    assert len(fault.kept) == 10 - 2
    assert {kept.numel() * kept.element_size() for kept in fault.kept} == {8 * LEAK} == {1_000_000}


def test_a_slow_loader_is_in_the_time_of_a_step(tiny: Config, make_job: MakeJob, recorder: Recorder) -> None:
    """A clock that the loader alone moves on: before its step a batch takes no time."""
    now = [0.0]

    def work(data: bytes) -> None:
        assert len(data) == PACKED
        now[0] += 0.25

    fault = SlowLoader(work)
    fault.at = 6
    train(recorder, make_job(replace(tiny, gradient_accumulation_steps=1), fault=fault, clock=lambda: now[0]))
    seconds = list(recorder.series["step_time_s"].values())
    assert seconds[:5] == pytest.approx([0.0] * 5, abs=1e-8)
    assert seconds[5:] == pytest.approx([0.25] * 5)


def test_a_hang_waits_again_and_again_and_logs_nothing_more(
    tiny: Config, make_job: MakeJob, recorder: Recorder
) -> None:
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            raise Stopped

    fault = Hang(sleep)
    fault.at = 6
    with pytest.raises(Stopped):
        train(recorder, make_job(tiny, fault=fault))
    assert waited == list(repeat(HOUR_S, 3))
    assert max(recorder.series["train/loss"]) == 5


def test_a_kill_is_one_that_nobody_can_answer(tiny: Config, make_job: MakeJob, recorder: Recorder) -> None:
    killed: list[tuple[int, int]] = []
    fault = Kill(lambda process, number: killed.append((process, number)))
    fault.at = 6
    loop = Loop(recorder, make_job(tiny, fault=fault))
    ends = list(accumulate([2, 1, 2, 1, 2, 2]))
    for update in range(loop.plan.total_updates):
        loop.update(update)
        assert killed == ([(os.getpid(), signal.SIGKILL)] if ends[update] >= 6 else [])

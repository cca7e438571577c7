"""The loop: what it logs is what happened, and accumulation changes nothing but memory."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
import torch

from lineside_trainer.config import Config, LrScheduler
from lineside_trainer.data import Batch
from lineside_trainer.intent import intent_of
from lineside_trainer.loop import Job, Loop, train
from lineside_trainer.losses import Objective
from lineside_trainer.schedule import Plan, Schedule

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Recorder

    MakeJob = Callable[..., Job]


def weights_of(job: Job) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in job.objective.trainee.parameters()])


def count_updates(loop: Loop) -> list[float]:
    """Return a list that receives the rate of each real update."""
    rates: list[float] = []
    loop.optimizer.register_step_post_hook(lambda optimizer, *_: rates.append(optimizer.param_groups[0]["lr"]))
    return rates


@pytest.mark.parametrize("shape", [(20, 2, 2), (8, 4, 1), (33, 4, 2), (3, 16, 2)])
def test_updates_are_the_groups_of_each_epoch(
    tiny: Config, make_job: MakeJob, recorder: Recorder, shape: tuple[int, int, int]
) -> None:
    sequences, accumulation, epochs = shape
    config = replace(tiny, gradient_accumulation_steps=accumulation, num_train_epochs=epochs)
    loop = Loop(recorder, make_job(config, sequences))
    rates = count_updates(loop)
    for update in range(loop.plan.total_updates):
        loop.update(update)
    batches = -(-sequences // 4)
    assert len(rates) == -(-batches // accumulation) * epochs == loop.plan.total_updates
    assert rates == [loop.schedule.at(update) for update in range(len(rates))]
    assert max(recorder.series["update"].values()) == len(rates)
    assert list(recorder.series["lr"]) == list(range(1, batches * epochs + 1))


def test_accumulation_of_four_batches_of_two_equals_one_batch_of_eight(
    tiny: Config, make_job: MakeJob, make_recorder: type[Recorder]
) -> None:
    """22 sequences: the last group of an epoch has 6, in one batch or in three."""
    whole = make_job(replace(tiny, batch_size=8, gradient_accumulation_steps=1), 22)
    parts = make_job(replace(tiny, batch_size=2, gradient_accumulation_steps=4), 22)
    assert torch.equal(weights_of(whole), weights_of(parts))
    start, runs = weights_of(whole), (make_recorder(), make_recorder())
    assert train(runs[0], whole).updates == train(runs[1], parts).updates == 6
    moved = (weights_of(whole) - start).norm()
    assert (weights_of(whole) - weights_of(parts)).norm() < 1e-4 * moved
    norms = [list(run.series["grad_norm"].values()) for run in runs]
    assert norms[0] == pytest.approx(norms[1], rel=1e-4)


def test_batches_of_unequal_tokens_count_by_their_tokens(
    tiny: Config, make_objective: Callable[[Config], Objective]
) -> None:
    ids = torch.arange(32).view(4, 8)
    labels = ids.clone()
    labels[0, 2:], labels[3, 6:] = -100, -100
    gradients = []
    for parts in ([slice(0, 4)], [slice(0, 1), slice(1, 3), slice(3, 4)]):
        objective = make_objective(tiny)
        batches = [Batch.of(ids[part], labels[part]) for part in parts]
        tokens = sum(batch.tokens for batch in batches)
        for batch in batches:
            torch.autograd.backward(objective(batch, 2.0).total * (batch.tokens / tokens))
        gradients.append(torch.cat([p.grad.flatten() for p in objective.trainee.parameters() if p.grad is not None]))
    assert tokens == 1 + 7 + 7 + 5
    assert torch.allclose(gradients[0], gradients[1], atol=1e-6)


def test_the_loss_falls(tiny: Config, make_job: MakeJob, recorder: Recorder) -> None:
    weights = {"lm_loss": 1.0, "kd_loss": 0.01}  # the teacher here is untrained
    config = replace(tiny, num_train_epochs=6, learning_rate=1e-2, eval_every=10, loss_weights=weights)
    config = replace(config, gradient_accumulation_steps=1)
    outcome = train(recorder, make_job(config, 40))
    assert outcome.updates == 60
    assert outcome.status == "finished"
    total, evals = list(recorder.series["train/loss"].values()), list(recorder.series["eval/loss"].values())
    assert sum(total[-5:]) < 0.5 * sum(total[:5])
    assert evals[-1] < 0.6 * evals[0]
    assert len(evals) == 6


def test_the_logged_parts_make_the_total_and_the_vitals_are_true(
    tiny: Config, make_job: MakeJob, recorder: Recorder
) -> None:
    job = make_job(replace(tiny, max_grad_norm=0.0, weight_decay=0.0))
    before = weights_of(job)
    loop = Loop(recorder, job)
    loop.update(0)
    loop.update(1)  # the first update has rate 0 in warm-up
    series = recorder.series
    for step, total in series["train/loss"].items():
        parts = sum(
            series[f"train/weight/{name}"][step] * series[f"train/{name}"][step] for name in job.config.loss_weights
        )
        assert total == pytest.approx(parts, rel=1e-6)
    assert series["lr"] == {1: 0.0, 2: 0.0, 3: 1e-3, 4: 1e-3}
    assert series["update"] == {1: 0, 2: 1, 3: 1, 4: 2}
    assert series["epoch"] == {1: 0.2, 2: 0.4, 3: 0.6, 4: 0.8}
    assert series["update_norm"][2] == 0
    assert series["update_norm"][4] == pytest.approx((weights_of(job) - before).norm().item(), rel=1e-5)
    assert series["param_norm"][4] == pytest.approx(weights_of(job).norm().item(), rel=1e-5)
    assert series["update_ratio"][4] == pytest.approx(series["update_norm"][4] / series["param_norm"][4])
    assert series["grad_norm"].keys() == series["memory_bytes"].keys() == {2, 4}


def test_speed_is_of_training_alone(tiny: Config, make_job: MakeJob, recorder: Recorder) -> None:
    """A clock that ticks once a look: what evaluation takes is not in the time of a step."""
    ticks = count()
    loop = Loop(recorder, make_job(tiny, clock=lambda: float(next(ticks))))
    for update in range(loop.plan.total_updates):
        loop.update(update)
    seconds = recorder.series["step_time_s"]
    assert recorder.series["tokens_per_s"][2] == pytest.approx(2 * 4 * 7 / (2 * seconds[2]))
    assert seconds[2] == seconds[7]  # update 1, and update 3 after the evaluation at batch 4 and the epoch at 5


def test_a_batch_takes_its_least_time(tiny: Config, make_job: MakeJob, recorder: Recorder) -> None:
    """A clock that only waiting moves: each of the two batches waits, and what it waits for is its time."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    loop = Loop(recorder, make_job(replace(tiny, batch_seconds=0.25), clock=lambda: now[0], sleep=sleep))
    loop.update(0)
    assert now[0] == 0.5
    assert recorder.series["step_time_s"][2] == pytest.approx(0.25)


def test_a_batch_that_took_longer_waits_for_nothing(tiny: Config, make_job: MakeJob, recorder: Recorder) -> None:
    ticks, waited = count(), list[float]()
    job = make_job(replace(tiny, batch_seconds=0.5), clock=lambda: float(next(ticks)), sleep=waited.append)
    Loop(recorder, job).update(0)
    assert waited == []


def test_the_declared_intent_is_what_happens(tiny: Config, make_job: MakeJob, recorder: Recorder) -> None:
    job = make_job(replace(tiny, temperature=3.0))
    plan = Plan.of(job.config, len(job.blocks.train))
    intent = intent_of(job.config, plan)
    train(recorder, job)
    series = recorder.series
    assert max(series["train/loss"]) == intent["total_steps"] == 10
    assert max(series["update"].values()) == intent["schedule"]["total"] == 6
    assert max(series["epoch"].values()) == intent["epochs"]
    assert [step for _, step, _ in recorder.of("epoch")] == [intent["steps_per_epoch"] * n for n in (1, 2)]
    assert {name: {"weight": series[f"train/weight/{name}"][1]} for name in intent["losses"]} == intent["losses"]
    assert list(series["eval/loss"]) == [4, 8, 10]  # each eval_every batches, and at the end
    schedule = intent["schedule"]
    declared = Schedule(schedule["kind"], schedule["peak"], schedule["warmup"], schedule["total"])
    for step, lr in series["lr"].items():
        done_before = series["update"].get(step - 1, 0)
        assert lr == declared.at(int(done_before))
    assert intent["temperature"] == 3.0


def test_training_and_evaluation_are_the_same_code(
    tiny: Config, make_job: MakeJob, make_recorder: type[Recorder]
) -> None:
    """One batch, rate zero: what training logged of it, evaluation finds again to the last bit."""
    config = replace(tiny, kd_top_k=5, num_train_epochs=1, lr_scheduler=LrScheduler(warmup_steps=1), eval_every=1)
    job, run = make_job(config, 4), make_recorder()
    job = replace(job, blocks=replace(job.blocks, held_out=job.blocks.epoch(0, 4, config.seed)[0].input_ids))
    train(run, job)
    for name in (*config.loss_weights, "loss"):
        assert run.series[f"eval/{name}"][1] == pytest.approx(run.series[f"train/{name}"][1], rel=1e-7)


def test_the_temperature_is_logged_while_it_falls(tiny: Config, make_job: MakeJob, recorder: Recorder) -> None:
    train(recorder, make_job(replace(tiny, temperature=3.0, min_temperature=1.0)))
    assert recorder.series["temperature"][1] == 3.0
    assert recorder.series["temperature"][10] == 1.0


def test_asked_to_stop_it_saves_at_the_end_of_the_update(tiny: Config, make_job: MakeJob, recorder: Recorder) -> None:
    recorder.stop_at = 3
    job = make_job(tiny)
    outcome = train(recorder, job)
    assert (outcome.status, outcome.steps, outcome.updates, outcome.asked) == ("stopped", 4, 2, True)
    assert recorder.of("checkpoint") == [("checkpoint", 4, str(job.folder / "checkpoint.pt"))]
    assert recorder.of("note") == [("note", 4, "Asked to stop. Saved after update 2.")]


def test_out_of_time_it_stops_though_nobody_asked(tiny: Config, make_job: MakeJob, recorder: Recorder) -> None:
    outcome = train(recorder, make_job(tiny, out_of_time=lambda: True))
    assert (outcome.status, outcome.updates, outcome.asked) == ("stopped", 1, False)
    assert outcome.stopped == "The time is used up."


def test_the_last_update_is_the_end_not_a_stop(tiny: Config, make_job: MakeJob, recorder: Recorder) -> None:
    recorder.stop_at = 10
    assert train(recorder, make_job(tiny)).status == "finished"


def test_checkpoints_come_when_due(tiny: Config, make_job: MakeJob, recorder: Recorder) -> None:
    train(recorder, make_job(replace(tiny, save_every=3)))
    assert [step for _, step, _ in recorder.of("checkpoint")] == [4, 7, 9, 10]  # 3, 6, 9 wait for the update's end


def test_seeds_repeat_a_run_and_change_it(tiny: Config, make_job: MakeJob, make_recorder: type[Recorder]) -> None:
    def losses(seed: int) -> list[float]:
        run = make_recorder()
        train(run, make_job(replace(tiny, seed=seed, dropout=0.1)))
        return list(run.series["train/loss"].values())

    assert losses(0) == losses(0)
    assert losses(0) != losses(1)


def test_llama_trains_as_well(tiny: Config, make_job: MakeJob, recorder: Recorder) -> None:
    shapes: dict[str, Any] = {name: replace(getattr(tiny, name), family="llama") for name in ("teacher", "student")}
    outcome = train(recorder, make_job(replace(tiny, **shapes, bf16=True)))
    assert outcome.train[-1] < outcome.train[0]

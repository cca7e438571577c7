"""Faults of what is computed, seen in the losses that were logged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from lineside_trainer.config import LrScheduler
from lineside_trainer.faults.catalogue import find
from lineside_trainer.loop import Job, train

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.trainer.lineside_trainer.conftest import Recorder

    from lineside_trainer.config import Config

    Lab = Callable[[str], Recorder]


@pytest.fixture
def still(tiny: Config) -> Config:
    """Settings whose only update has rate zero, and whose one evaluation sees the batch of training again."""
    scheduler = LrScheduler(warmup_steps=1)
    return replace(tiny, num_train_epochs=1, gradient_accumulation_steps=1, eval_every=1, lr_scheduler=scheduler)


@pytest.fixture
def lab(still: Config, make_job: Callable[..., Job], make_recorder: type[Recorder]) -> Lab:
    """Return what trains one batch with a fault, so that a difference between training and evaluation is the fault."""

    def run(name: str) -> Recorder:
        recorder, fault = make_recorder(), find(name).at(None)
        job = make_job(fault.settings(still), 4, fault=fault)
        train(recorder, replace(job, blocks=replace(job.blocks, held_out=job.blocks.epoch(0, 4, 0)[0].input_ids)))
        return recorder

    return run


def raw(run: Recorder, phase: str) -> dict[str, float]:
    names = [key.removeprefix("train/weight/") for key in run.series if key.startswith("train/weight/")]
    return {name: run.series[f"{phase}/{name}"][1] for name in names}


def weighted(run: Recorder, phase: str) -> float:
    """Return the total that the logged components and weights say."""
    return sum(run.series[f"{phase}/weight/{name}"][1] * value for name, value in raw(run, phase).items())


def total(run: Recorder, phase: str) -> float:
    return run.series[f"{phase}/loss"][1]


def ratio(run: Recorder) -> float:
    return total(run, "eval") / total(run, "train")


def test_weights_that_are_not_applied_in_eval(lab: Lab, tiny: Config) -> None:
    run = lab("unweighted-eval")
    assert raw(run, "eval") == pytest.approx(raw(run, "train"), rel=1e-6)
    assert total(run, "train") == pytest.approx(weighted(run, "train"), rel=1e-6)
    assert total(run, "eval") == pytest.approx(sum(raw(run, "eval").values()), rel=1e-6)
    assert {name: run.series[f"eval/weight/{name}"][1] for name in tiny.loss_weights} == tiny.loss_weights


def test_an_evaluation_of_one_term(lab: Lab) -> None:
    run = lab("one-term-eval")
    assert total(run, "eval") == pytest.approx(raw(run, "eval")["lm_loss"], rel=1e-6)
    assert raw(run, "eval") == pytest.approx(raw(run, "train"), rel=1e-6)


def test_top_k_in_training_only_makes_the_distillation_of_eval_larger_and_nothing_else(lab: Lab) -> None:
    run = lab("top-k-in-training-only")
    train_raw, eval_raw = raw(run, "train"), raw(run, "eval")
    assert eval_raw.pop("kd_loss") > 1.5 * train_raw.pop("kd_loss")
    assert eval_raw == pytest.approx(train_raw, rel=1e-6)
    assert total(run, "eval") == pytest.approx(weighted(run, "eval"), rel=1e-6)


@pytest.mark.parametrize(("side", "expected"), [("eval", 3.0), ("training", 1 / 3)])
def test_layers_summed_on_one_side_make_a_ratio_of_their_number(lab: Lab, side: str, expected: float) -> None:
    run = lab(f"layers-summed-in-{side}")
    assert set(raw(run, "train")) == {"feature_loss", "attention_loss"}
    assert ratio(run) == pytest.approx(expected, rel=1e-5)


def test_a_temperature_that_is_not_squared_in_training(lab: Lab) -> None:
    assert ratio(lab("temperature-not-squared")) == pytest.approx(9.0, rel=1e-5)


def test_a_total_divided_by_the_accumulation_once_more(
    still: Config, make_job: Callable[..., Job], recorder: Recorder
) -> None:
    config, fault = replace(still, gradient_accumulation_steps=2), find("divided-by-accumulation").at(None)
    train(recorder, make_job(fault.settings(config), 8, fault=fault))
    assert weighted(recorder, "train") == pytest.approx(2 * total(recorder, "train"), rel=1e-6)
    assert weighted(recorder, "eval") == pytest.approx(total(recorder, "eval"), rel=1e-6)


@pytest.mark.parametrize(("name", "factor"), [("component-scaled", 16.0), ("component-dropped", 0.0)])
def test_a_component_enters_the_total_otherwise_than_declared(lab: Lab, name: str, factor: float) -> None:
    run = lab(name)
    for phase in ("train", "eval"):
        extra = (factor - 1.0) * 0.1 * raw(run, phase)["lm_loss"]
        assert total(run, phase) == pytest.approx(weighted(run, phase) + extra, rel=1e-6)
    assert ratio(run) == pytest.approx(1.0, rel=1e-6)


def test_a_stale_copy_gives_the_same_bits_while_the_model_learns(
    tiny: Config, make_job: Callable[..., Job], recorder: Recorder
) -> None:
    train(recorder, make_job(replace(tiny, num_train_epochs=3), fault=find("stale-eval").at(None)))
    evals = list(recorder.series["eval/loss"].values())
    assert len(evals) == 4
    assert len(set(evals)) == 1
    assert recorder.series["update_norm"][4] > 0
    assert recorder.series["train/lm_loss"][15] != recorder.series["train/lm_loss"][5]


def test_frozen_parameters_have_no_gradient_and_do_not_move(
    tiny: Config, make_job: Callable[..., Job], recorder: Recorder
) -> None:
    job = make_job(tiny, fault=find("frozen-parameters").at(None))
    before = torch.cat([parameter.detach().flatten() for parameter in job.objective.trainee.parameters()])
    train(recorder, job)
    after = torch.cat([parameter.detach().flatten() for parameter in job.objective.trainee.parameters()])
    assert torch.equal(before, after)
    for key in ("grad_norm", "update_norm", "update_ratio"):
        assert set(recorder.series[key].values()) == {0.0}
    assert len(set(recorder.series["eval/loss"].values())) == 1
    assert max(recorder.series["lr"].values()) == tiny.learning_rate

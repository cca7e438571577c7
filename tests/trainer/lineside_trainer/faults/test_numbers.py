"""Faults of numerics: one NaN, and what each kind of code makes of it, in the log and in the weights."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lineside_trainer.config import LrScheduler
from lineside_trainer.faults.catalogue import find
from lineside_trainer.guard import NonFiniteError
from lineside_trainer.loop import Job, train

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.trainer.lineside_trainer.conftest import Recorder

    from lineside_trainer.config import Config

    Lab = Callable[[str], Recorder]


@pytest.fixture
def lab(tiny: Config, make_job: Callable[..., Job], recorder: Recorder) -> Lab:
    """Return what trains 10 updates of a batch each, with a fault at step 6."""
    config = replace(tiny, gradient_accumulation_steps=1, lr_scheduler=LrScheduler())

    def run(name: str) -> Recorder:
        fault = find(name).at(6)
        train(recorder, make_job(fault.settings(config), fault=fault))
        return recorder

    return run


def test_clamped_it_is_reported_and_the_rest_of_the_batch_counts(lab: Lab) -> None:
    run = lab("nan-clamped")
    assert run.of("nonfinite") == [("nonfinite", 6, "lm_loss", "nan", "clamped_to_zero")]
    assert math.isnan(run.series["train/lm_loss"][6])
    assert math.isfinite(run.series["train/loss"][6])
    assert run.series["update_norm"][6] > 0
    assert set(run.series["skipped_updates"].values()) == {0.0}


def test_filtered_the_batch_is_missing_from_the_losses_and_the_update_is_skipped(lab: Lab) -> None:
    run = lab("nan-filtered")
    assert run.of("nonfinite") == [("nonfinite", 6, "lm_loss", "nan", "filtered")]
    assert list(run.series["train/loss"]) == list(run.series["train/lm_loss"]) == [1, 2, 3, 4, 5, 7, 8, 9, 10]
    assert 6 in run.series["lr"]
    assert 6 not in run.series["update_norm"]
    assert list(run.series["skipped_updates"].values()) == [0.0] * 5 + [1.0] * 5
    assert math.isfinite(run.series["eval/loss"][10])


def test_raised_it_is_the_last_that_is_heard(lab: Lab, recorder: Recorder) -> None:
    with pytest.raises(NonFiniteError, match=r"^lm_loss is not finite at step 6\.$"):
        lab("nan-raised")
    assert recorder.of("nonfinite") == [("nonfinite", 6, "lm_loss", "nan", "raised")]
    assert max(recorder.series["train/loss"]) == 6


def test_masked_there_is_an_exact_zero_between_values_and_no_report(lab: Lab) -> None:
    run = lab("nan-masked")
    values = run.series["train/lm_loss"]
    assert [step for step, value in values.items() if value == 0.0] == [6]
    assert min(value for step, value in values.items() if step != 6) > 1.0
    assert run.of("nonfinite") == []
    assert math.isfinite(run.series["grad_norm"][6])
    assert math.isfinite(run.series["train/loss"][10])

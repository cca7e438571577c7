"""Evaluation: token-weighted, without dropout, and honest about a perplexity that means nothing."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from lineside_trainer.data import Batch
from lineside_trainer.evaluate import evaluate, report
from lineside_trainer.losses import Figures, Objective

if TYPE_CHECKING:
    from collections.abc import Callable

    from lineside_trainer.config import Config

    from .conftest import Recorder


def test_the_mean_over_batches_is_the_mean_over_tokens(
    tiny: Config, make_objective: Callable[[Config], Objective]
) -> None:
    objective = make_objective(replace(tiny, dropout=0.5))
    ids = torch.arange(40).view(5, 8)
    labels = ids.clone()
    labels[4, 3:] = -100
    parts = [Batch.of(ids[:2], labels[:2]), Batch.of(ids[2:], labels[2:])]
    state = torch.get_rng_state()
    split = evaluate(objective, parts, 2.0)
    whole = evaluate(objective, [Batch.of(ids, labels)], 2.0)
    assert split.raw == pytest.approx(whole.raw, rel=1e-5)
    assert split.total == pytest.approx(sum(w * split.raw[name] for name, w in objective.weights.items()))
    assert torch.equal(torch.get_rng_state(), state)  # a run that evaluates more often is the same run
    assert objective.trainee.training
    assert all(parameter.grad is None for parameter in objective.trainee.parameters())


def test_perplexity_is_that_of_the_language_loss_and_says_when_it_is_capped(
    tiny: Config, make_objective: Callable[[Config], Objective], recorder: Recorder
) -> None:
    objective = make_objective(tiny)
    raw = dict.fromkeys(objective.weights, 1.0)
    report(recorder, 1, Figures(raw | {"lm_loss": 3.0}, 50.0), objective)
    report(recorder, 2, Figures(raw | {"lm_loss": 39.3}, 95.86), objective)
    report(recorder, 3, Figures(raw | {"lm_loss": math.nan}, math.nan), objective)
    assert recorder.series["eval/perplexity"] == {1: math.exp(3.0), 2: math.exp(20.0)}
    assert recorder.series["eval/perplexity_capped"] == {2: 1.0}
    assert recorder.lines == ["Step 2: lm_loss is 39.3; its perplexity is capped at exp(20)."]
    assert recorder.series["eval/loss"][2] == 95.86

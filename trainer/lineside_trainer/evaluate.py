"""Evaluation on held-out batches, by the very objective that is trained."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from lineside_trainer.console import tell
from lineside_trainer.losses import Figures, Losses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lineside_trainer.data import Batch
    from lineside_trainer.losses import Objective
    from lineside_trainer.recorder import Recorder

PERPLEXITY_CAP = 20.0  # nats; beyond it a perplexity is a large number without a meaning


def evaluate(objective: Objective, batches: Sequence[Batch], temperature: float) -> Figures:
    """Return the mean losses per valid token over the batches, without dropout or gradient."""
    objective.trainee.eval()
    tokens = sum(batch.tokens for batch in batches)
    sums = dict.fromkeys(objective.weights, torch.zeros((), dtype=torch.float64))
    with torch.no_grad():
        for batch in batches:
            for name, value in objective(batch, temperature).raw.items():
                sums[name] = sums[name].to(value.device) + value.double() * (batch.tokens / tokens)
    objective.trainee.train()
    return Losses(sums, objective.weights).figures()


def report(run: Recorder, step: int, figures: Figures, objective: Objective) -> None:
    """Log an evaluation; its perplexity is that of the language model's loss, and says when it is capped."""
    run.log_losses(step, phase="eval", raw=figures.raw, weights=dict(objective.weights), total=figures.total)
    nats = figures.raw.get("lm_loss")
    if nats is None or not math.isfinite(nats):
        return
    values = {"eval/perplexity": math.exp(min(nats, PERPLEXITY_CAP))}
    if nats > PERPLEXITY_CAP:
        values["eval/perplexity_capped"] = 1.0
        tell(run, f"Step {step}: lm_loss is {nats:.4g}; its perplexity is capped at exp({PERPLEXITY_CAP:g}).")
    run.log(values, step=step)

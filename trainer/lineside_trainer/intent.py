"""The intent: what this run is meant to do, declared in full, so that lineside can check it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lineside_trainer.config import ModelShape
from lineside_trainer.schedule import Plan, Schedule

if TYPE_CHECKING:
    from lineside_trainer.config import Config


def intent_of(config: Config, plan: Plan) -> dict[str, Any]:
    """Return the declaration as the API's intent."""
    schedule = Schedule.of(config, plan)
    kind = "constant_with_warmup" if schedule.kind == "constant" and schedule.warmup else schedule.kind
    intent = {
        "total_steps": plan.total_batches,
        "step_unit": "batch",
        "epochs": plan.epochs,
        "steps_per_epoch": plan.batches_per_epoch,
        "accumulation": plan.accumulation,
        "schedule": {
            "kind": kind,
            "peak": schedule.peak,
            "floor": 0.0,
            "warmup": schedule.warmup,
            "total": schedule.total,
            "unit": "update",
        },
        "losses": {name: {"weight": weight} for name, weight in config.loss_weights.items()},
        "components_are": "raw",
        "eval_every": config.eval_every,
        # The objective is one and the same in training and evaluation; dropout alone stops for an evaluation.
        "differs": {"dropout": {"train": config.dropout, "eval": 0.0}} if config.dropout else {},
        "targets": [{"nonfinite": 0}],
    }
    return intent | ({"temperature": config.temperature} if "kd_loss" in config.loss_weights else {})


def run_config(config: Config, plan: Plan, schedule: Schedule, facts: dict[str, Any]) -> dict[str, Any]:
    """Return the settings as the run's page shows them: with what follows from them, and the schedule as built."""
    return {
        **config.as_dict(),
        "lr_scheduler": {"type": schedule.kind, "warmup_steps": schedule.warmup, "total_steps": schedule.total},
        "batches_per_epoch": plan.batches_per_epoch,
        "total_batches": plan.total_batches,
        **facts,
    }


def describe(source: ModelShape | str, parameters: int) -> str:
    """Return a model in words, for notes and the terminal."""
    if isinstance(source, str):
        return f"{source} ({parameters:,} parameters)"
    return f"{source.family}, {source.layers} layers of {source.hidden}, {parameters:,} parameters"

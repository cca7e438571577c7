"""The intent in the words of the API, and the settings as the page shows them."""

from __future__ import annotations

from lineside_trainer.config import Config, LrScheduler, ModelShape
from lineside_trainer.intent import describe, intent_of, run_config
from lineside_trainer.schedule import Plan, Schedule


def test_declares_everything() -> None:
    config = Config(learning_rate=3e-5, lr_scheduler=LrScheduler(warmup_ratio=0.1), gradient_accumulation_steps=16)
    assert intent_of(config, Plan(24_941, 16, 3)) == {
        "total_steps": 74_823,
        "step_unit": "batch",
        "epochs": 3,
        "steps_per_epoch": 24_941,
        "accumulation": 16,
        "schedule": {"kind": "linear", "peak": 3e-5, "floor": 0.0, "warmup": 467, "total": 4677, "unit": "update"},
        "losses": {
            "kd_loss": {"weight": 0.7},
            "feature_loss": {"weight": 0.1},
            "attention_loss": {"weight": 0.1},
            "lm_loss": {"weight": 0.1},
        },
        "components_are": "raw",
        "temperature": 2.0,
        "eval_every": 100,
        "differs": {},
        "targets": [{"nonfinite": 0}],
    }


def test_names_the_constant_schedule_by_its_warmup() -> None:
    plan = Plan(10, 1, 1)
    kinds = [
        intent_of(Config(lr_scheduler=LrScheduler("constant", warmup)), plan)["schedule"]["kind"] for warmup in (0, 3)
    ]
    assert kinds == ["constant", "constant_with_warmup"]


def test_a_teacher_declares_no_temperature_and_dropout_is_declared_to_differ() -> None:
    intent = intent_of(Config(dropout=0.1).for_teacher(), Plan(10, 1, 1))
    assert "temperature" not in intent
    assert intent["differs"] == {"dropout": {"train": 0.1, "eval": 0.0}}


def test_the_runs_config_holds_what_follows_from_the_settings() -> None:
    plan = Plan(100, 4, 2)
    shown = run_config(Config(), plan, Schedule.of(Config(), plan), {"device": "cpu"})
    assert shown["lr_scheduler"] == {"type": "linear", "warmup_steps": 5, "total_steps": 50}
    assert (shown["batches_per_epoch"], shown["total_batches"], shown["device"]) == (100, 200, "cpu")
    assert shown["gradient_accumulation_steps"] == 4


def test_models_in_words() -> None:
    assert describe(ModelShape(), 169_728) == "gpt2, 2 layers of 64, 169,728 parameters"
    assert describe("folder/model", 5) == "folder/model (5 parameters)"

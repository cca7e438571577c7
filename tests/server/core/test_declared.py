"""What configs declare, by the names and at the depths at which trainers keep it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside_server.core.declared import completed, declared_in, schedule_of
from lineside_server.core.intent import LossTerm, Schedule
from lineside_server.core.schedules import KINDS

FOUNDING = {
    "num_train_epochs": 3,
    "batches_per_epoch": 24941,
    "total_batches": 74823,
    "gradient_accumulation_steps": 16,
    "learning_rate": 3e-5,
    "lr_scheduler": {"type": "linear", "warmup_steps": 467, "total_steps": 4676},
    "temperature": 2.0,
    "kd_top_k": 256,
    "loss_weights": {"kd_loss": 0.7, "lm_loss": 0.1},
}
HUGGING_FACE = {
    "learning_rate": 5e-5,
    "lr_scheduler_type": "cosine",
    "warmup_ratio": 0.1,
    "warmup_steps": 0,
    "max_steps": 1000,
    "num_train_epochs": 3.0,
    "gradient_accumulation_steps": 4,
    "per_device_train_batch_size": 8,
    "world_size": 2,
    "logging_steps": 10,
}


def test_the_founding_config_declares_all_of_an_intent() -> None:
    intent = completed({}, declared_in(FOUNDING))
    assert intent.schedule == Schedule(kind="linear", peak=3e-5, warmup=467, total=4676)
    assert (intent.accumulation, intent.epochs, intent.steps_per_epoch, intent.step_unit) == (16, 3.0, 24941, "batch")
    assert intent.losses == {"kd_loss": LossTerm(0.7), "lm_loss": LossTerm(0.1)}
    assert intent.temperature == 2.0


def test_training_arguments_declare_a_schedule_in_updates() -> None:
    declared = declared_in(HUGGING_FACE)
    intent = completed({}, declared)
    assert intent.schedule == Schedule(kind="cosine", peak=5e-5, warmup=100, total=1000)
    assert (intent.step_unit, intent.accumulation, intent.total_steps) == ("update", 4, 1000)
    assert intent.epochs is None  # max_steps overrules it
    assert (declared.processes, declared.batch_size) == (2.0, 8.0)


def test_what_was_declared_outright_wins() -> None:
    told = {"accumulation": 2, "step_unit": "batch", "schedule": {"kind": "constant", "peak": 1.0}, "temperature": 4.0}
    intent = completed({**told, "losses": {"kd_loss": 1.0}}, declared_in(FOUNDING))
    assert intent.schedule == Schedule(kind="constant", peak=1.0)
    assert (intent.accumulation, intent.temperature, set(intent.losses)) == (2, 4.0, {"kd_loss"})
    assert intent.epochs == 3.0


def test_the_length_comes_from_epochs_where_no_total_is_told() -> None:
    config = {**HUGGING_FACE, "max_steps": -1, "num_train_examples": 1601}
    declared = declared_in(config)
    assert declared.batches == 101  # of 8 examples in each of 2 processes
    assert declared.updates == 3 * 26
    assert schedule_of(declared) == Schedule(kind="cosine", peak=5e-5, warmup=8, total=78)


def test_the_setting_nearest_the_top_counts_and_a_teachers_never() -> None:
    config = {"teacher_training": {"learning_rate": 1.0}, "optim": {"learning_rate": 2.0, "deep": {"lr": 3.0}}}
    declared = declared_in(config)
    assert declared.learning_rate == 2.0
    assert declared.where["learning_rate"] == "optim.learning_rate"
    assert declared_in({**config, "lr": 4.0}).learning_rate == 4.0


@pytest.mark.parametrize(
    ("config", "name", "value"),
    [
        ({"trainer.max_steps": 7}, "max_steps", 7.0),
        ({"optim/lr": "3e-5"}, "learning_rate", 3e-5),
        ({"learning_rate": {"value": 3e-5, "desc": None}}, "learning_rate", 3e-5),
        ({"scheduler": {"type": "WarmupDecayLR", "params": {"warmup_num_steps": 9}}}, "warmup", 9.0),
        ({"scheduler": {"type": "Linear", "params": {"total_num_steps": "auto"}}}, "total", None),
        ({"fp16": True}, "half", True),
        ({"precision": "bf16-mixed"}, "half", False),
        ({"lr_scheduler_type": "SchedulerType.COSINE"}, "kind", "cosine"),
        ({"devices": [0, 1, 2]}, "processes", 3.0),
        ({"max_steps": -1}, "max_steps", None),
        ({"learning_rate": True}, "learning_rate", None),
        ({"learning_rate": "nan"}, "learning_rate", None),
        ({"eval": {"batch_size": 3}}, "batch_size", None),
    ],
)
def test_names_and_values_are_read_as_trainers_write_them(config: Any, name: str, value: Any) -> None:
    assert getattr(declared_in(config), name) == value


@pytest.mark.parametrize(
    ("kind", "nested", "expected"),
    [("constant", True, ("constant_with_warmup", 10)), ("constant", False, ("constant", 0)), ("cosine", False, None)],
)
def test_transformers_warms_a_constant_rate_up_only_where_the_kind_says_so(
    kind: str, nested: bool, expected: tuple[str, int] | None
) -> None:
    flat = {"learning_rate": 1.0, "lr_scheduler_type": kind, "warmup_steps": 10, "max_steps": 100}
    config = {"learning_rate": 1.0, "lr_scheduler": {"type": kind, "warmup_steps": 10}} if nested else flat
    schedule = schedule_of(declared_in(config))
    assert schedule is not None
    assert (schedule.kind, schedule.warmup) == (expected or ("cosine", 10))


@pytest.mark.parametrize("kind", ["WarmupDecayLR", "CosineAnnealingLR", "OneCycleLR"])
def test_schedules_whose_shape_or_unit_a_config_leaves_open_are_not_guessed(kind: str) -> None:
    config = {"learning_rate": 1.0, "max_steps": 100, "scheduler": {"type": kind, "T_max": 10, "warmup_steps": 10}}
    schedule = schedule_of(declared_in(config))
    assert schedule is not None
    assert schedule.kind not in KINDS


@pytest.mark.parametrize("kind", ["reduce_lr_on_plateau", "ReduceLROnPlateau"])
def test_a_schedule_that_follows_a_metric_cannot_be_declared(kind: str) -> None:
    declared = declared_in({"learning_rate": 1.0, "lr_scheduler": {"type": kind}})
    assert declared.metric_driven
    assert schedule_of(declared) is None


trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["lr", "learning_rate", "lr_scheduler", "type", "warmup_steps", "loss_weights", "devices", "x"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["lr_scheduler", "kind", "max_steps", "world_size", "a.b", ""]), trees))
def test_any_config_can_be_read(config: Any) -> None:
    declared = declared_in(config)
    completed({}, declared)
    assert declared.updates is None or declared.updates >= 0

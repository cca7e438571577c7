"""Roles are told from the keys that trainers really use, and from the intent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside_server.core.intent import parse_intent
from lineside_server.core.roles import role_of, roles_of

INTENT = parse_intent({"losses": {"distance": {"weight": 1.0}}, "roles": {"mine": "train.loss", "lr": "other"}})
PLAIN = parse_intent({})


@pytest.mark.parametrize(
    ("key", "role"),
    [
        ("train/loss", "train.loss"),
        ("loss", "train.loss"),
        ("train_loss", "train.loss"),
        ("train/total_loss", "train.loss"),
        ("train/kd_loss", "train.component"),
        ("kd_loss", "train.component"),
        ("loss/kd", "train.component"),
        ("eval/loss", "eval.loss"),
        ("eval_loss", "eval.loss"),
        ("val/loss", "eval.loss"),
        ("validation/feature_loss", "eval.component"),
        ("train/weight/kd_loss", "weight"),
        ("lr", "lr"),
        ("train/lr", "lr"),
        ("learning_rate", "lr"),
        ("train/learning_rate", "lr"),
        ("lr-AdamW", "lr"),
        ("grad_norm", "grad_norm"),
        ("train/gradient_norm", "grad_norm"),
        ("update_norm", "update_norm"),
        ("param_norm", "param_norm"),
        ("update_ratio", "update_ratio"),
        ("tokens_per_s", "throughput"),
        ("train/samples_per_second", "throughput"),
        ("step_time_s", "step_time"),
        ("memory_bytes", "memory"),
        ("gpu_memory_allocated", "memory"),
        ("update", "update"),
        ("epoch", "epoch"),
        ("eval/perplexity", "perplexity"),
        ("eval_accuracy", "accuracy"),
        ("loss_scale", "loss_scale"),
        ("reward/mean", None),
        ("☃/🚂", None),
        ("floss", None),
    ],
)
def test_it_knows_the_usual_names(key: str, role: str) -> None:
    assert role_of(key, PLAIN) == role


def test_the_intent_decides_first() -> None:
    assert role_of("mine", INTENT) == "train.loss"
    assert role_of("lr", INTENT) == "other"
    assert role_of("train/distance", INTENT) == "train.component"
    assert role_of("eval/distance", INTENT) == "eval.component"
    assert role_of("train/distance", PLAIN) is None


def test_series_without_a_role_are_left_out() -> None:
    assert roles_of(["lr", "something"], PLAIN) == {"lr": "lr"}


@given(st.text(max_size=300))
def test_any_key_will_do(key: str) -> None:
    role = role_of(key, PLAIN)
    assert role is None or role

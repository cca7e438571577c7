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
        ("train/tokens", "tokens"),
        ("num_input_tokens_seen", "tokens"),
        ("train/num_tokens", "tokens"),
        ("tokens_seen", "tokens"),
        ("eval/tokens", None),
        ("train/lr", "lr"),
        ("learning_rate", "lr"),
        ("train/learning_rate", "lr"),
        ("lr-AdamW", "lr"),
        ("grad_norm", "grad_norm"),
        ("train/gradient_norm", "grad_norm"),
        ("updates_skipped", "skipped"),
        ("skipped_updates", "skipped"),
        ("params/trainable", "trainable"),
        ("model_2/params/changed", "changed"),
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
        ("train_loss_step", "train.loss"),
        ("train_loss_epoch", "train.mean_loss"),
        ("dynamics_loss_step", "train.component"),
        ("dynamics_loss_epoch", "train.mean_component"),
        ("val_loss_step", "eval.batch_loss"),
        ("val_loss_epoch", "eval.loss"),
        ("val_acc_epoch", "accuracy"),
        ("avg_loss", "train.mean_loss"),
        ("val/avg_loss", "eval.loss"),
        ("train/ploss_0", "train.component"),
        ("loss_3", "train.component"),
        ("loss3", "train.component"),
        ("initial_omega_loss", "train.component"),
        ("min_snr_loss", "train.component"),
        ("eval/g0/loss", "eval.set_loss"),
        ("eval/g0/kd_loss", "eval.set_component"),
        ("eval_train_loss", "eval.set_loss"),
        ("val/test_loss", "eval.set_loss"),
        ("val_loss/dataloader_idx_1", "eval.set_loss"),
        ("train/student/loss", "train.component"),
        ("Train/Samples/train_loss", "train.loss"),
        ("train/train_loss", "train.loss"),
        ("validation/val_loss", "eval.loss"),
        ("Loss/train", "train.loss"),
        ("Loss/val", "eval.loss"),
        ("Accuracy/test", "accuracy"),
        ("loss_val", "eval.loss"),
        ("lm loss validation", "eval.component"),
        ("lm loss", "train.component"),
        ("trainLoss", "train.loss"),
        ("valLoss", "eval.loss"),
        ("kdLoss", "train.component"),
        ("lr/pg0", "lr"),
        ("model_2/lr/group_1", "lr"),
        ("lr-AdamW/pg1", "lr"),
        ("lr-Adam-1", "lr"),
        ("grad-norm", "grad_norm"),
        ("grad_2.0_norm_total", "grad_norm"),
        ("seconds_per_step", "step_time"),
        ("elapsed time per iteration (ms)", "step_time"),
        ("num_updates", "update"),
        ("eval/samples_per_second", None),
        ("eval_steps_per_second", None),
        ("eval/runtime", None),
        ("eval/epoch", None),
        ("best_val_loss", None),
        ("loss_ema", None),
        ("kd_loss_weight", None),
        ("kd_top_k", None),
        ("kl_coef", None),
        ("lm_head_norm", None),
        ("lrelu/1", None),
        ("update_step", None),
        ("losses/entropy", None),
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


def test_a_declared_term_is_one_however_it_is_written() -> None:
    intent = parse_intent({"losses": {"Cos-Distance": 1.0, "avg_loss": 0.5}})
    assert role_of("train/cos_distance", intent) == "train.component"
    assert role_of("cos_distance_epoch", intent) == "train.mean_component"
    assert role_of("eval/g0/cos distance", intent) == "eval.set_component"


@given(st.sampled_from(["kd", "aux", "l1", "student", "g0"]), st.sampled_from(["train", "eval", "val", "test"]))
def test_no_term_and_no_named_set_is_ever_the_total(name: str, phase: str) -> None:
    for key in (f"{phase}/{name}_loss", f"{phase}_{name}_loss", f"{phase}/{name}/loss", f"{phase}/{name}_loss_step"):
        assert role_of(key, PLAIN) not in {"train.loss", "eval.loss"}


def test_series_without_a_role_are_left_out() -> None:
    assert roles_of(["lr", "something"], PLAIN) == {"lr": "lr"}


@given(st.text(max_size=300))
def test_any_key_will_do(key: str) -> None:
    role = role_of(key, PLAIN)
    assert role is None or role

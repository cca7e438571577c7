"""Settings: read, converted, and refused in sentences."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from lineside_trainer.config import Config, ConfigError, LrScheduler, ModelShape
from lineside_trainer.reading import parse, read

if TYPE_CHECKING:
    from pathlib import Path

FOUNDING = {
    "temperature": 2,
    "min_temperature": 1.0,
    "kd_top_k": 256,
    "gradient_accumulation_steps": 16,
    "learning_rate": 3e-5,
    "lr_scheduler": {"type": "linear", "warmup_steps": 467},
    "loss_weights": {"kd_loss": 0.7, "feature_loss": 0.1, "attention_loss": 0.1, "lm_loss": 0.1},
    "teacher": "some/model",
    "student": {"family": "llama", "layers": 6},
    "corpus": ["a.txt", "b"],
}


def test_reads_the_vocabulary_of_the_founding_report() -> None:
    config = parse(FOUNDING)
    assert (config.temperature, config.min_temperature, config.kd_top_k) == (2.0, 1.0, 256)
    assert config.lr_scheduler == LrScheduler("linear", 467)
    assert config.teacher == "some/model"
    assert config.student == ModelShape("llama", layers=6)
    assert config.corpus == ("a.txt", "b")
    assert config.batch_size == Config().batch_size


@pytest.mark.parametrize("config", [Config(), parse(FOUNDING)], ids=["default", "founding"])
def test_as_json_and_back_is_the_same(config: Config) -> None:
    assert parse(json.loads(json.dumps(config.as_dict()))) == config


def test_values_lie_over_the_base() -> None:
    base = parse({"temperature": 3.0, "seed": 7})
    assert parse({"temperature": 1.5}, base) == replace(base, temperature=1.5)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"temprature": 2}, "temprature is not a setting. Did you mean temperature?"),
        ({"zzz": 2}, "zzz is not a setting."),
        ({"lr_scheduler": {"horizon": 9}}, "lr_scheduler.horizon is not a setting."),
        ({"lr_scheduler": {"type": "poly"}}, 'lr_scheduler.type is "poly"; it must be linear or cosine or constant.'),
        ({"batch_size": 2.5}, "batch_size is 2.5; it must be a whole number."),
        ({"batch_size": True}, "batch_size is true; it must be a whole number."),
        ({"learning_rate": "fast"}, 'learning_rate is "fast"; it must be a number.'),
        ({"bf16": 1}, "bf16 is 1; it must be true or false."),
        ({"kd_top_k": "all"}, 'kd_top_k is "all"; it must be a whole number.'),
        ({"corpus": "a.txt"}, 'corpus is "a.txt"; it must be a list of texts.'),
        ({"loss_weights": [1]}, "loss_weights is [1]; it must be an object of numbers."),
        ({"loss_weights": {"kd_loss": "x"}}, 'loss_weights.kd_loss is "x"; it must be a number.'),
        ({"student": 3}, "student is 3; it must be an object of family, layers, hidden, heads."),
        ({"student": {"family": "bert"}}, 'student.family is "bert"; it must be gpt2 or llama.'),
        ({"batch_size": 0}, "batch_size is 0; it must be at least 1."),
        ({"teacher_training": {"num_train_epochs": 0}}, "num_train_epochs is 0; it must be at least 1."),
        ({"weight_decay": float("nan")}, "weight_decay is nan; it must be at least 0."),
        ({"sequence_length": 1}, "sequence_length must be at least 2: a token is predicted from those before it."),
        ({"vocab_size": 100}, "vocab_size is 100; 257 is the least: 256 bytes and the end of a text."),
        ({"learning_rate": 0}, "learning_rate is 0.0; it must be above zero and finite."),
        ({"temperature": -1}, "temperature is -1.0; it must be above zero and finite."),
        ({"min_temperature": 0}, "min_temperature is 0.0; it must be above zero and finite."),
        ({"kd_top_k": 0}, "kd_top_k is 0; at least one token must be kept."),
        ({"dropout": 1.0}, "dropout is 1.0; it must be from 0 up to, not including, 1."),
        (
            {"loss_weights": {"mse": 1.0}},
            "loss_weights names mse; the components are kd_loss, feature_loss, attention_loss, lm_loss.",
        ),
        ({"loss_weights": {}}, "loss_weights must be finite, none below zero and at least one above it."),
        ({"loss_weights": {"lm_loss": -1}}, "loss_weights must be finite, none below zero and at least one above it."),
        (
            {"lr_scheduler": {"warmup_steps": 1, "warmup_ratio": 0.1}},
            "Give warmup_steps or warmup_ratio of lr_scheduler, not both.",
        ),
        ({"lr_scheduler": {"warmup_steps": -1}}, "lr_scheduler.warmup_steps is -1; it cannot be below zero."),
        ({"lr_scheduler": {"warmup_ratio": 1}}, "lr_scheduler.warmup_ratio is 1.0; it must be from 0 to below 1."),
        ({"student": {"heads": 3}}, "hidden is 64; 3 heads cannot share it evenly."),
        ({"student": {"layers": 0}}, "layers is 0; it must be at least 1."),
        (
            {"student": {"family": "llama", "hidden": 6, "heads": 2}},
            "A head of 3 is odd; llama turns its entries in pairs: choose an even hidden / heads.",
        ),
    ],
)
def test_refuses_in_a_sentence(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=f"^{re.escape(sentence)}$"):
        parse(values)


def test_a_config_file_is_an_object(tmp_path: Path) -> None:
    path = tmp_path / "distil.json"
    path.write_text('{"seed": 3}', encoding="utf-8")
    assert read(path) == {"seed": 3}
    path.write_text("[1]", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"must be a JSON object"):
        read(path)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"is no JSON"):
        read(path)
    with pytest.raises(ConfigError, match=r"cannot be read: No such file"):
        read(tmp_path / "nowhere.json")


def test_the_teacher_is_trained_by_its_own_settings() -> None:
    config = parse({"min_temperature": 1.0, "seed": 4, "lr_scheduler": {"warmup_steps": 900}})
    own = config.for_teacher()
    assert own.student == config.teacher
    assert own.loss_weights == {"lm_loss": 1.0}
    assert own.gradient_accumulation_steps == config.teacher_training.gradient_accumulation_steps
    assert own.lr_scheduler == config.teacher_training.lr_scheduler
    assert own.seed == 4
    assert not own.anneals

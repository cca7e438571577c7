"""The declared numbers that may scale a loss, and the number of classes."""

from collections.abc import Mapping
from typing import Any

from lineside_server.core.facts import Facts
from lineside_server.core.intent import parse_intent
from lineside_server.core.scales import declared_classes, declared_scales


def found(config: Mapping[str, Any], intent: Mapping[str, Any] | None = None) -> dict[str, set[float]]:
    kinds: dict[str, set[float]] = {}
    for scale in declared_scales(Facts(intent=parse_intent(intent), config=config)):
        kinds.setdefault(scale.kind, set()).add(scale.factor)
    return kinds


def test_they_are_found_wherever_they_are_declared() -> None:
    config = {"student": {"layers": 3, "heads": 4}, "kd_top_k": 256, "gradient_accumulation_steps": 16}
    intent = {"accumulation": 16, "temperature": 2.0}
    assert found(config, intent) == {"accumulation": {16.0}, "temperature": {4.0}, "size": {3.0, 256.0}}


def test_numbers_that_scale_nothing_are_left_out() -> None:
    assert found({"layers": 1, "learning_rate": 3e-5, "batch_size": True, "vocab_size": float("nan")}) == {}
    assert found({"temperature": 2.0}, {"losses": {"lm_loss": 1.0}}) == {}  # nothing is distilled


def test_classes_are_found_by_name() -> None:
    assert declared_classes({"model": {"vocab_size": 50257}}) == (50257.0, "model.vocab_size")
    assert declared_classes({"num_labels": 1}) is None

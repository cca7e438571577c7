"""What cannot be meant is said in a sentence, and nothing else is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside._problems import problems

FOUNDING: dict[str, Any] = {
    "total_steps": 74823, "step_unit": "batch", "epochs": 3, "steps_per_epoch": 24941, "accumulation": 16,
    "schedule": {"kind": "linear", "peak": 3e-5, "floor": 0.0, "warmup": 467, "total": 4676, "unit": "update"},
    "losses": {"kd_loss": {"weight": 0.7}, "feature_loss": {"weight": 0.1, "share": 0.1}, "lm_loss": 0.1},
    "components_are": "raw", "temperature": 2.0, "eval_every": 2000,
    "differs": {"kd_top_k": {"train": 256, "eval": None}},
    "targets": [{"metric": "eval/loss", "below": 50, "by_epoch": 1}, {"metric": "a", "over": "b", "below": 2},
                {"nonfinite": 0}, {"loss_share": "declared"}],
    "roles": {"train/total_loss": "train.loss"},
}  # fmt: skip


def test_a_whole_intent_is_fine() -> None:
    assert problems(FOUNDING) == []
    assert problems({}) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lossess": {}}, "unknown entry 'lossess' (is 'losses' meant?)"),
        ({"total_steps": -1}, "intent.total_steps is -1, but it has to be at least 1"),
        ({"total_steps": "many"}, "whole number, not 'many'"),
        ({"total_steps": True}, "whole number, not True"),
        ({"accumulation": 0}, "at least 1"),
        ({"step_unit": "epoch"}, "one of batch, update"),
        ({"temperature": 0}, "above 0"),
        ({"temperature": float("nan")}, "finite number"),
        ({"losses": {"kd": {"weight": -0.5}}}, "intent.losses['kd'].weight is -0.5, but it has to be at least 0"),
        ({"losses": {"kd": -0.5}}, "at least 0"),
        ({"losses": {"kd": "heavy"}}, "is to be a mapping, not text"),
        ({"losses": {"a": {"share": 0.7}, "b": {"share": 0.7}}}, "add up to 1.4"),
        ({"losses": [1]}, "is to be a mapping, not a list"),
        ({"schedule": {"kind": "linear", "peak": 1.0, "warmup": 10, "total": 10}}, "warm-up (10) does not end before"),
        ({"schedule": {"kind": "sawtooth", "peak": 1.0}}, "one of constant"),
        ({"schedule": {"kind": "linear", "peak": 1.0, "floor": 2.0}}, "above its peak"),
        ({"schedule": {"peak": 1.0}}, "has no kind"),
        ({"targets": [{"metric": "x"}]}, "neither 'below' nor 'above'"),
        ({"targets": [{"below": 2}]}, "names no metric"),
        ({"targets": ["x"]}, "is to be a mapping, not text"),
        ({"differs": {"x": {"test": 1}}}, "unknown entry 'test'"),
        ({"roles": {"x": 3}}, "name a role"),
        ({"total_steps": 100}, "3 epochs of 24941 steps are 74823"),
        ({3: 4}, "unknown entry 3"),
    ],
)
def test_what_cannot_be_meant(change: dict[Any, Any], words: str) -> None:
    found = problems({**FOUNDING, **change})
    assert any(words in sentence for sentence in found), found
    assert all(sentence.endswith(".") for sentence in found)


def test_an_intent_that_is_none() -> None:
    assert problems([1]) == ["The intent is to be a mapping, not a list."]


@given(st.dictionaries(
    st.sampled_from([*FOUNDING, "x"]),
    st.recursive(st.none() | st.integers() | st.floats() | st.text(max_size=3),
                 lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)),
))  # fmt: skip
def test_nothing_that_is_declared_raises(intent: dict[str, Any]) -> None:
    assert all(isinstance(sentence, str) for sentence in problems(intent))

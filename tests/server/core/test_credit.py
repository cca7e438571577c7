"""A comparison says what must not be credited to a run, and claims no more than what is declared."""

import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside_server.core.credit import caveats, reading
from lineside_server.core.differences import Differences, differences

DISTILLED = {"losses": {"kd_loss": {"weight": 0.7}, "lm_loss": {"weight": 0.3}}, "step_unit": "batch"}
PLAIN = {"losses": {"lm_loss": {"weight": 1.0}}}


def of(one: Any, other: Any) -> Differences:
    return differences({"a": one, "b": other})


def abouts(config: Any = ({}, {}), intent: Any = ({}, {})) -> dict[str, Any]:
    return {
        one.about: [*one.paths, *(f"?{path}" for path in one.undeclared)] for one in caveats(of(*config), of(*intent))
    }


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ({"temperature": 2}, {"temperature": 4}, {"loss": ["config.temperature"]}),
        ({"temperature": 2}, {}, {"loss": ["?config.temperature"]}),
        ({"generation": {"temperature": 2}}, {"generation": {"temperature": 4}}, {}),
        ({"loss_weights": {"kd": 1}}, {"loss_weights": {"kd": 2}}, {"loss": ["config.loss_weights.kd"]}),
        ({"loss_weights": {"kd": 1, "lm": 1}}, {"loss_weights": {"kd": 1}}, {"loss": ["config.loss_weights.lm"]}),
        ({"eval_batches": 6}, {"eval_batches": 60}, {"eval": ["config.eval_batches"]}),
        ({"data": {"eval_set": "a"}}, {"data": {"eval_set": "b"}}, {"eval": ["config.data.eval_set"]}),
        ({"dataset": {"name": "a", "num_workers": 1}}, {"dataset": {"name": "b", "num_workers": 2}},
         {"loss": ["config.dataset.name"]}),
        ({"dropout": 0.1}, {"dropout": 0}, {"train": ["config.dropout"]}),
        ({"batch_size": 8}, {"batch_size": 16}, {"step": ["config.batch_size"]}),
        ({"eval": {"batch_size": 8}}, {"eval": {"batch_size": 16}}, {}),
        ({"sequence_length": 8}, {"sequence_length": 16},
         {"loss": ["config.sequence_length"], "step": ["config.sequence_length"]}),
        ({"learning_rate": 1, "eval_every": 5, "seed": 1}, {"learning_rate": 2, "eval_every": 9, "seed": 2}, {}),
        ({"lr_scheduler": {"warmup_steps": 7482}}, {"lr_scheduler": {"warmup_steps": 467}}, {}),
        ({"evaluation_strategy": "steps"}, {"evaluation_strategy": "epoch"}, {}),
        ({"gradient_accumulation_steps": 1}, {"gradient_accumulation_steps": 4},
         {"step": ["config.gradient_accumulation_steps"]}),
    ],
)  # fmt: skip
def test_what_a_config_defines(one: Any, other: Any, found: Any) -> None:
    assert abouts(config=(one, other)) == found
    assert abouts(config=(other, one)) == found


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"losses": {"kd_loss": {"weight": 0.5}, "lm_loss": {"weight": 0.3}}},
         {"loss": ["intent.losses.kd_loss.weight"]}),
        ({"losses": {"kd_loss": {"weight": 0.7}}}, {"loss": ["intent.losses.lm_loss.weight"]}),
        ({"losses": {"kd_loss": {"weight": 0.7, "share": 0.5}, "lm_loss": {"weight": 0.3}}}, {}),
        ({"components_are": "raw"}, {"loss": ["?intent.components_are"]}),
        ({"temperature": 2.0}, {"loss": ["?intent.temperature"]}),
        ({"differs": {"top_k": {"train": 2, "eval": None}}},
         {"eval": ["?intent.differs.top_k.eval", "?intent.differs.top_k.train"]}),
        ({"step_unit": "update"}, {"step": ["intent.step_unit"]}),
        ({"eval_every": 2000, "total_steps": 9, "schedule": {"kind": "linear", "peak": 1}}, {}),
    ],
)  # fmt: skip
def test_what_an_intent_defines(change: Any, found: Any) -> None:
    assert abouts(intent=(DISTILLED, DISTILLED | change)) == found


def test_accumulation_says_nothing_of_a_step_where_batches_are_counted() -> None:
    config = ({"gradient_accumulation_steps": 1}, {"gradient_accumulation_steps": 4})
    assert abouts(config, (DISTILLED, DISTILLED)) == {}
    assert abouts(config, (DISTILLED, PLAIN)).keys() >= {"step"}


def test_a_temperature_defines_no_loss_where_nothing_is_distilled() -> None:
    config = ({"temperature": 2}, {"temperature": 4})
    assert abouts(config, (PLAIN, PLAIN)) == {}
    assert abouts(config, (DISTILLED, DISTILLED)) == {"loss": ["config.temperature"]}


def test_the_sentences_name_the_keys_and_no_more() -> None:
    [found] = caveats(of({"temperature": 2, "tokenizer": "a"}, {"temperature": 4}), of({}, {}))
    assert found.sentence == (
        "What a loss measures is declared differently (config.temperature): a difference between losses must not be "
        "credited to a run. Not every run declares config.tokenizer: whether their losses measure the same cannot be "
        "told."
    )


def test_many_keys_are_counted() -> None:
    weights = [{"loss_weights": {str(place): place + shift for place in range(9)}} for shift in (0, 1)]
    [found] = caveats(of(*weights), of({}, {}))
    assert len(found.paths) == 9
    assert "config.loss_weights.5 and 3 more)" in found.sentence


def test_what_figures_compare() -> None:
    assert reading(of({}, {}), of({}, {})) == (
        "No run declares a config or an intent: whether they are set up alike cannot be told."
    )
    assert reading(of({"a": 1}, {"a": 1}), of({}, {})).startswith("Nothing that is declared differs")
    assert reading(of({"a": 1}, {"a": 2}), of({}, {"b": None})) == (
        "2 declarations differ: config.a, intent.b. A difference between figures is one between these configurations: "
        "it does not show that a run is learning."
    )
    assert reading(of({"a": 1}, {"a": 2}), of({}, {})).startswith("1 declaration differs: config.a.")
    assert reading(differences({"a": {"x": 1}}), differences({"a": {}})) == ""


@given(st.dictionaries(st.text(max_size=12), st.integers() | st.dictionaries(st.text(max_size=4), st.integers())))
def test_whatever_keys_are_called_a_run_has_no_caveat_against_itself(config: Any) -> None:
    assert caveats(of(config, config), of(config, config)) == ()
    for caveat in caveats(of(config, {}), of({}, {})):
        assert {*caveat.paths, *caveat.undeclared} <= {
            f"config{'' if row.path.startswith('[') else '.'}{row.path}" for row in of(config, {}).rows
        }


def test_the_founding_report_compared_two_configurations(founding: Any) -> None:
    declared = {}
    for path in founding:
        with gzip.open(path, "rt") as lines:
            told = json.loads(next(lines))
        declared[told["name"]] = told
    sides = [
        differences({name: declared[name][part] for name in ("before_fix", "after_fix_lr_zero")})
        for part in ("config", "intent")
    ]
    assert reading(*sides) == (
        "3 declarations differ: config.lr_scheduler.total_steps, config.lr_scheduler.warmup_steps, intent.eval_every. "
        "A difference between figures is one between these configurations: it does not show that a run is learning."
    )
    assert caveats(*sides) == ()

"""An intent is read leniently: what makes sense is kept, the rest is not declared."""

import json
import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lineside_server.core.intent import Intent, LossTerm, Schedule, parse_intent

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
NAMES = st.sampled_from([*Intent.__dataclass_fields__, "unknown"])


def test_the_whole_of_a_declared_intent_is_read() -> None:
    intent = parse_intent(
        json.loads("""{
        "total_steps": 74823, "step_unit": "batch", "epochs": 3, "steps_per_epoch": 24941, "accumulation": 16,
        "schedule": {"kind": "linear", "peak": 3e-5, "floor": 0.0, "warmup": 467, "total": 4676, "unit": "update"},
        "losses": {"kd_loss": {"weight": 0.7}, "feature_loss": {"weight": 0.1, "share": 0.1}, "lm_loss": 0.2},
        "components_are": "raw", "temperature": 2.0, "eval_every": 2000,
        "differs": {"kd_top_k": {"train": 256, "eval": null}},
        "targets": [{"nonfinite": 0}], "roles": {"train/total_loss": "train.loss"}}""")
    )
    assert (intent.total_steps, intent.step_unit, intent.accumulation) == (74823, "batch", 16)
    assert intent.schedule == Schedule(kind="linear", peak=3e-5, warmup=467, total=4676)
    assert intent.losses["feature_loss"] == LossTerm(weight=0.1, share=0.1)
    assert intent.losses["lm_loss"] == LossTerm(weight=0.2)
    assert (intent.components_are, intent.temperature, intent.eval_every) == ("raw", 2.0, 2000)
    assert intent.differs == {"kd_top_k": {"train": 256, "eval": None}}
    assert intent.targets == ({"nonfinite": 0},)
    assert intent.roles == {"train/total_loss": "train.loss"}


def test_nothing_declared_is_an_intent_too() -> None:
    assert parse_intent(None) == parse_intent({}) == Intent()


def test_wrong_values_are_left_out_one_by_one() -> None:
    intent = parse_intent(
        {"total_steps": "many", "accumulation": 0, "epochs": math.inf, "eval_every": True, "losses": 3}
    )
    assert intent == Intent()


@given(st.dictionaries(NAMES, JSON | st.fixed_dictionaries({"kind": JSON, "peak": JSON, "milestones": JSON})))
def test_no_json_breaks_it(told: Any) -> None:
    assert parse_intent(told).accumulation >= 1

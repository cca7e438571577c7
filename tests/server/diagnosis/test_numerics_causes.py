"""Why values are not finite, spike or diverge: the figures decide which cause comes first and which is refuted."""

from typing import Any

import pytest

from lineside_server.core.facts import Facts
from lineside_server.core.findings import Finding
from lineside_server.diagnosis.rank import diagnosed

Clues = dict[str, Any]


def told(rule: str, clues: Clues, observed: Clues | None = None, config: Clues | None = None) -> Finding:
    plain = {"component": "lm_loss", "step": 700, **(observed or {})}
    found, _ = diagnosed(
        rule, Finding("", plain, {}, (600, 700), ("train/lm_loss",), clues=clues), Facts(config=config or {})
    )
    return found


def fits(found: Finding) -> dict[str, float]:
    return {cause.id: round(cause.fit, 2) for cause in found.causes}


def test_one_nan_in_one_term_is_a_batch_before_anything_else() -> None:
    found = told(
        "nonfinite", {"often": 1, "count": 1, "action": "clamped_to_zero", "loss_before": 3.0, "loss_a_while_ago": 3.0}
    )
    assert fits(found) == {"bad-batch": 0.9, "undefined-term": 0.5, "divergence": 0.0}
    assert found.causes[-1].explanation.startswith("Refuted: the train loss stood at 3 just before, 1 times the 3")
    assert found.actions[0].startswith("Skip the update instead of clamping lm_loss to zero")
    assert "step 700" in found.actions[1]


def test_a_term_that_is_now_and_then_undefined_is_told_from_one_batch() -> None:
    scattered = told("nonfinite", {"often": 2, "count": 9})
    assert scattered.causes[0].id == "undefined-term"
    assert "Compare the 9 batches" in scattered.actions[-1]
    together = told("nonfinite", {"often": 1, "count": 1}, {"also": ["train/kd_loss", "train/loss"]})
    assert fits(together)["undefined-term"] < 0.05


@pytest.mark.parametrize(
    ("clues", "config", "first"),
    [
        ({"loss_before": 9.0, "loss_a_while_ago": 3.0}, {}, "divergence"),
        ({"grad_norm_max": 500.0, "grad_norm_median": 1.0}, {}, "gradient-explosion"),
        ({"lr": 3e-2, "lr_due": 3e-5}, {}, "lr-too-high"),
        ({"often": 30, "count": 30, "loss_scale": 1024.0}, {"fp16": True}, "half-precision-overflow"),
    ],
)
def test_what_went_before_comes_first_where_it_is_seen(clues: Clues, config: Clues, first: str) -> None:
    found = told("nonfinite", {"often": 20, "count": 20, **clues}, {"also": ["train/kd_loss"]}, config)
    assert found.causes[0].id == first


def test_bfloat16_refutes_an_overflow() -> None:
    found = told("nonfinite", {}, config={"trainer": {"mixed_precision": "bf16"}})
    assert fits(found)["half-precision-overflow"] < 0.05


def test_a_zero_with_an_infinite_gradient_was_masked() -> None:
    sure, likely = told("nonfinite-masked", {"grad_norm": "not finite"}), told("nonfinite-masked", {"grad_norm": 0.5})
    assert fits(sure) == {"masked-nan": 0.95, "empty-batch": 0.02}
    assert fits(likely) == {"masked-nan": 0.7, "empty-batch": 0.4}
    assert likely.cannot_tell
    assert '`lineside.nonfinite(700, "lm_loss", value, "clamped_to_zero")`' in sure.actions[0]
    assert told("nonfinite-masked", {"filter": True}).causes == ()


@pytest.mark.parametrize(
    ("clues", "first"),
    [
        ({"outliers": 3, "lr": 3e-5, "lr_due": 3e-5}, "bad-data"),
        ({"outliers": 60, "lr": 3e-2, "lr_due": 3e-5}, "lr-too-high"),
        ({"outliers": 60, "grad_norm_max": 900.0, "grad_norm_median": 1.0}, "gradient-explosion"),
    ],
)
def test_a_short_spike_is_data_and_a_long_one_the_optimiser(clues: Clues, first: str) -> None:
    assert told("loss-spike", clues).causes[0].id == first


def test_a_divergence_names_the_checkpoint_to_go_back_to() -> None:
    found = told("divergence", {"best_step": 600, "lr": 3e-4, "lr_at_best": 5e-5, "lr_due": 3e-4})
    assert found.causes[0].id == "rate-above-what-held"
    assert fits(found)["lr-too-high"] == 0.0
    assert "checkpoint of step 600" in found.actions[0]
    assert found.cannot_tell == "Whether gradients grew: log their norm."


def test_skipped_updates_and_norms_say_what_to_do() -> None:
    floor = told("skipped-steps", {"at_floor": True, "loss_scale": 1.0})
    assert floor.causes[0].id == "half-precision-overflow"
    assert floor.actions[0].startswith("Stop and go on from a checkpoint")
    assert "bfloat16" in told("skipped-steps", {"share": 0.1}).actions[0]
    assert "Clipping to 0.5" in told("grad-norm", {"bound": 0.5}).actions[0]
    assert told("grad-norm", {}).actions

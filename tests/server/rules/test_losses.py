"""Which series rules of loss look at, and what counts as a rise and as a declared restart."""

from typing import Any

import numpy as np
import pytest

from lineside_server.rules.knowledge import facts_of, refine
from lineside_server.rules.losses import (
    clock,
    due_rates,
    eval_losses,
    eval_name,
    on_training_data,
    planned_rates,
    rises,
    train_loss,
)
from lineside_server.rules.model import Scene
from lineside_server.rules.tape import Points, Tape


def scene(*keys: str, intent: dict[str, Any] | None = None) -> Scene:
    tape, steps = Tape(), np.arange(100)
    tape.add({key: Points(steps, np.arange(100.0), np.arange(100.0) / 2) for key in keys}, keys)
    facts = refine(facts_of({}, intent or {}), tape, ())
    by_role: dict[str, tuple[str, ...]] = {}
    for key in sorted(facts.roles, key=lambda key: (len(key), key)):
        by_role[facts.roles[key]] = (*by_role.get(facts.roles[key], ()), key)
    return Scene(facts, tape.tracks, 0, 99, by_role=by_role)


def keys(tracks: list[Any]) -> list[str]:
    return [track.key for track in tracks]


@pytest.mark.parametrize(
    ("logged", "found"),
    [
        (("train/loss", "train/kd_loss"), "train/loss"),
        (("lm_loss", "lr"), "lm_loss"),
        (("train/kd_loss", "train/lm_loss"), None),
        (("lr",), None),
    ],
)
def test_the_train_loss_is_the_total_or_the_only_term(logged: tuple[str, ...], found: str | None) -> None:
    track = train_loss(scene(*logged))
    assert (track.key if track else None) == found


@pytest.mark.parametrize(
    ("logged", "found"),
    [
        (("train/loss", "eval/loss", "eval/kd_loss"), ["eval/loss"]),
        (("loss", "eval_loss", "eval_train_loss"), ["eval_loss", "eval_train_loss"]),
        (("loss", "eval_g0_loss", "eval_g1_loss"), ["eval_g0_loss", "eval_g1_loss"]),
        (("train/loss", "train/a_loss", "eval/a_loss", "eval/b_loss"), []),
        (("loss",), []),
    ],
)
def test_eval_losses_are_totals_or_those_of_several_sets(logged: tuple[str, ...], found: list[str]) -> None:
    assert keys(eval_losses(scene(*logged))) == found


def test_names_of_evals() -> None:
    names = {
        "eval/loss": "eval",
        "eval_loss": "eval",
        "eval/g0/loss": "eval/g0",
        "val/total_loss": "val",
        "loss": "loss",
    }
    assert {key: eval_name(key) for key in names} == names
    part, whole = eval_losses(scene("loss", "eval_train_loss")), eval_losses(scene("loss", "eval_loss"))
    assert on_training_data(part[0])
    assert not on_training_data(whole[0])


@pytest.mark.parametrize(
    ("logged", "found"), [(("lr", "loss"), "loss"), (("mine", "lr"), "lr"), (("mine",), "mine"), ((), None)]
)
def test_the_clock_is_the_loss_or_what_there_is(logged: tuple[str, ...], found: str | None) -> None:
    track = clock(scene(*logged))
    assert (track.key if track else None) == found


def test_a_rise_is_by_a_factor_and_more_than_a_trifle_of_what_was_gained() -> None:
    values, best = np.array([3.0, 2.2, 0.12, 1.0, -1.0, np.nan]), np.array([2.0, 2.0, 0.08, 0.0, -2.0, 1.0])
    assert rises(values, best, 1.2, 5.0).tolist() == [True, False, False, False, False, False]
    assert rises(values, best, 1.2, float("nan")).tolist() == [True, False, True, False, False, False]


def test_the_declared_rate_is_due_from_the_first_step_and_a_restart_counts_after_the_warm_up() -> None:
    schedule = {"kind": "linear", "peak": 1.0, "warmup": 10, "total": 100}
    declared = scene("loss", intent={"step_unit": "update", "schedule": schedule})
    steps = np.array([5, 10, 55])
    np.testing.assert_allclose(due_rates(declared, steps), [0.5, 1.0, 0.5])
    np.testing.assert_allclose(planned_rates(declared, steps), [np.nan, 1.0, 0.5])
    assert np.isnan(due_rates(scene("loss"), steps)).all()
    named = scene("loss", "lr", intent={"schedule": {"kind": "cosine_with_restarts", "peak": 1.0}})
    np.testing.assert_allclose(due_rates(named, steps), steps * 0.5)

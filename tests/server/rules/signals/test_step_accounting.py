"""step-accounting: contradicting declarations are told at the first point, contradicting strides soon after."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lineside_server.core.events import StoredEvent
from lineside_server.core.findings import Level
from lineside_server.rules.signals.declared.step_accounting import StepAccounting

Judge = Callable[..., Any]
SCHEDULE = {"kind": "linear", "peak": 3e-5, "floor": 0.0, "warmup": 467, "total": 4676, "unit": "update"}
FOUNDING = {
    "total_steps": 74823,
    "step_unit": "batch",
    "epochs": 3,
    "steps_per_epoch": 24941,
    "accumulation": 16,
    "schedule": SCHEDULE,
}
CONFIG = {
    "num_train_epochs": 3,
    "batches_per_epoch": 24941,
    "total_batches": 74823,
    "gradient_accumulation_steps": 16,
    "learning_rate": 3e-5,
    "lr_scheduler": {"type": "linear", "warmup_steps": 467, "total_steps": 4676},
}
IN_BATCHES = {**CONFIG, "lr_scheduler": {"type": "linear", "warmup_steps": 7482, "total_steps": 74823}}
ONE = {"train/loss": ([1], [2.0])}


def declared(**changes: Any) -> dict[str, Any]:
    return {**FOUNDING, **changes}


def scheduled(**changes: Any) -> dict[str, Any]:
    return declared(schedule={**SCHEDULE, **changes})


def test_declarations_that_agree_are_quiet(judge: Judge) -> None:
    judged = judge(StepAccounting, ONE, intent=FOUNDING, config=CONFIG)
    assert judged.quiet
    assert judged.check.reason == (
        "The declarations agree: 24,941 batches · 3 epochs / accumulation 16 = 4,676.4 updates, "
        "and the schedule counts 4,676."
    )


def test_a_config_whose_scheduler_counts_batches_is_told_from_the_first_line(judge: Judge) -> None:
    (fired,) = judge(StepAccounting, ONE, intent=FOUNDING, config=IN_BATCHES).transitions
    assert (fired.step, fired.subject, fired.level) == (1, "declaration", Level.WARNING)
    assert fired.finding.title == (
        "The config's scheduler is warm-up 7,482, total 74,823; declared is warm-up 467, total 4,676"
    )
    assert fired.finding.observed == {"warmup": 7482, "total": 74823}
    assert fired.finding.expected == {"warmup": 467, "total": 4676}


@pytest.mark.parametrize("intent", [scheduled(warmup=467, total=74823), scheduled(warmup=7482, total=74823)])
def test_a_schedule_declared_from_the_faulty_scheduler_still_contradicts(judge: Judge, intent: Any) -> None:
    (fired,) = judge(StepAccounting, ONE, intent=intent).transitions
    assert fired.step == 1
    assert fired.finding.expected["updates"] == pytest.approx(4676.4, abs=0.1)
    assert "24,941 batches · 3 epochs / accumulation 16 = 4,676.4" in fired.finding.formula
    never_ends = intent["schedule"]["warmup"] > 4676
    assert fired.level == (Level.CRITICAL if never_ends else Level.WARNING)


@pytest.mark.parametrize(
    ("intent", "config", "level", "title"),
    [
        (scheduled(warmup=4676), {}, 3, "The warm-up takes 4,676 updates, and the declared total only 4,676"),
        (scheduled(total=4680), {}, 2, "The schedule is declared for 4,680 updates, and the run makes 4,676"),
        (declared(epochs=4), {}, 2, "74,823 steps are declared, and 4 epochs of 24,941 make 99,764"),
        (declared(), {"gradient_accumulation_steps": 8}, 2, "The intent declares accumulation 16; the config has 8"),
        (declared(), {"num_train_epochs": 5}, 2, "The intent declares epochs 3; the config has 5"),
        (declared(), {**CONFIG, "learning_rate": 3e-4}, 2, "The config's scheduler is peak 0.0003; declared is peak"),
        (
            {},
            {"per_device_train_batch_size": 4, "world_size": 8, "total_train_batch_size": 64},
            2,
            "An update is declared to take 64 examples, and takes 32",
        ),
    ],
)
def test_each_contradiction_is_told_with_its_figures(
    judge: Judge, intent: Any, config: Any, level: int, title: str
) -> None:
    fired = judge(StepAccounting, ONE, intent=intent, config=config).fired
    assert [one.level for one in fired] == [level]
    assert any(text.startswith(title) for text in told(fired[0]))


def told(transition: Any) -> list[str]:
    return [transition.finding.title, *transition.finding.observed.get("also", [])]


@pytest.mark.parametrize(
    "intent",
    [
        scheduled(total=4679),  # the last update of each epoch is a smaller one
        scheduled(total=4674),  # or it is left out
        scheduled(kind="constant_with_warmup", total=9),
        scheduled(unit="batch", warmup=7482, total=74823),
        {"schedule": SCHEDULE},  # streaming data have no length
        {"total_steps": 4676, "step_unit": "update", "accumulation": 16, "schedule": SCHEDULE},
    ],
)
def test_what_only_looks_like_a_contradiction_is_none(judge: Judge, intent: Any) -> None:
    assert judge(StepAccounting, ONE, intent=intent).quiet


def test_a_later_declaration_settles_it(judge: Judge) -> None:
    event = StoredEvent(1, "config", 50, 25.0, {"config": CONFIG})
    series = {"train/loss": (range(1, 101), np.ones(100))}
    judged = judge(StepAccounting, series, intent=FOUNDING, config=IN_BATCHES, events=[event])
    assert [(t.kind, t.step) for t in judged.transitions] == [("fired", 1), ("resolved", 51)]


def test_batches_that_are_declared_as_updates_are_told_by_the_updates(judge: Judge) -> None:
    steps = np.arange(1, 400)
    series = {"train/loss": (steps, np.ones(399)), "update": (steps, (steps // 8).astype(float))}
    judged = judge(StepAccounting, series, intent={"step_unit": "update", "accumulation": 8})
    (fired,) = judged.transitions
    assert (fired.subject, fired.step) == ("stride", 80)
    assert fired.finding.title == "The run takes 7.9 steps an update; 1 are declared"
    assert judge(StepAccounting, series, intent={"step_unit": "batch", "accumulation": 8}).quiet


def test_epochs_tell_how_many_steps_they_take(judge: Judge) -> None:
    steps = np.arange(10, 1000, 10)
    series = {"train/loss": (steps, np.ones(99)), "epoch": (steps, np.round(steps / 500, 2))}
    intent = {"step_unit": "update", "accumulation": 4}
    judged = judge(StepAccounting, series, intent={**intent, "steps_per_epoch": 2000, "epochs": 2})
    assert [(t.subject, t.step) for t in judged.transitions] == [("stride", 110)]
    assert judged.fired[0].finding.title == "The run takes 500 steps an epoch; 2000 are declared"
    assert judge(StepAccounting, series, intent={**intent, "steps_per_epoch": 500, "epochs": 2}).quiet


@pytest.mark.parametrize(("config", "quiet"), [({}, False), ({"logging_steps": 16}, True)])
def test_strides_of_the_accumulation_are_batches_unless_logs_come_so(judge: Judge, config: Any, quiet: bool) -> None:
    steps = np.arange(16, 1000, 16)
    intent = {"step_unit": "update", "accumulation": 16}
    assert judge(StepAccounting, {"lr": (steps, np.ones(62))}, intent=intent, config=config).quiet == quiet


def test_steps_beyond_the_declared_length_are_told(judge: Judge) -> None:
    steps = np.arange(1, 300)
    intent = {"total_steps": 200, "step_unit": "update"}
    judged = judge(StepAccounting, {"train/loss": (steps, np.ones(299))}, intent=intent)
    assert [(t.subject, t.step) for t in judged.transitions] == [("stride", 204)]
    assert judged.fired[0].finding.title == "The steps go on beyond the 200 that are declared"


def test_what_is_missing_is_said(judge: Judge) -> None:
    assert '"steps_per_epoch"' in judge(StepAccounting, ONE).check.reason
    assert "streaming data" in judge(StepAccounting, ONE, intent={"schedule": SCHEDULE}).check.reason

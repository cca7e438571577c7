"""States of the Hugging Face trainer: points under our keys, and nothing taken for what it is not."""

from typing import Any

import pytest

from lineside_server.errors import BadInput
from lineside_server.recording.model import NO_END

SUMMARY = {
    "step": 30, "epoch": 3.0, "train_runtime": 12.5, "train_loss": 1.25, "total_flos": 1e15,
    "train_samples_per_second": 9.5, "train_steps_per_second": 2.4,
}  # fmt: skip


def train(step: int, loss: Any, **more: Any) -> Any:
    return {"step": step, "epoch": step / 10, "loss": loss, "learning_rate": 1e-4 / step, "grad_norm": 1.5, **more}


def measured(step: int, loss: float, prefix: str = "eval") -> Any:
    figures = {"loss": loss, "accuracy": 0.5, "runtime": 5.5, "samples_per_second": 70.1, "steps_per_second": 17.2}
    return {"step": step, "epoch": step / 10, **{f"{prefix}_{name}": figure for name, figure in figures.items()}}


def test_rows_become_points_under_our_keys(desk: Any) -> None:
    read = desk.state(train(10, 2.5), measured(10, 2.25), train(20, 2.0))
    assert read.series["train/loss"] == {10: 2.5, 20: 2.0}
    assert read.series["eval/loss"] == {10: 2.25}
    assert read.roles == {
        "train/loss": "train.loss",
        "lr": "lr",
        "grad_norm": "grad_norm",
        "epoch": "epoch",
        "eval/loss": "eval.loss",
        "eval/accuracy": "accuracy",
    }
    assert {"eval/runtime", "eval/samples_per_second", "eval/steps_per_second"} <= set(read.series)
    assert read.rejected == []


def test_an_epoch_is_said_once_a_step(desk: Any) -> None:
    read = desk.state(train(10, 2.5), measured(10, 2.25), train(20, 2.0))
    assert [event.get("values", {}).get("epoch") for event in read.events] == [1.0, None, 2.0, None]


def test_the_closing_figures_are_no_points(desk: Any) -> None:
    read = desk.state(train(10, 2.5), SUMMARY, max_steps=30, global_step=30)
    assert read.series["train/loss"] == {10: 2.5}
    assert not any(30 in points for points in read.series.values())
    assert read.config["_summary"]["train_loss"] == 1.25
    assert read.events[-1] == {"type": "finish", "ts": 1_700_000_000.0, "status": "finished"}


def test_several_eval_sets_are_told_apart(desk: Any) -> None:
    read = desk.state(measured(0, 3.5, "eval_g0"), measured(0, 4.5, "eval_g1_x"), train(10, 2.5))
    assert read.series["eval/g0/loss"] == {0: 3.5}
    assert read.series["eval/g1_x/accuracy"] == {0: 0.5}
    assert read.roles["eval/g0/loss"] == read.roles["eval/g1_x/loss"] == "eval.set_loss"
    assert "eval.loss" not in read.roles.values()


def test_a_set_beside_the_eval_is_not_the_eval(desk: Any) -> None:
    read = desk.state(measured(10, 2.5), measured(10, 3.5, "eval_other"), measured(10, 4.5, "test"))
    assert read.roles["eval/loss"] == "eval.loss"
    assert read.roles["eval/other/loss"] == "eval.set_loss"
    assert read.roles["test/loss"] == "eval.set_loss"
    assert "eval/loss is taken as the eval loss" in read.notes


def test_terms_of_a_loss_stay_terms(desk: Any) -> None:
    read = desk.state(
        train(10, 2.5, kd_loss=2.0, **{"train/ploss_0": 0.25}),
        {"step": 10, "eval_loss": 2.0, "eval_kd_loss": 1.5},
        {"step": 10, "eval_g0_loss": 1.0, "eval_g0_f1": 0.5},
    )
    assert read.series["train/kd_loss"] == {10: 2.0}
    assert read.roles["train/kd_loss"] == read.roles["train/ploss_0"] == "train.component"
    assert read.roles["eval/kd_loss"] == "eval.component"
    assert read.roles["eval/g0/loss"] == "eval.set_loss"
    assert read.series["eval/g0/f1"] == {10: 0.5}


def test_what_is_not_finite_is_a_value(desk: Any) -> None:
    rows = '{"step": 1, "loss": NaN}, {"step": 2, "loss": Infinity}, {"step": 3, "loss": "-Infinity"}'
    read = desk.read("x.json", f'{{"log_history": [{rows}, {{"step": 4, "loss": null}}]}}')
    assert read.series == {"train/loss": {1: "nan", 2: "inf", 3: "-inf"}}
    assert read.rejected == []


def test_what_the_state_declares_is_the_intent(desk: Any) -> None:
    told = {"max_steps": 300, "num_train_epochs": 3, "global_step": 200, "epoch": 2.0, "eval_steps": 50}
    read = desk.state(train(100, 2.5), measured(0, 3.0), measured(50, 2.5), measured(100, 2.25), **told)
    assert read.intent == {"step_unit": "update", "total_steps": 300, "epochs": 3.0, "eval_every": 50}
    assert {name: read.config[name] for name in told} == told
    assert read.events[-1]["error"] == NO_END


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ({"max_steps": 300, "num_train_epochs": 25, "global_step": 300, "epoch": 24.2}, {"total_steps": 300}),
        ({"max_steps": 300, "num_train_epochs": 2**63 - 1, "global_step": 3, "epoch": 1.0}, {"total_steps": 300}),
        ({"max_steps": 0, "num_train_epochs": 3, "eval_steps": 500}, {}),
        ({"max_steps": "many", "eval_steps": 0.125}, {}),
        ({"max_steps": 400, "eval_steps": 0.25}, {"total_steps": 400, "eval_every": 100}),
        ({"max_steps": float("nan"), "eval_steps": float("inf"), "global_step": float("nan")}, {}),
        ({"max_steps": 10**400, "eval_steps": -1}, {}),
    ],
    ids=range(7),
)
def test_what_is_only_a_default_or_follows_is_not_declared(desk: Any, told: Any, left: Any) -> None:
    read = desk.state(train(50, 2.5), measured(100, 2.25), measured(200, 2.0), **told)
    assert read.intent == {"step_unit": "update"} | left


def test_the_reader_says_what_the_figures_are(desk: Any) -> None:
    read = desk.state(*[train(step, 10 / 4**step) for step in range(1, 5)], train(5, 0.1234))
    assert read.config["_averaged"] == {"train/loss": "the mean over the updates since the log before"}
    assert read.config["_clock"] == "none"
    assert read.config["_read_as"] == "trainer_state"
    assert set(read.times) == {1_700_000_000.0}
    assert read.config["_printed"]["train/loss"] == {"decimals": 7, "exponent": False}
    assert "grad_norm" not in read.config["_printed"], "one short figure tells no resolution"


def test_figures_count_as_they_were_printed(desk: Any) -> None:
    rows = [f'{{"step": {step}, "loss": {2 / step:.3f}, "learning_rate": 0.00e+00}}' for step in range(1, 5)]
    printed = desk.read("x.json", f'{{"log_history": [{", ".join(rows)}]}}').config["_printed"]
    assert printed == {"train/loss": {"decimals": 3, "exponent": False}, "lr": {"decimals": 2, "exponent": True}}


def test_names_can_be_mapped_and_dropped(desk: Any) -> None:
    read = desk.state(train(10, 2.5), mapped=["loss=train/total", "grad_norm=@drop"])
    assert set(read.series) == {"train/total", "lr", "epoch"}
    for mapped, reason in (("lost=x", "no column lost"), ("loss=@step", "can only rename")):
        with pytest.raises(BadInput, match=reason):
            desk.state(train(10, 2.5), mapped=[mapped])


def test_nonsense_in_rows_is_counted_and_left_out(desk: Any) -> None:
    rows = [
        3,
        None,
        {"step": -1, "loss": 1},
        {"step": 1.5, "loss": 1},
        {"step": True, "loss": [1], "why": "x", "a": {}},
    ]
    read = desk.state(*rows, train(10, 2.5), {"loss": 2.25}, lr=10**30, note="\ud800")
    assert read.series["train/loss"] == {10: 2.25}
    assert "4 rows of the log history name no step" in read.notes
    assert "hold no numbers: a, loss, why." in read.notes
    assert read.rejected == []
    assert read.recording.opening()["config"]["note"] == "?"
    assert read.config["lr"] == str(10**30)


def test_two_names_of_one_thing_stay_two_series(desk: Any) -> None:
    read = desk.state({"step": 1, "learning_rate": 0.5, "lr": 0.25, "loss": 1.0})
    assert read.series == {"learning_rate": {1: 0.5}, "lr": {1: 0.25}, "train/loss": {1: 1.0}}
    assert set(desk.state({"step": 1, "eval/f1": 0.5, "eval_f1": 0.25}).series) == {"eval/f1", "eval_f1"}
    with pytest.raises(BadInput, match="Two figures would be lr"):
        desk.state(train(10, 2.5), mapped=["grad_norm=lr"])

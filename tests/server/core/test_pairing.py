"""Series of several runs are paired by role, then by key."""

from typing import Any

from lineside_server.core.intent import parse_intent
from lineside_server.core.pairing import lone, pairs
from lineside_server.core.roles import roles_of


def paired(**keys: list[str]) -> list[tuple[str | None, dict[str, str]]]:
    roles: Any = {run: roles_of(every, parse_intent({})) for run, every in keys.items()}
    return [(pair.role, dict(pair.keys)) for pair in pairs(roles, keys)]


def test_series_of_one_role_are_one_thing_whatever_they_are_called() -> None:
    assert paired(a=["train/loss", "lr"], b=["loss", "val/loss"]) == [
        ("train.loss", {"a": "train/loss", "b": "loss"}),
        ("eval.loss", {"b": "val/loss"}),
        ("lr", {"a": "lr"}),
    ]


def test_other_series_are_paired_by_key_where_two_runs_have_them() -> None:
    found = paired(a=["x", "y", "z"], b=["y", "z"], c=["z", "w"])
    assert found == [(None, {"a": "y", "b": "y"}), (None, {"a": "z", "b": "z", "c": "z"})]
    assert lone({"a": ["x", "y"], "b": ["y"], "c": []}) == {"a": 1, "b": 0, "c": 0}


def test_of_several_series_of_a_role_the_plainest_stands_and_the_others_follow() -> None:
    assert paired(a=["lr", "lr/group_1"], b=["lr", "lr/group_1"]) == [
        ("lr", {"a": "lr", "b": "lr"}),
        (None, {"a": "lr/group_1", "b": "lr/group_1"}),
    ]


def test_the_order_of_runs_and_keys_does_not_matter() -> None:
    assert paired(b=["z", "train/loss"], a=["train/loss", "z"]) == paired(a=["z", "train/loss"], b=["train/loss", "z"])


def test_a_pair_is_called_by_its_plainest_key() -> None:
    roles: Any = {"a": {"train/total_loss": "train.loss"}, "b": {"loss": "train.loss"}}
    [pair] = pairs(roles, {"a": ["train/total_loss"], "b": ["loss"]})
    assert pair.name == "loss"


def test_of_one_run_alone_every_series_is_told() -> None:
    assert [keys for _, keys in paired(a=["x", "train/loss"])] == [{"a": "train/loss"}, {"a": "x"}]

"""Opening, resuming, changing and deleting runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lineside_server.errors import Conflict, NotFound
from lineside_server.store import runs, sweep, tables

if TYPE_CHECKING:
    from tests.server.store.conftest import Box

DAY = 86_400.0


def test_a_new_run_is_as_it_was_asked_for(box: Box) -> None:
    run = box.open(
        project="p", name="n", config={"lr": 3e-5}, intent={"epochs": 3}, tags=("b", "a", "b"), group="g", host={"n": 1}
    )
    assert (run.project, run.name, run.group, run.host, run.tags) == ("p", "n", "g", {"n": 1}, ("a", "b"))
    assert (run.state, run.created_at, run.started_at, run.ended_at) == ("running", 1000.0, 1000.0, None)
    assert [(attempt.attempt, attempt.first_step) for attempt in run.attempts] == [(1, None)]
    assert box.run() == run


def test_a_run_without_an_id_gets_one(box: Box) -> None:
    spec = runs.RunSpec(name="mine")
    one, other = (runs.open_run(box.store, spec, None).result()[0] for _ in range(2))
    assert one.id != other.id
    assert one.project == "default"


def test_never_on_an_existing_run_is_a_conflict(box: Box) -> None:
    box.open("a")
    with pytest.raises(Conflict, match="exists already"):
        box.open("b")


def test_opening_again_by_the_same_writer_is_the_same_answer(box: Box) -> None:
    first = box.open("a", config={"x": 1})
    assert runs.open_run(box.store, runs.RunSpec(id="r", config={"x": 2}), "a").result() == (first, False)
    box.log(1, [5], writer="a", loss=[1.0])
    again, created = runs.open_run(box.store, runs.RunSpec(id="r"), "a").result()
    assert (again.last_step, created) == (5, False)


def test_must_needs_a_run(box: Box) -> None:
    with pytest.raises(NotFound, match="to resume"):
        box.open(resume="must")
    assert box.open(resume="allow").id == "r"


def test_resuming_merges_declarations_and_starts_the_run_again(box: Box) -> None:
    box.open("a", config={"x": 1, "y": 1}, tags=("old",), name="first")
    box.send(1, box.event("finish", status="failed", error="boom"), writer="a")
    runs.request_stop(box.store, "r").result()
    run = box.open("b", resume="must", config={"y": 2}, tags=("new",))
    assert (run.config, run.tags, run.name) == ({"x": 1, "y": 2}, ("new", "old"), "first")
    assert (run.state, run.state_reason, run.ended_at, run.stop_requested) == ("running", None, None, False)
    box.reopen()
    assert box.run() == run


def test_numbers_that_json_lacks_are_kept_by_name(box: Box) -> None:
    run = box.open(config={"clip": float("inf"), "deep": [float("nan"), {"x": float("-inf")}]})
    assert run.config == {"clip": "inf", "deep": ["nan", {"x": "-inf"}]}
    box.reopen()
    assert box.run() == run


def test_a_patch_changes_only_what_it_names(box: Box) -> None:
    before = box.open(intent={"epochs": 3, "total_steps": 9}, tags=("a",))
    patch = runs.RunPatch(name="new", tags=("b",), notes="why", intent={"epochs": None, "accumulation": 4})
    run = runs.patch_run(box.store, "r", patch).result()
    assert (run.name, run.tags, run.notes) == ("new", ("b",), "why")
    assert run.intent == {"total_steps": 9, "accumulation": 4}
    assert (run.project, run.state, run.cursor) == (before.project, "running", before.cursor + 1)
    assert box.run() == run


def test_a_state_by_hand_has_its_reason(box: Box) -> None:
    box.open()
    run = runs.patch_run(box.store, "r", runs.RunPatch(state="failed", state_reason="host died")).result()
    assert (run.state, run.state_reason, run.ended_at) == ("failed", "host died", 1000.0)
    run = runs.patch_run(box.store, "r", runs.RunPatch(state="running")).result()
    assert (run.state, run.state_reason, run.ended_at) == ("running", None, None)


def test_a_stop_is_told_to_the_trainer_until_the_run_ends(box: Box) -> None:
    box.open()
    assert box.log(1, [0], loss=[1.0]).commands == ()
    assert runs.request_stop(box.store, "r").result().stop_requested
    assert box.log(2, [1], loss=[1.0]).commands == ("stop",)
    assert box.log(2, [1], loss=[1.0]).commands == ("stop",)
    assert box.send(3, box.event("finish", status="stopped")).commands == ()


def test_a_deleted_run_is_hidden_and_can_be_restored(box: Box) -> None:
    box.open()
    box.log(1, [0, 1], loss=[1.0, 2.0])
    runs.delete_run(box.store, "r").result()
    for asked in (box.run, lambda: box.log(2, [3], loss=[1.0]), box.page):
        with pytest.raises(NotFound):
            asked()
    assert runs.get_run(box.store, "r", deleted=True).deleted_at == 1000.0
    with pytest.raises(Conflict, match="was deleted"):
        box.open("b", resume="allow")
    assert runs.restore_run(box.store, "r").result().deleted_at is None
    assert box.points("loss") == {0: 1.0, 1: 2.0}


def test_a_deleted_run_is_purged_after_seven_days(box: Box) -> None:
    box.open()
    box.log(1, [0], loss=[1.0])
    runs.delete_run(box.store, "r").result()
    sweep.sweep(box.store, 1000.0 + 7 * DAY - 1, 1000.0).result()
    assert runs.get_run(box.store, "r", deleted=True)
    sweep.sweep(box.store, 1000.0 + 7 * DAY + 1, 1000.0).result()
    assert rows(box) == {}
    assert box.changes[-1].kind == "deleted"


def test_purging_leaves_nothing_and_the_neighbours_alone(box: Box) -> None:
    for run in ("r", "s"):
        box.open(run=run, tags=("t",))
        box.send(1, box.columns([0], loss=[1.0]), box.event("note", 0, text="x"), run=run)
        box.send(2, box.event("finish", status="finished"), run=run)
    kept = {name: count // 2 for name, count in rows(box).items()}
    runs.delete_run(box.store, "r", purge=True).result()
    assert rows(box) == kept
    with pytest.raises(NotFound):
        runs.restore_run(box.store, "r").result()
    assert box.open("w").cursor == 1  # the id is free again


def rows(box: Box) -> dict[str, Any]:
    with box.store.reader() as connection:
        counts = {
            name: len(connection.execute(table.select()).all()) for name, table in tables.run.metadata.tables.items()
        }
    return {name: count for name, count in counts.items() if count}


@pytest.mark.parametrize("call", [runs.restore_run, runs.delete_run, runs.request_stop])
def test_an_unknown_run_is_not_found(box: Box, call: Any) -> None:
    with pytest.raises(NotFound, match="no run nowhere"):
        call(box.store, "nowhere").result()

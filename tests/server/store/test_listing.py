"""The list of runs and of projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lineside_server.errors import BadInput
from lineside_server.store import runs
from lineside_server.store.listing import RunFilter, list_projects, list_runs

if TYPE_CHECKING:
    from tests.server.store.conftest import Box


@pytest.fixture
def many(box: Box) -> Box:
    """r00 to r11, a second apart; even ones in project even, tagged."""
    for number in range(12):
        project, tags = ("even", ("t", "50%")) if number % 2 == 0 else ("odd", ())
        box.open(run=f"r{number:02}", project=project, tags=tags, name=f"Run_{number % 3}")
        box.clock.advance(1)
    box.send(1, box.event("finish", status="failed"), run="r01")
    runs.delete_run(box.store, "r11").result()
    return box


def ids(box: Box, **wanted: object) -> list[str]:
    return [run.id for run in list_runs(box.store, RunFilter(**wanted))[0]]  # type: ignore[arg-type]  # named at the calls


@pytest.mark.parametrize(
    "order", ["-created_at", "created_at", "name", "-name", "state", "-last_step", "last_event_at"]
)
def test_pages_hold_every_run_once(many: Box, order: str) -> None:
    whole = ids(many, order=order)
    cursor, paged = None, []
    while True:
        page, cursor = list_runs(many.store, RunFilter(order=order, limit=3, cursor=cursor))
        paged += [run.id for run in page]
        if cursor is None:
            break
    assert paged == whole
    assert sorted(paged) == [f"r{number:02}" for number in range(11)]


def test_orders(many: Box) -> None:
    assert ids(many, limit=2) == ["r10", "r09"]
    assert ids(many, order="created_at", limit=2) == ["r00", "r01"]
    assert ids(many, order="name", limit=5) == ["r00", "r03", "r06", "r09", "r01"]


def test_filters(many: Box) -> None:
    assert ids(many, project="odd", order="created_at") == ["r01", "r03", "r05", "r07", "r09"]
    assert ids(many, state="failed") == ["r01"]
    assert ids(many, tag="50%", limit=1) == ["r10"]
    assert ids(many, tag="50") == []
    assert ids(many, q="RUN_2", order="created_at") == ["r02", "r05", "r08"]
    assert ids(many, q="%") == []
    assert ids(many, deleted=True) == ["r11"]


def test_a_listed_run_is_the_run(many: Box) -> None:
    many.send(1, many.columns([3], loss=[1.0]), run="r10")
    assert list_runs(many.store, RunFilter(limit=1))[0] == [many.run("r10")]


def test_projects_count_their_runs_by_state(many: Box) -> None:
    assert list_projects(many.store) == [("even", {"running": 6}), ("odd", {"failed": 1, "running": 4})]


@pytest.mark.parametrize("cursor", ["x", "é", "////", "AAAA"])
def test_a_foreign_cursor_is_refused(many: Box, cursor: str) -> None:
    with pytest.raises(BadInput):
        ids(many, cursor=cursor)


def test_an_unknown_order_and_a_cursor_of_another_are_refused(many: Box) -> None:
    with pytest.raises(BadInput, match="cannot be ordered"):
        ids(many, order="colour")
    cursor = list_runs(many.store, RunFilter(limit=1))[1]
    with pytest.raises(BadInput, match="another order"):
        ids(many, order="name", cursor=cursor)

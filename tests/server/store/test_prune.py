"""Runs are purged by the rules, and the file becomes smaller for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from lineside_server.core.events import Columns
from lineside_server.core.keeping import DAY_S, Keeping
from lineside_server.errors import Conflict, NotFound
from lineside_server.store import runs, tables
from lineside_server.store.prune import holdings, prune, purge_ended
from lineside_server.store.reads import summaries
from lineside_server.store.space import give_back_now

if TYPE_CHECKING:
    from tests.server.store.conftest import Box


def course(box: Box, run: str, points: int, *, ended: bool = True, **spec: str) -> None:
    box.open(run=run, **spec)
    noise = np.asarray(np.random.default_rng(points).standard_normal(points), np.float64)
    box.send(1, Columns(np.arange(points), np.arange(points, dtype=np.float64), {"loss": noise}), run=run)
    if ended:
        box.send(2, box.event("finish", status="finished"), run=run)


def test_sizes_are_the_bytes_of_chunks_and_journal(box: Box) -> None:
    course(box, "sealed", 2000)
    course(box, "live", 100, ended=False, project="q")
    box.open(run="empty")
    sizes = {one.run_id: one.bytes for one in holdings(box.store)}
    with box.store.reader() as connection:
        chunks = connection.execute(tables.chunk.select()).all()
        journal = connection.execute(tables.journal.select()).all()
    sealed = sum(len(row.data) + len(row.sketch) + len(row.bad_runs or b"") for row in chunks)
    assert sizes == {"sealed": sealed, "live": sum(len(row.body) for row in journal), "empty": 0}
    assert [(one.run_id, one.bytes) for one in holdings(box.store, "q")] == [("live", sizes["live"])]


def test_sizes_come_by_page(box: Box) -> None:
    for name in "dacb":
        course(box, name, 10 * ord(name), project="p" if name == "c" else "q")
    whole = holdings(box.store)
    assert [one.run_id for one in whole] == list("abcd")
    assert holdings(box.store, limit=3) + holdings(box.store, limit=3, after="c") == whole
    assert holdings(box.store, "q", limit=2, after="a") == [whole[1], whole[3]]


def test_old_runs_go_and_those_that_have_not_ended_stay(box: Box) -> None:
    course(box, "old", 10)
    course(box, "live", 10, ended=False)
    box.clock.advance(10 * DAY_S)
    course(box, "new", 10)
    gone = prune(box.store, Keeping(older_than=9 * DAY_S), box.clock.now())
    assert [one.run_id for one in gone] == ["old"]
    with pytest.raises(NotFound):
        runs.get_run(box.store, "old", deleted=True)
    assert {one.run_id for one in holdings(box.store)} == {"live", "new"}
    assert box.changes[-1].kind == "deleted"
    assert prune(box.store, Keeping(older_than=9 * DAY_S), box.clock.now()) == []


def test_a_project_over_its_quota_loses_its_oldest_runs(box: Box) -> None:
    for number in range(4):
        course(box, f"r{number}", 3000)
        box.clock.advance(1)
    course(box, "theirs", 3000, project="q")
    size = sum(one.bytes or 0 for one in holdings(box.store, "default"))
    gone = prune(box.store, Keeping(quota=size * 5 // 8), box.clock.now())
    assert [one.run_id for one in gone] == ["r0", "r1"]
    assert sum(one.bytes or 0 for one in holdings(box.store, "default")) <= size * 5 // 8


def test_a_run_that_was_taken_up_again_is_not_purged(box: Box) -> None:
    course(box, "r", 10)
    box.open("other", resume="must")
    assert not purge_ended(box.store, "r")
    with pytest.raises(Conflict, match="has not ended: it is running"):
        runs.delete_run(box.store, "r", purge=True, only_ended=True).result()
    assert box.view("loss").count == 10
    assert not purge_ended(box.store, "nowhere")


def test_the_file_shrinks_when_runs_are_purged(file_box: Box) -> None:
    course(file_box, "big", 300_000)
    course(file_box, "kept", 3000)
    file_box.reopen()
    before = file_box.path.stat().st_size
    runs.delete_run(file_box.store, "big", purge=True).result()
    give_back_now(file_box.store)
    file_box.reopen()
    after = file_box.path.stat().st_size
    assert before > 2_000_000
    assert after < before / 4
    assert summaries(file_box.store, "kept")["loss"].count == 3000


def test_others_write_while_room_is_given_back(file_box: Box) -> None:
    course(file_box, "big", 300_000)
    commits = file_box.store.counters.commits
    purged = runs.delete_run(file_box.store, "big", purge=True)
    written = [runs.open_run(file_box.store, runs.RunSpec(id=f"r{n}"), "w") for n in range(3)]
    purged.result()
    assert all(future.result()[1] for future in written)
    give_back_now(file_box.store)
    assert file_box.store.counters.commits - commits > 3  # more than one step of it
    assert not file_box.store.work.freed
    with file_box.store.reader() as connection:
        assert connection.exec_driver_sql("PRAGMA freelist_count").scalar_one() == 0

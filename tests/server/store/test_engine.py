"""One writer, group commit, and what a failure leaves behind."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from lineside_server.core.clock import ManualClock
from lineside_server.errors import DatabaseLocked, NotFound, StartError, StorageFull, Unavailable
from lineside_server.store import runs, tables
from lineside_server.store.engine import Store

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

    from sqlalchemy import Connection
    from tests.server.store.conftest import Box

    from lineside_server.core.events import Applied, Change
    from lineside_server.store.work import Work

WAIT_S = 20


def hold(box: Box) -> tuple[threading.Event, Future[None]]:
    """Keeps the writer busy until the event is set: what is submitted meanwhile makes one group."""
    go, started = threading.Event(), threading.Event()

    def wait(_: Connection) -> None:
        started.set()
        assert go.wait(WAIT_S)

    held = box.store.submit(wait)
    assert started.wait(WAIT_S)
    return go, held


def test_jobs_that_wait_share_one_commit(box: Box) -> None:
    box.open()
    go, held = hold(box)
    before = box.store.counters.commits
    futures = [box.store.submit(lambda connection: connection.execute(text("SELECT 1")).scalar()) for _ in range(20)]
    go.set()
    assert [future.result() for future in futures] == [1] * 20
    held.result()
    assert box.store.counters.commits == before + 2


def test_a_job_that_fails_undoes_itself_alone(box: Box) -> None:
    go, _ = hold(box)
    good = runs.open_run(box.store, runs.RunSpec(id="good"), "w")

    def spoil(work: Work) -> None:
        runs.change(work, work.head("good"), name="spoilt")
        raise NotFound("gone")

    bad = box.store.write(spoil)
    after = runs.open_run(box.store, runs.RunSpec(id="after"), "w")
    go.set()
    assert good.result()[1]
    with pytest.raises(NotFound):
        bad.result()
    assert after.result()[1]
    assert box.run("good").name == "good"
    assert [change.run_id for change in box.changes] == ["good", "after"]
    assert runs.patch_run(box.store, "good", runs.RunPatch(notes="n")).result().name == "good"


def test_listeners_hear_commits_in_order_before_their_futures_resolve(box: Box) -> None:
    heard: list[tuple[str, int, str]] = []

    def listen(changes: list[Change]) -> None:
        heard.extend((change.run_id, change.cursor, change.kind) for change in changes)

    box.store.on_commit(listen)
    box.open()
    box.log(1, [0], loss=[1.0])
    assert heard == [("r", 1, "opened"), ("r", 2, "batch")]
    box.log(1, [0], loss=[1.0])
    assert heard[2:] == []
    box.log(2, [1], loss=[1.0])
    runs.request_stop(box.store, "r").result()
    assert heard[2:] == [("r", 3, "batch"), ("r", 4, "run")]


def test_a_listener_that_fails_harms_nobody(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: list[Change]) -> None:
        raise ValueError("listener")

    box.store.on_commit(fail)
    box.open()
    assert box.log(1, [0], loss=[1.0]).accepted == 1
    assert "listener" in caplog.text


def test_a_reader_sees_one_state_while_others_write(box: Box) -> None:
    box.open()
    with box.store.reader() as connection:
        before = connection.execute(tables.head.select()).mappings().one()["cursor"]
        box.log(1, [0], loss=[1.0])
        assert connection.execute(tables.head.select()).mappings().one()["cursor"] == before


def test_readers_cannot_write(box: Box) -> None:
    with pytest.raises(Unavailable), box.store.reader() as connection:
        connection.execute(tables.run.delete())


def test_a_full_disk_is_told_and_passes(file_box: Box) -> None:
    file_box.open()
    pages = file_box.store.submit(lambda connection: limit_pages(connection, grow=4)).result()
    big = file_box.columns(list(range(5000)), loss=[0.5] * 5000)
    with pytest.raises(StorageFull, match="no room left"):
        file_box.send(1, big)
    assert file_box.page().series == {}
    file_box.store.submit(lambda connection: limit_pages(connection, grow=100_000)).result()
    assert pages > 0
    again: Applied = file_box.send(1, big)
    assert (again.duplicate, again.accepted) == (False, 1)
    assert file_box.view("loss").count == 5000
    assert file_box.store.counters.failed_commits >= 1


def limit_pages(connection: Connection, grow: int) -> int:
    count = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
    connection.exec_driver_sql(f"PRAGMA max_page_count={count + grow}")
    return count


def test_a_failed_transaction_is_run_again_job_by_job(box: Box) -> None:
    box.open()
    go, _ = hold(box)
    small = runs.patch_run(box.store, "r", runs.RunPatch(notes="kept"))
    bad = box.store.submit(lambda connection: connection.execute(text("SELECT * FROM nothing")))
    go.set()
    assert small.result().notes == "kept"
    with pytest.raises(Unavailable):
        bad.result()
    assert box.run().notes == "kept"


def test_the_database_is_made_to_last(file_box: Box) -> None:
    def settings(connection: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "auto_vacuum", "foreign_keys")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    assert file_box.store.submit(settings).result() == ["wal", 2, 2, 1]


def test_one_service_per_file(file_box: Box) -> None:
    with pytest.raises(DatabaseLocked, match=r"lineside\.db"):
        Store.open(str(file_box.path), ManualClock())
    file_box.reopen()  # the lock goes with the service


def test_a_closed_store_refuses_in_words(tmp_path: Path) -> None:
    store = Store.open(str(tmp_path / "x.db"), ManualClock())
    assert store.ready()
    store.close()
    with pytest.raises(Unavailable, match="shutting down"):
        store.submit(lambda _: None)
    assert not store.ready()
    store.close()


def test_closing_finishes_what_was_submitted(box: Box) -> None:
    futures = [runs.open_run(box.store, runs.RunSpec(id=f"r{n}"), "w") for n in range(50)]
    box.reopen()
    assert all(future.result()[1] for future in futures)
    assert box.run("r49").id == "r49"


def test_what_cannot_be_opened_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="cannot be opened: No such file or directory"):
        Store.open(str(tmp_path / "nowhere" / "x.db"), ManualClock())
    other = tmp_path / "notes.txt"
    other.write_text("these are no tables\n" * 100)
    with pytest.raises(StartError, match="cannot be opened: file is not a database"):
        Store.open(str(other), ManualClock())


def test_a_database_must_be_a_file() -> None:
    with pytest.raises(StartError, match="must be a file"):
        Store.open("sqlite://", ManualClock())
    with pytest.raises(StartError, match="SQLite or PostgreSQL"):
        Store.open("mysql://host/db", ManualClock())

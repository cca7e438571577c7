"""What is PostgreSQL's own: one service per database, and connections that go away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, make_url, text

from lineside_server.core.clock import ManualClock
from lineside_server.errors import BadInput, DatabaseLocked, StartError, StorageFull, Unavailable
from lineside_server.store import runs
from lineside_server.store.engine import Store

if TYPE_CHECKING:
    from tests.server.store.conftest import Box


def administer(box: Box, statement: str) -> int:
    """The number of rows that it gave."""
    engine = create_engine(box.url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            return max(connection.execute(text(statement)).rowcount, 0)
    finally:
        engine.dispose()


def cut(box: Box) -> int:
    """Ends every connection to the box's database, as a restart of PostgreSQL does; how many there were."""
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    return administer(box, f"{others} WHERE datname = current_database() AND pid <> pg_backend_pid()")


def test_one_service_per_database(served_box: Box) -> None:
    with pytest.raises(DatabaseLocked, match="Another lineside service is using the database test_"):
        Store.open(served_box.url, ManualClock())
    served_box.reopen()  # the lock goes with the service


def test_a_lost_connection_is_made_again(served_box: Box) -> None:
    served_box.open()
    served_box.log(1, [0], loss=[1.0])
    assert served_box.page().cursor == 2
    assert cut(served_box) == 2
    assert served_box.points("loss") == {0: 1.0}
    assert not served_box.log(2, [1], loss=[2.0]).duplicate
    assert served_box.store.ready()
    assert served_box.points("loss") == {0: 1.0, 1: 2.0}
    with pytest.raises(DatabaseLocked):  # the new connection holds the lock again
        Store.open(served_box.url, ManualClock())


def test_a_connection_lost_in_the_middle_is_told_and_passes(served_box: Box) -> None:
    served_box.open()

    def spoil(connection: Any) -> None:
        connection.execute(text("UPDATE run SET notes = 'half'"))
        cut(served_box)
        connection.execute(text("SELECT 1"))

    with pytest.raises(Unavailable, match=r"does not answer.*Send it again"):
        served_box.store.submit(spoil).result()
    with pytest.raises(Unavailable, match="does not answer"):
        read_and_cut(served_box)
    assert served_box.log(1, [0], loss=[1.0]).accepted == 1
    assert served_box.run().notes == ""


def read_and_cut(box: Box) -> None:
    with box.store.reader() as connection:
        connection.execute(text("SELECT 1"))
        cut(box)
        connection.execute(text("SELECT 1"))


def test_a_full_disk_is_told(served_box: Box) -> None:
    served_box.open()
    full = text("DO $$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = 'disk_full'; END $$")
    with pytest.raises(StorageFull, match="no room left"):
        served_box.store.submit(lambda connection: connection.execute(full)).result()
    assert served_box.log(1, [0], loss=[1.0]).accepted == 1


def test_a_service_that_lost_its_database_to_another_says_so(served_box: Box) -> None:
    served_box.open()
    served_box.log(1, [0], loss=[1.0])
    cut(served_box)
    other = Store.open(served_box.url, ManualClock())
    with pytest.raises(Unavailable, match="Another lineside service"):
        served_box.log(2, [1], loss=[1.0])
    runs.patch_run(other, "r", runs.RunPatch(notes="by the other")).result()
    other.close()
    applied = served_box.log(2, [1], loss=[1.0])
    assert (applied.run.notes, applied.cursor) == ("by the other", 4)  # nothing stale was written back


def test_what_postgresql_cannot_hold_is_refused_in_words(served_box: Box) -> None:
    served_box.open()
    with pytest.raises(BadInput, match="character NUL"):
        runs.patch_run(served_box.store, "r", runs.RunPatch(notes="a\x00b")).result()
    assert runs.patch_run(served_box.store, "r", runs.RunPatch(notes="ab")).result().notes == "ab"


def test_a_trainer_s_last_words_are_kept_whatever_they_are(served_box: Box) -> None:
    served_box.open()
    told = served_box.send(1, served_box.event("finish", status="failed", error="bad byte \x00 in file"))
    assert told.run.state_reason == "bad byte � in file"
    served_box.reopen()
    assert served_box.run() == told.run


def test_a_read_only_server_is_named(served_box: Box) -> None:
    served_box.open()
    administer(served_box, f"ALTER DATABASE {make_url(served_box.url).database} SET default_transaction_read_only = on")
    cut(served_box)
    with pytest.raises(Unavailable, match="read-only"):
        served_box.log(1, [0], loss=[1.0])


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://nobody@127.0.0.1:1/x", "cannot be opened: connection .*failed"),
        ("postgresql+asyncpg://host/x", "not postgresql.asyncpg"),
        ("postgresql://host:port/x", "address of the database cannot be read"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_in_a_sentence(url: str, told: str) -> None:
    with pytest.raises(StartError, match=told):
        Store.open(url, ManualClock())


def test_a_password_is_never_shown(served_box: Box) -> None:
    served_box.store.close()
    store = Store.open(served_box.url.replace("postgres@", "postgres:sesame@"), ManualClock())
    store.close()
    assert "sesame" not in store.url

"""One connection is kept for the writer, and whatever becomes of a transaction leaves nothing behind for the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Connection, event, make_url, text
from sqlalchemy.exc import DBAPIError

from lineside_server.errors import NotFound, Unavailable
from lineside_server.store import runs, tables
from lineside_server.store.connect import make_engine
from lineside_server.store.transactions import Transactions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine
    from tests.server.store.conftest import Box

    from lineside_server.store.work import Work


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = make_engine(make_url(f"sqlite:///{tmp_path / 'x.db'}"), writes=True)
    yield made
    made.dispose()


def driver_of(connection: Connection) -> Any:
    return connection.connection.driver_connection


def test_a_job_alone_that_fails_is_undone(box: Box) -> None:
    box.open()
    before = box.run()

    def spoil(work: Work) -> None:
        runs.change(work, work.head("r"), name="spoilt")
        raise NotFound("gone")

    with pytest.raises(NotFound):
        box.store.write(spoil).result()
    assert box.run() == before
    assert runs.patch_run(box.store, "r", runs.RunPatch(notes="n")).result().name == before.name


def test_jobs_share_one_connection(box: Box) -> None:
    drivers = [box.store.submit(driver_of).result() for _ in range(3)]
    with pytest.raises(Unavailable):
        box.store.submit(lambda connection: connection.execute(text("SELECT * FROM nothing"))).result()
    drivers.append(box.store.submit(driver_of).result())
    assert len({id(driver) for driver in drivers}) == 1


def test_a_commit_that_fails_keeps_nothing(box: Box) -> None:
    box.open()

    def spoil(work: Work) -> None:
        runs.change(work, work.head("r"), name="spoilt")
        for statement in (
            "CREATE TABLE parent (id INTEGER PRIMARY KEY)",
            "CREATE TABLE child (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)",
            "INSERT INTO child VALUES (1)",  # checked at the end alone
        ):
            work.connection.execute(text(statement))

    with pytest.raises(Unavailable):
        box.store.write(spoil).result()
    assert box.run().name == "r"
    assert box.log(1, [0], loss=[1.0]).run.name == "r"
    with pytest.raises(Unavailable):
        box.store.submit(lambda connection: connection.execute(text("SELECT * FROM child"))).result()


def test_a_connection_that_is_gone_is_made_again(engine: Engine) -> None:
    made: list[Any] = []
    event.listen(engine, "connect", lambda connection, _: made.append(connection))
    transactions = Transactions(engine)
    connection = transactions.begin()
    connection.execute(text("CREATE TABLE t (x INTEGER)"))
    driver_of(connection).close()
    transactions.rollback()
    transactions.commit()  # of what is rolled back already: nothing
    fresh = transactions.begin()
    assert fresh is not connection
    assert len(made) == 2
    with pytest.raises(DBAPIError, match="no such table"):
        fresh.execute(text("SELECT * FROM t"))
    transactions.rollback()
    transactions.close()


def test_what_the_database_rolled_back_by_itself_leaves_nothing_open(engine: Engine) -> None:
    transactions = Transactions(engine)
    connection = transactions.begin()
    connection.execute(text("CREATE TABLE t (x INTEGER UNIQUE)"))
    connection.execute(text("INSERT INTO t VALUES (1)"))
    transactions.commit()
    connection = transactions.begin()
    with pytest.raises(DBAPIError, match="UNIQUE"):
        connection.execute(text("INSERT OR ROLLBACK INTO t VALUES (1)"))
    transactions.rollback()
    assert transactions.begin() is connection
    assert connection.execute(text("SELECT count(*) FROM t")).scalar_one() == 1
    transactions.rollback()
    transactions.close()


def test_others_may_use_the_engine_as_ever(engine: Engine) -> None:
    with engine.begin() as connection:  # as a migration does
        tables.run.metadata.create_all(connection)
        assert driver_of(connection).in_transaction
    transactions = Transactions(engine)
    assert driver_of(transactions.begin()).in_transaction
    transactions.close()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM run")).scalar_one() == 0

"""Tables come from the migrations, and from nowhere else."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from lineside_server.core.clock import ManualClock
from lineside_server.errors import NewerDatabase, StartError
from lineside_server.store import migrate, tables
from lineside_server.store.connect import make_engine, parse_url
from lineside_server.store.engine import Store

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.store.conftest import Box

FIRST = "20261123_first_tables"
OF_THE_SERVICE = ("rule", "channel", "mute", "audit", "token", "session")


def test_models_and_migrations_agree(box: Box) -> None:
    with box.store.reader() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.run.metadata) == []


def test_every_table_of_runs_has_the_run_first_in_its_key(box: Box) -> None:
    with box.store.reader() as connection:
        inspector = inspect(connection)
        names = set(inspector.get_table_names()) - {"alembic_version", *OF_THE_SERVICE}
        keys = {name: inspector.get_pk_constraint(name)["constrained_columns"][0] for name in names}
    assert keys == dict.fromkeys([table.name for table in tables.OF_RUNS], "run_id")
    assert set(tables.run.metadata.tables) == {*keys, *OF_THE_SERVICE}


def test_a_new_database_is_at_the_head(box: Box) -> None:
    head = ScriptDirectory.from_config(migrate.configuration()).get_current_head()
    with box.store.reader() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == head


def test_a_newer_database_is_refused_in_a_sentence(file_box: Box) -> None:
    file_box.store.close()
    with closing(sqlite3.connect(file_box.path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '2999_from_tomorrow'")
    with pytest.raises(NewerDatabase, match=r"newer lineside.*2999_from_tomorrow"):
        Store.open(str(file_box.path), ManualClock())
    with closing(sqlite3.connect(file_box.path)) as connection, connection:
        head = ScriptDirectory.from_config(migrate.configuration()).get_current_head()
        connection.execute("UPDATE alembic_version SET version_num = ?", (head,))
    file_box.reopen()  # refusing it let go of the lock, and changed nothing


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE theirs (x)")
    with pytest.raises(StartError, match="not lineside's"):
        Store.open(str(path), ManualClock())


def test_a_database_of_the_first_tables_is_brought_up_to_date(file_box: Box) -> None:
    before = file_box.open()
    file_box.log(1, [0, 1], loss=[1.0, 2.0])
    file_box.close()
    engine, config = make_engine(parse_url(file_box.url), writes=True), migrate.configuration()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, FIRST)
    engine.dispose()
    file_box.store = file_box._open()
    assert file_box.points("loss") == {0: 1.0, 1: 2.0}
    assert file_box.run().health == before.health
    assert file_box.path.with_name(f"{file_box.path.name}.before-{FIRST}").is_file()


def test_what_was_there_is_copied_before_a_migration(file_box: Box) -> None:
    file_box.open()
    file_box.log(1, [0], loss=[1.0])
    migrate._copy(file_box.path, "old")  # while it is open: a WAL file must not simply be copied
    copy = Store.open(str(file_box.path) + ".before-old", ManualClock())
    with copy.reader() as connection:
        assert len(connection.execute(tables.journal.select()).all()) == 1
    copy.close()

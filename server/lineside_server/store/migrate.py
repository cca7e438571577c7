"""Brings the tables to the newest shape when the store opens, after a copy of what was there."""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, inspect

from lineside_server.errors import NewerDatabase, StartError

_log = logging.getLogger(__name__)


def scripts() -> Path:
    """The migrations: packed into a wheel beside this package, in a checkout at the top of the repository."""
    package = Path(__file__).parents[1]
    for folder in (package / "_alembic", package.parents[1] / "alembic"):
        if (folder / "env.py").is_file():
            return folder
    raise StartError("The database migrations are missing from this installation.")


def configuration() -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts()).replace("%", "%%"))
    return config


def upgrade(engine: Engine, database: Path | None) -> None:
    """NewerDatabase when the tables are of a version that this one does not know."""
    config = configuration()
    directory = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        empty = not inspect(connection).get_table_names()
    if current == directory.get_current_head():
        return
    refuse_unknown(current, empty=empty)
    if database is not None and not empty:
        _copy(database, current)
    with engine.begin() as connection:
        run(connection, config, "head")


def run(connection: Connection, config: Config, revision: str) -> None:
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def refuse_unknown(current: str | None, *, empty: bool) -> None:
    """NewerDatabase or StartError unless the tables are of a version from which there is a way to this one."""
    if current is None:
        if not empty:
            raise StartError("This database holds tables that are not lineside's. Give lineside a database of its own.")
        return
    try:
        ScriptDirectory.from_config(configuration()).get_revision(current)
    except CommandError as error:
        raise NewerDatabase(
            f"The database was written by a newer lineside (its tables are at {current}). "
            "Start that version, or give this one another database."
        ) from error


def _copy(database: Path, revision: str | None) -> None:
    """A WAL file must not simply be copied: SQLite's own backup sees one consistent state."""
    copy = database.with_name(f"{database.name}.before-{revision}")
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    _log.info("the database was copied to %s before it is migrated", copy.name)

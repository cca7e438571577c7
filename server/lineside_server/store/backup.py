"""Copies of a SQLite database that are whole: taken while a service writes to it, and put back in its place."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from lineside_server.errors import Conflict, LinesideError, NotFound, StartError, StorageFull
from lineside_server.store.lock import FileLock
from lineside_server.store.migrate import refuse_unknown

_SIDES: Final = ("-wal", "-shm")  # of the same database; a WAL belongs to the one file that it was written for


def back_up(database: Path, copy: Path) -> int:
    """A copy of one moment, checked and on disk before it gets its name; its bytes. Conflict: there is one already."""
    if not database.is_file():
        raise NotFound(f"There is no database {database}.")
    if copy.exists():
        raise _taken(copy)
    with _aside(copy) as partial:
        snapshot(database, partial)
        verify(partial)
        _settle(partial)
        try:
            os.link(partial, copy)  # unlike a renaming, it never replaces what came in between
        except FileExistsError as error:
            raise _taken(copy) from error
    _sync(copy.parent)
    return copy.stat().st_size


def restore(copy: Path, database: Path, now: float) -> Path | None:
    """Puts a copy in place of the database, which is kept: where, or None when there was none.

    DatabaseLocked: a service is using it; NewerDatabase or another LinesideError: the copy is not fit for it.
    """
    if not copy.is_file():
        raise NotFound(f"There is no file {copy}.")
    lock = FileLock.take(database)
    try:
        with _aside(database) as partial:
            snapshot(copy, partial)
            verify(partial)
            _settle(partial)
            replaced = _put_aside(database, now) if database.exists() else None
            partial.rename(database)
        _sync(database.parent)
    finally:
        lock.release()
    return replaced


def snapshot(source: Path, target: Path) -> None:
    """One consistent state, however much is being written: a WAL file must not simply be copied."""
    try:
        place = f"{source.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(place, uri=True)) as read, closing(sqlite3.connect(target)) as write:
            read.backup(write)
            write.execute("PRAGMA journal_mode=DELETE")  # a file that stands for itself
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorname", "") == "SQLITE_FULL":
            raise StorageFull(f"There is no room for a copy in {target.parent}: nothing was changed.") from error
        raise LinesideError(f"{source.name} cannot be copied: {error}. Nothing was changed.") from error


def verify(database: Path) -> None:
    """LinesideError when it is damaged, NewerDatabase or StartError when it is not one that this version can open."""
    try:
        with closing(sqlite3.connect(database)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(1)")]
            tables = connection.execute("SELECT name FROM sqlite_master WHERE name = 'alembic_version'").fetchall()
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone() if tables else None
    except sqlite3.Error as error:
        raise LinesideError(f"The copy cannot be read: {error}. Nothing was changed.") from error
    if found != ["ok"]:
        raise LinesideError(f"The copy is damaged ({found[0].splitlines()[-1]}). Nothing was changed.")
    if revision is None:
        raise StartError("The file is no database of lineside. Nothing was changed.")
    refuse_unknown(revision[0], empty=False)


def _taken(copy: Path) -> Conflict:
    return Conflict(f"{copy} exists already: name another file, or take that one away.")


@contextmanager
def _aside(target: Path) -> Iterator[Path]:
    """A name beside the target for a file under way; nothing is left of it when that fails."""
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        yield partial
    except OSError as error:
        raise LinesideError(f"{target.name} cannot be written: {error.strerror}. Nothing was changed.") from error
    finally:
        for name in ("", "-journal", *_SIDES):
            with suppress(OSError):
                partial.with_name(partial.name + name).unlink()


def _put_aside(database: Path, now: float) -> Path:
    """Renames the database; its WAL is worked in first, or goes along where it cannot be."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    replaced = database.with_name(f"{database.name}.replaced-{moment}")
    for name in (*_SIDES, ""):
        with suppress(FileNotFoundError):
            database.with_name(database.name + name).rename(replaced.with_name(replaced.name + name))
    return replaced


def _settle(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

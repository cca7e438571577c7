"""Engines: how connections to SQLite and PostgreSQL are made, and which failures they have."""

import json
import math
import sqlite3
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError

from lineside_server.errors import LinesideError, StartError, StorageFull, Unavailable

_BUSY_TIMEOUT_MS: Final = 10_000
_READERS: Final = 8
_FULL: Final = {"SQLITE_FULL", "SQLITE_IOERR_WRITE"}  # the second: a limit on file sizes
_PG_FULL: Final = {"53100", "53400"}


def parse_url(url_or_path: str) -> URL:
    url = make_url(url_or_path) if "://" in url_or_path else URL.create("sqlite", database=url_or_path)
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise StartError(f"The database may be SQLite or PostgreSQL, not {url.get_backend_name()}.")
    if url.get_backend_name() == "sqlite" and not file_of(url):
        raise StartError("The database must be a file: one in memory would lose what it acknowledged.")
    return url


def file_of(url: URL) -> Path | None:
    """The database file, if it is SQLite on a file."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def make_engine(url: URL, *, writes: bool) -> Engine:
    engine = create_engine(
        url, json_serializer=dump_json, pool_size=1 if writes else _READERS, max_overflow=0, pool_timeout=60
    )
    if url.get_backend_name() == "sqlite":
        _prepare_sqlite(engine, writes=writes)
    elif not writes:
        engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine


def _prepare_sqlite(engine: Engine, *, writes: bool) -> None:
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
        if writes:
            cursor.execute("PRAGMA auto_vacuum=INCREMENTAL")  # before the first table, or never
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA journal_size_limit=67108864")
        else:
            cursor.execute("PRAGMA query_only=ON")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)


def in_words(error: DBAPIError) -> LinesideError:
    """What the caller hears of a failure of the database; it names no SQL and no path."""
    if getattr(error.orig, "sqlite_errorname", None) in _FULL or getattr(error.orig, "sqlstate", None) in _PG_FULL:
        return StorageFull("The database has no room left: nothing of this was kept. Make room, and send it again.")
    if getattr(error.orig, "sqlite_errorname", None) in {"SQLITE_READONLY", "SQLITE_READONLY_DBMOVED"}:
        return Unavailable("The database cannot be written to: it is read-only. Nothing of this was kept.")
    return Unavailable("The database cannot be used right now: nothing of this was kept. Send it again.")


def dump_json(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError:
        return json.dumps(worded(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def worded(value: Any) -> Any:
    """JSON has no NaN: a non-finite number becomes its name, as on the wire."""
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, dict):
        return {key: worded(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [worded(part) for part in value]
    return value

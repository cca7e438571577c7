"""Engines: how connections to SQLite and PostgreSQL are made, and who alone may write."""

import json
import math
import sqlite3
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from lineside_server.errors import DatabaseLocked, StartError

_BUSY_TIMEOUT_MS: Final = 10_000
_READERS: Final = 8
# A peer that is gone without a word is noticed within half a minute; what the URL says goes before these.
_PATIENCE: Final = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
_LOCK: Final = int.from_bytes(b"lineside")
_LOCK_WAIT_MS: Final = "2000"  # so long may PostgreSQL need to notice that the service before this one was killed
_LOCK_NOT_AVAILABLE: Final = "55P03"
BY_HAND: Final = "lineside_by_hand"  # option of a connection whose transactions transactions.py begins and ends


def parse_url(url_or_path: str) -> URL:
    try:
        url = make_url(url_or_path) if "://" in url_or_path else URL.create("sqlite", database=url_or_path)
    except (ArgumentError, ValueError) as error:
        raise StartError(
            "The address of the database cannot be read: write postgresql://user@host/database."
        ) from error
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in {"sqlite", "postgresql+psycopg"}:
        raise StartError(f"The database may be SQLite or PostgreSQL (postgresql+psycopg://), not {url.drivername}.")
    if url.drivername == "sqlite" and not file_of(url):
        raise StartError("The database must be a file: one in memory would lose what it acknowledged.")
    return url


def file_of(url: URL) -> Path | None:
    """The database file, if it is SQLite on a file."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def make_engine(url: URL, *, writes: bool, wal: bool = True) -> Engine:
    """`wal`: whether SQLite may use it, see mounts.py."""
    options: dict[str, Any] = {
        "json_serializer": dump_json,
        "pool_size": 1 if writes else _READERS,
        "max_overflow": 0,
        "pool_timeout": 60,
    }
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, **options)
        _prepare_sqlite(engine, writes=writes, wal=wal)
        return engine
    patience = {name: value for name, value in _PATIENCE.items() if name not in url.query}
    try:
        engine = create_engine(url, **options, pool_pre_ping=True, connect_args=patience)
    except ModuleNotFoundError as error:
        raise StartError("PostgreSQL needs the extra: pip install 'lineside[postgres]'.") from error
    if writes:
        event.listen(engine, "connect", _take_lock)
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _prepare_sqlite(engine: Engine, *, writes: bool, wal: bool) -> None:
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
        if writes:
            cursor.execute("PRAGMA auto_vacuum=INCREMENTAL")  # before the first table, or never
            cursor.execute(f"PRAGMA journal_mode={'WAL' if wal else 'DELETE'}")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA journal_size_limit=67108864")
        else:
            cursor.execute("PRAGMA query_only=ON")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    def begin(connection: Any) -> None:
        if BY_HAND not in connection.get_execution_options():
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)


def _take_lock(connection: Any, _record: object) -> None:
    """The lock is the writing connection's own: whoever does not hold it cannot write, and it goes with the process."""
    try:
        connection.execute("SELECT set_config('lock_timeout', %s, true)", [_LOCK_WAIT_MS])
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        connection.commit()
    except Exception as error:
        name = "" if connection.closed else connection.info.dbname
        connection.close()
        if getattr(error, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            raise DatabaseLocked(
                f"Another lineside service is using the database {name}: stop it, or give this one another database."
            ) from error
        raise


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

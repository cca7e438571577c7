"""What the callers hear of a failure of the database: a sentence that names no SQL and no path."""

from typing import Final

from sqlalchemy.exc import DataError, DBAPIError

from lineside_server.errors import BadInput, LinesideError, StorageFull, Unavailable

_FULL: Final = {"SQLITE_FULL", "SQLITE_IOERR_WRITE", "53100", "53400"}  # the second: a limit on file sizes
_READ_ONLY: Final = {"SQLITE_READONLY", "SQLITE_READONLY_DBMOVED", "25006"}
_GONE: Final = ("08", "57P")  # connection exceptions; PostgreSQL was told to end, or is only just starting


def in_words(error: DBAPIError) -> LinesideError:
    code = code_of(error)
    if code in _FULL:
        return StorageFull("The database has no room left: nothing of this was kept. Make room, and send it again.")
    if code in _READ_ONLY:
        return Unavailable("The database cannot be written to: it is read-only. Nothing of this was kept.")
    if isinstance(error, DataError):
        return BadInput("The database cannot hold this: a text has a character NUL in it, or a number is too large.")
    if is_gone(error):
        return Unavailable("The database does not answer: whether this was kept is not known. Send it again.")
    return Unavailable("The database cannot be used right now: nothing of this was kept. Send it again.")


def code_of(error: DBAPIError) -> str | None:
    """The name of SQLite's error, or PostgreSQL's five characters; None where the driver knows neither."""
    return getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None)


def is_gone(error: DBAPIError) -> bool:
    """Whether PostgreSQL cannot be reached; a new connection is made for the next transaction."""
    code = code_of(error)
    unknown = code is None and type(error.orig).__module__.startswith("psycopg")
    return unknown or (code is not None and code.startswith(_GONE))


def reason_of(error: DBAPIError) -> str:
    """The driver's own words, on one line."""
    lines = str(error.orig).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error.orig).__name__

"""Who did what: listed, and let go of when it is too old."""

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, select

from lineside_server.core.audit import Record
from lineside_server.errors import BadInput
from lineside_server.store import audit_tables
from lineside_server.store.engine import Store

_audit: Final = audit_tables.audit.c
_FILTERS: Final = ("actor", "action", "kind", "subject", "project")


@dataclass(frozen=True, slots=True)
class AuditFilter:
    actor: str | None = None
    action: str | None = None
    kind: str | None = None
    subject: str | None = None
    project: str | None = None
    limit: int = 50
    cursor: str | None = None


def list_audit(store: Store, wanted: AuditFilter) -> tuple[list[Record], str | None]:
    """A page, the newest first, and the cursor of the next."""
    found = select(audit_tables.audit)
    for name in _FILTERS:
        if (value := getattr(wanted, name)) is not None:
            found = found.where(_audit[name] == value)
    if wanted.cursor is not None:
        found = found.where(_audit.id < _place(wanted.cursor))
    with store.reader() as connection:
        rows = connection.execute(found.order_by(_audit.id.desc()).limit(wanted.limit + 1)).mappings().all()
    records = [Record(**row) for row in rows[: wanted.limit]]
    return records, str(records[-1].id) if len(rows) > wanted.limit else None


def forget_audit(store: Store, before: float) -> Future[int]:
    """Take away what was done before a time; how many that were."""
    gone = delete(audit_tables.audit).where(_audit.at < before)
    return store.write(lambda work: work.connection.execute(gone).rowcount)


def _place(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise BadInput("This cursor was not given by this list.")
    return int(cursor)

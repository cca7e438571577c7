"""The events that are no metrics: numbered per run, listed by page."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import insert, select

from lineside_server.core.events import Event, StoredEvent
from lineside_server.errors import BadInput
from lineside_server.store import tables
from lineside_server.store.engine import Store
from lineside_server.store.heads import Head
from lineside_server.store.rows import require_run
from lineside_server.store.work import Work

# These are marks on the charts: without a step of their own they stand at the run's last.
_MARKS: Final = {"nonfinite", "note", "checkpoint", "epoch", "alert"}
_event = tables.event.c


def add_events(work: Work, head: Head, events: Sequence[Event]) -> tuple[StoredEvent, ...]:
    """Heartbeats leave no trace but the time at which they came."""
    stored = []
    for event in events:
        if event.type != "heartbeat":
            step = head.run.last_step if event.step is None and event.type in _MARKS else event.step
            stored.append(StoredEvent(head.next_event, event.type, step, event.ts, event.body))
            head.next_event += 1
    if stored:
        common = {"run_id": head.run.id, "cursor": head.run.cursor}
        rows = [
            common | {"event_id": one.id, "type": one.type, "step": one.step, "ts": one.ts, "body": one.body}
            for one in stored
        ]
        work.connection.execute(insert(tables.event), rows)
    return tuple(stored)


def list_events(  # noqa: PLR0913 - a query whose parts are named at the call
    store: Store,
    run_id: str,
    types: tuple[str, ...] = (),
    *,
    limit: int = 100,
    cursor: str | None = None,
    after_cursor: int | None = None,
    newest_first: bool = False,
) -> tuple[list[StoredEvent], str | None]:
    """A page and the cursor of the next; `after_cursor` keeps those that came after that cursor of the run."""
    found = select(_event.event_id, _event.type, _event.step, _event.ts, _event.body).where(_event.run_id == run_id)
    if types:
        found = found.where(_event.type.in_(types))
    if after_cursor is not None:
        found = found.where(_event.cursor > after_cursor)
    if cursor is not None:
        seen = _parse(cursor)
        found = found.where(_event.event_id < seen if newest_first else _event.event_id > seen)
    found = found.order_by(_event.event_id.desc() if newest_first else _event.event_id).limit(limit + 1)
    with store.reader() as connection:
        require_run(connection, run_id)
        events = [StoredEvent(*row) for row in connection.execute(found)]
    more = len(events) > limit
    return events[:limit], str(events[limit - 1].id) if more else None


def _parse(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise BadInput("The cursor is not one that this service gave.")
    return int(cursor)

"""The gauges of a run's machine, read from its `system` events."""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, func, select

from lineside_server.core.gauges import Gauge, thinned
from lineside_server.store import tables
from lineside_server.store.engine import Store
from lineside_server.store.rows import require_run

_AT_ONCE: Final = 1000  # rows held in memory
_event = tables.event.c


def read_gauges(
    store: Store, run_id: str, points: int, start: float | None = None, end: float | None = None
) -> tuple[dict[str, Gauge], float | None, float | None]:
    """The gauges between two times, inclusive, and the first and last time that there is. NotFound: no such run."""
    wanted = [_event.run_id == run_id, _event.type == "system"]
    if start is not None:
        wanted.append(_event.ts >= start)
    if end is not None:
        wanted.append(_event.ts <= end)
    span = select(func.min(_event.ts), func.max(_event.ts)).where(*wanted)
    with store.reader() as connection:
        require_run(connection, run_id)
        first, last = connection.execute(span).one()
        if first is None:
            return {}, None, None
        found = select(_event.ts, _event.body).where(*wanted).order_by(_event.event_id)
        return thinned(_samples(connection, found), first, last, points), first, last


def _samples(connection: Connection, found: Any) -> Iterator[tuple[float, object]]:
    rows = connection.execution_options(yield_per=_AT_ONCE).execute(found)
    for ts, body in rows:
        yield ts, body.get("values")

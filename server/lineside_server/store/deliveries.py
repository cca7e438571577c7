"""Messages on their way: claimed by one sender at a time, in order for each topic, and kept with how they fared."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, exists, func, insert, or_, select, update

from lineside_server.core.notices import Delivery, DeliveryState
from lineside_server.errors import Conflict, NotFound
from lineside_server.store import cursors, delivery_tables
from lineside_server.store.engine import Store
from lineside_server.store.outbox import row_of_delivery
from lineside_server.store.work import Work

_it = delivery_tables.delivery.c
_OPEN: Final = ("waiting", "sending")
_newest: Final = (_it.created_at.desc(), _it.delivery_id.desc())


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which messages of a channel: `trials` are those of its test."""

    state: DeliveryState | None = None
    trials: bool = True


def claim(store: Store, now: float, lease_s: float, most: int) -> Future[list[Delivery]]:
    """Take what is due, each for as long as the lease: whoever is killed meanwhile leaves it to be taken again.

    Of a topic and a channel only the oldest that is open is taken, so that messages keep their order.
    """
    return store.write(lambda work: _claim(work.connection, now, lease_s, most))


def finish(store: Store, delivery: Delivery) -> Future[None]:
    """Keep how an attempt ended; one that is due again has the state `waiting`."""
    return store.write(lambda work: _finish(work, delivery))


def add_delivery(store: Store, delivery: Delivery) -> Future[None]:
    """Put a message on its way that no alert asked for: a trial."""
    return store.write(lambda work: _add(work, delivery))


def replay(store: Store, delivery_id: str, now: float) -> Future[Delivery]:
    """Have a message that was given up, or that arrived, sent once more. Conflict: it is still on its way."""
    return store.write(lambda work: _replay(work.connection, delivery_id, now))


def replay_dead(store: Store, channel_id: str, now: float) -> Future[int]:
    """Have every message of a channel that was given up sent once more; trials stay as they are. The number."""
    return store.write(lambda work: _replay_dead(work.connection, channel_id, now))


def cancel_waiting(store: Store, channel_id: str, why: str) -> Future[int]:
    """Give up everything that waits for a channel; the number."""
    return store.write(lambda work: _cancel(work, channel_id, why))


def list_deliveries(
    store: Store, channel_id: str, wanted: DeliveryFilter | DeliveryState | None, limit: int, cursor: str | None
) -> tuple[list[Delivery], str | None]:
    """A page, newest first, and the cursor of the next. BadInput: a cursor not given by this."""
    asked = wanted if isinstance(wanted, DeliveryFilter) else DeliveryFilter(wanted)
    found = select(delivery_tables.delivery).where(_it.channel_id == channel_id)
    if not asked.trials:
        found = found.where(_it.run_id != "")
    if asked.state is not None:
        found = found.where(_it.state == asked.state)
    if cursor is not None:
        at, delivery_id = cursors.unpack(cursor, tuple[float, str])
        older = and_(_it.created_at == at, _it.delivery_id < delivery_id)
        found = found.where(or_(_it.created_at < at, older))
    with store.reader() as connection:
        rows = connection.execute(found.order_by(*_newest).limit(limit + 1)).mappings().all()
    deliveries = [_of(row) for row in rows[:limit]]
    last = deliveries[-1] if len(rows) > limit else None
    return deliveries, None if last is None else cursors.pack(last.created_at, last.id)


def told_of(store: Store, run_id: str, alert_id: str) -> list[Delivery]:
    """Who was told of an alert, and when; oldest first."""
    found = select(delivery_tables.delivery).where(_it.run_id == run_id, _it.alert_id == alert_id)
    with store.reader() as connection:
        return [_of(row) for row in connection.execute(found.order_by(_it.created_at, _it.delivery_id)).mappings()]


def count_by_state(store: Store) -> dict[tuple[str, DeliveryState], int]:
    """How many messages of each channel stand how."""
    counted = select(_it.channel_id, _it.state, func.count()).group_by(_it.channel_id, _it.state)
    with store.reader() as connection:
        return {(channel_id, state): int(n) for channel_id, state, n in connection.execute(counted)}


def next_delivery_due(store: Store) -> float | None:
    with store.reader() as connection:
        due: float | None = connection.execute(select(func.min(_it.due_at)).where(_it.state.in_(_OPEN))).scalar()
        return due


def _claim(connection: Connection, now: float, lease_s: float, most: int) -> list[Delivery]:
    due = select(delivery_tables.delivery).where(_it.state.in_(_OPEN), _it.due_at <= now, ~_is_behind())
    rows = connection.execute(due.order_by(_it.due_at, _it.delivery_id).limit(most)).mappings().all()
    taken = []
    for row in rows:
        ours = (_it.run_id == row["run_id"], _it.delivery_id == row["delivery_id"])
        unchanged = (*ours, _it.state == row["state"], _it.attempts == row["attempts"])
        change = {"state": "sending", "attempts": row["attempts"] + 1, "due_at": now + lease_s}
        if connection.execute(update(delivery_tables.delivery).where(*unchanged).values(change)).rowcount == 1:
            taken.append(_of({**row, **change}))
    return taken


def _is_behind() -> ColumnElement[bool]:
    """Whether an older message of the topic is still open for the channel."""
    older = delivery_tables.delivery.alias("older")
    o = older.c
    same = and_(o.run_id == _it.run_id, o.channel_id == _it.channel_id, o.topic == _it.topic, o.n < _it.n)
    return exists(select(o.delivery_id).where(same, o.state.in_(_OPEN)))


def _finish(work: Work, delivery: Delivery) -> None:
    row = row_of_delivery(delivery)
    names = ("state", "due_at", "finished_at", "status", "error", "took_s")
    # One that was taken away or cancelled meanwhile stays so.
    ours = (_it.run_id == delivery.run_id, _it.delivery_id == delivery.id, _it.state == "sending")
    work.connection.execute(update(delivery_tables.delivery).where(*ours).values({name: row[name] for name in names}))


def _add(work: Work, delivery: Delivery) -> None:
    work.connection.execute(insert(delivery_tables.delivery).values(row_of_delivery(delivery)))


def _replay(connection: Connection, delivery_id: str, now: float) -> Delivery:
    row = connection.execute(select(delivery_tables.delivery).where(_it.delivery_id == delivery_id)).mappings().first()
    if row is None:
        raise NotFound(f"There is no delivery {delivery_id}.")
    if row["state"] in _OPEN:
        raise Conflict("This message is still on its way.")
    change = _anew(now)
    ours = (_it.run_id == row["run_id"], _it.delivery_id == delivery_id)
    connection.execute(update(delivery_tables.delivery).where(*ours).values(change))
    return _of({**row, **change})


def _replay_dead(connection: Connection, channel_id: str, now: float) -> int:
    dead = (_it.channel_id == channel_id, _it.state == "dead", _it.run_id != "")
    return connection.execute(update(delivery_tables.delivery).where(*dead).values(_anew(now))).rowcount


def _anew(now: float) -> dict[str, Any]:
    return {"state": "waiting", "attempts": 0, "due_at": now, "created_at": now, "finished_at": None}


def _cancel(work: Work, channel_id: str, why: str) -> int:
    ours = (_it.channel_id == channel_id, _it.state.in_(_OPEN))
    change = {"state": "dead", "error": why, "finished_at": work.clock.now()}
    return work.connection.execute(update(delivery_tables.delivery).where(*ours).values(change)).rowcount


def prune_deliveries(store: Store, before: float) -> Future[int]:
    """Let go of messages that came to an end before a moment; the number."""
    old = delete(delivery_tables.delivery).where(_it.state.not_in(_OPEN), _it.finished_at < before)
    return store.write(lambda work: work.connection.execute(old).rowcount)


def _of(row: RowMapping | dict[str, Any]) -> Delivery:
    names: Sequence[str] = [column.name for column in delivery_tables.delivery.c if column.name != "delivery_id"]
    return Delivery(id=row["delivery_id"], **{name: row[name] for name in names})

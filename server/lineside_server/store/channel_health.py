"""How the messages of each channel fare, read from the log of deliveries."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, or_, select

from lineside_server.core.notices import ChannelHealth
from lineside_server.store import delivery_tables
from lineside_server.store.deliveries import count_by_state
from lineside_server.store.engine import Store

_it = delivery_tables.delivery.c
_OPEN: Final = ("waiting", "sending")


def health_by_channel(store: Store) -> dict[str, ChannelHealth]:
    """The health of every channel that has any message."""
    counts = count_by_state(store)
    arrived = _arrived()
    with store.reader() as connection:
        delivered = {row.channel_id: row.at for row in connection.execute(select(arrived))}
        failing = {row.channel_id: row for row in connection.execute(_failing(arrived))}
        letters = {row.channel_id: row.n for row in connection.execute(_dead_letters())}
    return {
        channel_id: ChannelHealth(
            counts={state: n for (of, state), n in counts.items() if of == channel_id},
            delivered_at=delivered.get(channel_id),
            failing_since=_since(failing.get(channel_id), delivered.get(channel_id)),
            error=failing[channel_id].error if channel_id in failing else None,
            dead_letters=letters.get(channel_id, 0),
        )
        for channel_id in {channel_id for channel_id, _ in counts}
    }


def _arrived() -> Subquery:
    """When a message last arrived, by channel."""
    found = select(_it.channel_id, func.max(_it.finished_at).label("at")).where(_it.state == "delivered")
    return found.group_by(_it.channel_id).subquery()


def _failing(arrived: Subquery) -> Select[Any]:
    """Of the messages that failed and were followed by none that arrived: when the first came, why the newest fails."""
    ended = or_(arrived.c.at.is_(None), _it.finished_at > arrived.c.at)
    failed = and_(_it.error.is_not(None), or_(_it.state.in_(_OPEN), and_(_it.state == "dead", ended)))
    newest: ColumnElement[int] = func.row_number().over(
        partition_by=_it.channel_id, order_by=(case((_it.state == "dead", 0), else_=1).desc(), _it.created_at.desc())
    )
    first: ColumnElement[float] = func.min(_it.created_at).over(partition_by=_it.channel_id)
    columns = (_it.channel_id, _it.error, first.label("first"), newest.label("place"))
    joined = delivery_tables.delivery.outerjoin(arrived, arrived.c.channel_id == _it.channel_id)
    ranked = select(*columns).select_from(joined).where(failed).subquery()
    return select(ranked).where(ranked.c.place == 1)


def _dead_letters() -> Select[Any]:
    dead = select(_it.channel_id, func.count().label("n")).where(_it.state == "dead", _it.run_id != "")
    return dead.group_by(_it.channel_id)


def _since(failing: Any, delivered_at: float | None) -> float | None:
    """A channel fails since its last success at the earliest, however long a message of it has."""
    return None if failing is None else max(failing.first, delivered_at or 0.0)

"""The channels that messages go to."""

from concurrent.futures import Future
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from lineside_server.core.notices import Channel, Filters, Quiet
from lineside_server.errors import Conflict, NotFound
from lineside_server.store import delivery_tables
from lineside_server.store.alert_rows import plain
from lineside_server.store.engine import Store
from lineside_server.store.work import Work

MOST = 200  # each alert is decided for every one of them
_channel = delivery_tables.channel.c


def list_channels(store: Store) -> list[Channel]:
    """Every channel, oldest first."""
    with store.reader() as connection:
        return read_channels(connection)


def get_channel(store: Store, channel_id: str) -> Channel:
    with store.reader() as connection:
        row = connection.execute(select(delivery_tables.channel).where(_channel.id == channel_id)).mappings().first()
    if row is None:
        raise NotFound(f"There is no webhook {channel_id}.")
    return _of(row)


def add_channel(store: Store, channel: Channel) -> Future[Channel]:
    """Conflict: there are as many as there may be."""
    return store.write(lambda work: _add(work, channel))


def change_channel(store: Store, channel_id: str, **fields: Any) -> Future[Channel]:
    """Change some fields of a channel. NotFound: there is none of that id."""
    return store.write(lambda work: _change(work, channel_id, fields))


def delete_channel(store: Store, channel_id: str) -> Future[None]:
    """Take a channel away, with all that was told to it and what still waits."""
    return store.write(lambda work: _delete(work, channel_id))


def read_channels(connection: Connection) -> list[Channel]:
    rows = connection.execute(select(delivery_tables.channel).order_by(_channel.created_at, _channel.id)).mappings()
    return [_of(row) for row in rows]


def _add(work: Work, channel: Channel) -> Channel:
    if len(read_channels(work.connection)) >= MOST:
        raise Conflict(f"There are {MOST} webhooks already: take one away first.")
    work.connection.execute(insert(delivery_tables.channel).values(plain(channel)))
    return channel


def _change(work: Work, channel_id: str, fields: dict[str, Any]) -> Channel:
    stored = {name: plain(value) for name, value in fields.items()} | {"updated_at": work.clock.now()}
    ours = update(delivery_tables.channel).where(_channel.id == channel_id).values(stored)
    if work.connection.execute(ours).rowcount == 0:
        raise NotFound(f"There is no webhook {channel_id}.")
    row = work.connection.execute(select(delivery_tables.channel).where(_channel.id == channel_id)).mappings().one()
    return _of(row)


def _delete(work: Work, channel_id: str) -> None:
    if work.connection.execute(delete(delivery_tables.channel).where(_channel.id == channel_id)).rowcount == 0:
        raise NotFound(f"There is no webhook {channel_id}.")
    for table in (delivery_tables.word, delivery_tables.delivery):
        work.connection.execute(delete(table).where(table.c.channel_id == channel_id))


def _of(row: RowMapping) -> Channel:
    same = ("id", "kind", "name", "url", "enabled", "disabled_reason", "created_at", "updated_at")
    return Channel(
        secrets=tuple(row["secrets"]),
        filters=msgspec.convert(row["filters"], Filters),
        quiet=None if row["quiet"] is None else msgspec.convert(row["quiet"], Quiet),
        **{name: row[name] for name in same},
    )

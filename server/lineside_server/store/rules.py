"""The rule book as far as it was changed over REST."""

from concurrent.futures import Future
from dataclasses import replace

import msgspec
from sqlalchemy import delete, insert, select, update

from lineside_server.core.rulebook import Entry, Scope
from lineside_server.errors import NotFound
from lineside_server.store import tables
from lineside_server.store.alert_rows import plain
from lineside_server.store.engine import Store
from lineside_server.store.work import Work

_rule = tables.rule.c


def list_rules(store: Store) -> list[Entry]:
    """Every entry, by id."""
    with store.reader() as connection:
        rows = connection.execute(select(tables.rule).order_by(_rule.id)).mappings().all()
    return [
        Entry(
            id=row["id"],
            kind=row["kind"],
            definition=row["definition"],
            enabled=row["enabled"],
            scope=msgspec.convert(row["scope"], Scope),
            updated_at=row["updated_at"],
        )
        for row in rows
    ]


def put_rule(store: Store, entry: Entry) -> Future[Entry]:
    """Takes the place of an earlier entry of that id; the entry as stored."""
    return store.write(lambda work: _put(work, entry))


def delete_rule(store: Store, rule_id: str) -> Future[None]:
    """NotFound: there is no entry of that id."""
    return store.write(lambda work: _delete(work, rule_id))


def _put(work: Work, entry: Entry) -> Entry:
    fields = {
        "kind": entry.kind,
        "definition": plain(entry.definition),
        "enabled": entry.enabled,
        "scope": plain(entry.scope),
        "updated_at": work.clock.now(),
    }
    if work.connection.execute(update(tables.rule).where(_rule.id == entry.id).values(fields)).rowcount == 0:
        work.connection.execute(insert(tables.rule).values(fields | {"id": entry.id}))
    return replace(entry, definition=fields["definition"], source="service", updated_at=fields["updated_at"])


def _delete(work: Work, rule_id: str) -> None:
    if work.connection.execute(delete(tables.rule).where(_rule.id == rule_id)).rowcount == 0:
        raise NotFound(f"The rule book holds no entry {rule_id}.")

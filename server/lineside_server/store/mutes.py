"""Rules that are told to nobody in the runs of a project, for a time or until somebody ends it."""

from collections.abc import Collection
from concurrent.futures import Future
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, delete, insert, or_, select

from lineside_server.core.findings import Alert
from lineside_server.core.notices import Mute
from lineside_server.errors import NotFound
from lineside_server.store import delivery_tables, tables
from lineside_server.store.alert_rows import alert_of, text
from lineside_server.store.engine import Store
from lineside_server.store.notes import note_again
from lineside_server.store.work import Work

_mute, _alert, _run = delivery_tables.mute.c, tables.alert.c, tables.run.c


def list_mutes(store: Store, rule: str | None = None, project: str | None = None) -> list[Mute]:
    """What is muted now, by rule and project."""
    with store.reader() as connection:
        found = _holding(store.clock.now()).order_by(_mute.rule, _mute.project)
        for column, value in ((_mute.rule, rule), (_mute.project, project)):
            if value is not None:
                found = found.where(column == text(value))
        return [_of(row) for row in connection.execute(found).mappings()]


def put_mute(store: Store, mute: Mute) -> Future[Mute]:
    """Mute a rule for a project, in the place of what was said of them before."""
    return store.write(lambda work: _put(work, mute))


def end_mute(store: Store, rule: str, project: str) -> Future[None]:
    """Tell of a rule again; what fires meanwhile and nobody was told of is decided anew. NotFound: it is not muted."""
    return store.write(lambda work: _end(work, rule, project))


def muted_in(connection: Connection, project: str, now: float) -> dict[str, Mute]:
    """What is muted for a project, by rule."""
    rows = connection.execute(_holding(now).where(_mute.project == text(project))).mappings()
    return {row["rule"]: _of(row) for row in rows}


def is_muted_above(connection: Connection, alert: Alert, muted: Collection[str]) -> bool:
    """Tell whether all that an alert follows from is muted."""
    seen, above = set[str](), alert.parent
    while above is not None and above not in seen:
        seen.add(above)
        found = select(_alert.rule, _alert.parent).where(_alert.run_id == alert.run_id, _alert.alert_id == above)
        row = connection.execute(found).first()
        if row is None or row.rule not in muted:
            return False
        above = row.parent
    return bool(seen)


def _put(work: Work, mute: Mute) -> Mute:
    ended = _mute.until.is_not(None) & (_mute.until <= work.clock.now())
    work.connection.execute(delete(delivery_tables.mute).where(or_(_is_of(mute.rule, mute.project), ended)))
    row = {"rule": text(mute.rule), "project": text(mute.project), "by": None if mute.by is None else text(mute.by)}
    work.connection.execute(insert(delivery_tables.mute).values(row | {"at": mute.at, "until": mute.until}))
    if mute.until is not None:  # what fires then is told when the time is over
        _note_again(work, mute.rule, mute.project)
    return mute


def _end(work: Work, rule: str, project: str) -> None:
    if work.connection.execute(delete(delivery_tables.mute).where(_is_of(rule, project))).rowcount == 0:
        raise NotFound(f"The rule {rule} is not muted for the project {project}.")
    _note_again(work, rule, project)


def _note_again(work: Work, rule: str, project: str) -> None:
    found = select(tables.alert).join(tables.run, _run.run_id == _alert.run_id)
    firing = (_alert.rule == text(rule), _alert.state == "firing", _run.project == project, _run.deleted_at.is_(None))
    rows = work.connection.execute(found.where(*firing)).mappings().all()
    note_again(work.connection, [alert_of(row) for row in rows], work.clock.now())


def _is_of(rule: str, project: str) -> ColumnElement[bool]:
    return (_mute.rule == text(rule)) & (_mute.project == text(project))


def _holding(now: float) -> Select[Any]:
    return select(delivery_tables.mute).where(or_(_mute.until.is_(None), _mute.until > now))


def _of(row: RowMapping) -> Mute:
    return Mute(row["rule"], row["project"], row["by"], row["at"], row["until"])

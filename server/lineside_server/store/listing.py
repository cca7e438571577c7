"""The list of runs, page by page, and of projects."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from lineside_server.core.runs import Run, RunState
from lineside_server.errors import BadInput
from lineside_server.store import tables
from lineside_server.store.engine import Store
from lineside_server.store.rows import runs_of, select_runs

_run, _head, _tag = tables.run.c, tables.head.c, tables.tag.c
# What a list can be ordered by; where there may be nothing yet, that counts as least.
_ORDERS: Final[dict[str, ColumnElement[Any]]] = {
    "created_at": _run.created_at,
    "started_at": _run.started_at,
    "last_event_at": func.coalesce(_head.last_event_at, 0.0),
    "name": _run.name,
    "project": _run.project,
    "state": _run.state,
    "last_step": func.coalesce(_head.last_step, -1),
}


@dataclass(frozen=True, slots=True)
class RunFilter:
    """`order`: created_at, started_at, last_event_at, name, project, state, last_step; a leading "-" turns it round."""

    project: str | None = None
    state: RunState | None = None
    q: str | None = None
    tag: str | None = None
    order: str = "-created_at"
    limit: int = 50
    cursor: str | None = None
    deleted: bool = False


def list_runs(store: Store, wanted: RunFilter) -> tuple[list[Run], str | None]:
    """A page of runs and the cursor of the next. BadInput: an unknown order or a cursor not given by this."""
    falls = wanted.order.startswith("-")
    value = _ORDERS.get(wanted.order.removeprefix("-"))
    if value is None:
        raise BadInput(f"Runs cannot be ordered by {wanted.order}: choose one of {', '.join(_ORDERS)}.")
    found = _matching(select_runs().add_columns(value.label("sort_value")), wanted)
    if wanted.cursor is not None:
        at, run_id = _parse(wanted.cursor, wanted.order)
        beyond = value < at if falls else value > at
        found = found.where(or_(beyond, and_(value == at, _run.run_id > run_id)))
    found = found.order_by(value.desc() if falls else value, _run.run_id).limit(wanted.limit + 1)
    with store.reader() as connection:
        rows = connection.execute(found).mappings().all()
        runs = list(runs_of(connection, rows[: wanted.limit]))
    if len(rows) <= wanted.limit:
        return runs, None
    last = rows[wanted.limit - 1]
    return runs, _cursor(wanted.order, last["sort_value"], last["run_id"])


def runs_named(store: Store, run_ids: Sequence[str]) -> list[Run]:
    """Those among some runs that are there, hidden ones too."""
    with store.reader() as connection:
        rows = connection.execute(select_runs().where(_run.run_id.in_(run_ids))).mappings().all()
        return list(runs_of(connection, rows))


def list_projects(store: Store) -> list[tuple[str, dict[RunState, int]]]:
    """Names with the number of runs in each state, by name."""
    counted = select(_run.project, _run.state, func.count()).where(_run.deleted_at.is_(None))
    projects: dict[str, dict[RunState, int]] = {}
    with store.reader() as connection:
        for name, state, count in connection.execute(counted.group_by(_run.project, _run.state)):
            projects.setdefault(name, {})[state] = count
    return sorted(projects.items())


def _matching(found: Select[*tuple[Any, ...]], wanted: RunFilter) -> Select[*tuple[Any, ...]]:
    found = found.where(_run.deleted_at.is_not(None) if wanted.deleted else _run.deleted_at.is_(None))
    if wanted.project is not None:
        found = found.where(_run.project == wanted.project)
    if wanted.state is not None:
        found = found.where(_run.state == wanted.state)
    if wanted.tag is not None:
        found = found.where(select(_tag.run_id).where(_tag.run_id == _run.run_id, _tag.tag == wanted.tag).exists())
    if wanted.q:
        columns = (_run.run_id, _run.name, _run.project, _run.notes)
        found = found.where(or_(*(column.icontains(wanted.q, autoescape=True) for column in columns)))
    return found


def _cursor(order: str, value: object, run_id: str) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode((order, value, run_id))).decode().rstrip("=")


def _parse(cursor: str, order: str) -> tuple[Any, str]:
    try:
        packed = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        given, value, run_id = msgspec.msgpack.decode(packed, type=tuple[str, str | int | float, str])
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise BadInput("The cursor is not one that this service gave.") from error
    if given != order:
        raise BadInput("The cursor belongs to a list in another order.")
    return value, run_id

"""Rows of the tables as runs, for the writer and for readers."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import BindParameter, Connection, RowMapping, Select, bindparam, select

from lineside_server.core.findings import Health
from lineside_server.core.runs import Attempt, Run
from lineside_server.errors import NotFound
from lineside_server.store import tables
from lineside_server.store.trace import Trace

# The columns of `run` that change.
COLD: Final = (
    "project",
    "name",
    "state",
    "state_reason",
    "started_at",
    "ended_at",
    "config",
    "intent",
    "notes",
    "run_group",
    "host",
    "deleted_at",
    "stop_requested",
)
_SHOWN: Final = ("cursor", "heard_at", "last_event_at", "last_step", "last_step_ts")  # of `head`
_SAME: Final = (*(name for name in COLD if name != "run_group"), *_SHOWN)


def select_runs() -> Select[*tuple[Any, ...]]:
    joined = tables.run.join(tables.head, tables.run.c.run_id == tables.head.c.run_id)
    joined = joined.outerjoin(tables.judgement, tables.run.c.run_id == tables.judgement.c.run_id)
    hot = [column for column in tables.head.c if column.name != "run_id"]
    return select(tables.run, *hot, tables.judgement.c.health).select_from(joined)


_FEW: Final = 500  # keys that are worth naming to the database
_tag, _attempt, _key = tables.tag.c, tables.attempt.c, tables.series.c
_ids: BindParameter[Any] = bindparam("ids", expanding=True)
_one_run = select_runs().where(tables.run.c.run_id == bindparam("run"))
_tags = select(_tag.run_id, _tag.tag).where(_tag.run_id.in_(_ids)).order_by(_tag.run_id, _tag.tag)
_attempts = (
    select(_attempt.run_id, _attempt.attempt, _attempt.first_step, _attempt.started_at)
    .where(_attempt.run_id.in_(_ids))
    .order_by(_attempt.run_id, _attempt.attempt)
)
_series = select(_key.key, _key.series_id).where(_key.run_id == bindparam("run")).order_by(_key.series_id)
_few_series = _series.where(_key.key.in_(bindparam("keys", expanding=True)))


def runs_of(connection: Connection, rows: Sequence[RowMapping]) -> Iterator[Run]:
    """Runs from rows of `select_runs`, with their tags and attempts."""
    ids = [row["run_id"] for row in rows]
    tags: dict[str, list[str]] = {run_id: [] for run_id in ids}
    attempts: dict[str, list[Attempt]] = {run_id: [] for run_id in ids}
    for run_id, name in connection.execute(_tags, {"ids": ids}):
        tags[run_id].append(name)
    for run_id, *fields in connection.execute(_attempts, {"ids": ids}):
        attempts[run_id].append(Attempt(*fields))
    for row in rows:
        yield _run(row, tuple(tags[row["run_id"]]), tuple(attempts[row["run_id"]]))


def _run(row: RowMapping, tags: tuple[str, ...], attempts: tuple[Attempt, ...]) -> Run:
    trace = Trace.load(row["trace"])
    same = {name: row[name] for name in _SAME}
    return Run(
        id=row["run_id"],
        created_at=row["created_at"],
        group=row["run_group"],
        tags=tags,
        attempts=attempts,
        pace=tuple(trace.pace),
        spark=tuple(value for _, value in trace.spark),
        health=Health() if row["health"] is None else msgspec.convert(row["health"], Health),
        **same,
    )


def series_of(connection: Connection, run_id: str, keys: tuple[str, ...] | None = None) -> dict[str, int]:
    """Keys with their series ids: those asked for in that order, or every one, oldest first."""
    few = keys is not None and len(keys) <= _FEW
    bound = {"run": run_id, "keys": keys} if few else {"run": run_id}
    found = {row.key: row.series_id for row in connection.execute(_few_series if few else _series, bound)}
    return found if keys is None else {key: found[key] for key in keys if key in found}


def require_run(connection: Connection, run_id: str, *, deleted: bool = False) -> Run:
    """NotFound when there is no such run, or it is hidden and `deleted` was not asked for."""
    row = connection.execute(_one_run, {"run": run_id}).mappings().first()
    if row is None or (row["deleted_at"] is not None and not deleted):
        raise NotFound(f"There is no run {run_id}.")
    return next(runs_of(connection, [row]))

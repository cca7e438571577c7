"""Opening, changing, hiding and purging runs."""

import secrets
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from sqlalchemy import Connection, delete, insert

from lineside_server.core.runs import ENDED, Attempt, Run, RunState
from lineside_server.errors import Conflict, NotFound
from lineside_server.store import tables
from lineside_server.store.attempts import Writer
from lineside_server.store.bounds import mind_number, mind_size, mind_tags
from lineside_server.store.connect import worded
from lineside_server.store.engine import Store
from lineside_server.store.heads import Head
from lineside_server.store.rows import require_run
from lineside_server.store.space import give_back
from lineside_server.store.states import end_fields
from lineside_server.store.work import Work
from lineside_server.store.writers import register, save_writer

UNNAMED: Final = "default"  # the project of runs that name none
KEPT_DELETED: Final = 7 * 86_400.0  # seconds in which a deleted run can be restored


@dataclass(frozen=True, slots=True)
class RunSpec:
    """What POST /runs asks for; `hello_ts`: the client's clock at the call; `started_at`: of a recorded run."""

    id: str | None = None
    project: str | None = None
    name: str | None = None
    resume: Literal["never", "allow", "must"] = "never"
    config: Mapping[str, Any] = field(default_factory=dict)
    intent: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    group: str | None = None
    host: Any = None
    hello_ts: float | None = None
    started_at: float | None = None


@dataclass(frozen=True, slots=True)
class RunPatch:
    """None leaves as it is; a key of `intent` that is None is removed, others are merged over the earlier."""

    name: str | None = None
    tags: tuple[str, ...] | None = None
    notes: str | None = None
    intent: Mapping[str, Any] | None = None
    state: RunState | None = None
    state_reason: str | None = None


def open_run(store: Store, spec: RunSpec, writer: str | None) -> Future[tuple[Run, bool]]:
    """The run and whether it was created; a writer that asks again gets the same answer as before.

    Conflict: the id is taken, or its run lies deleted; NotFound: `must` without a run; TooManyRequests: it is new, and
    there are as many as are kept; TooLarge: it declares more than is kept.
    """
    # What is kept in memory must be what a restart would read back.
    told = {name: worded(getattr(spec, name)) for name in ("config", "intent", "host")}
    named = replace(spec, id=secrets.token_hex(5) if spec.id is None else spec.id, **told)
    return store.write(lambda work: _open(work, named, writer))


def get_run(store: Store, run_id: str, *, deleted: bool = False) -> Run:
    """NotFound for a hidden run too, unless `deleted` asks for it."""
    with store.reader() as connection:
        return require_run(connection, run_id, deleted=deleted)


def patch_run(store: Store, run_id: str, patch: RunPatch) -> Future[Run]:
    return store.write(lambda work: _patch(work, work.head(run_id), patch))


def request_stop(store: Store, run_id: str) -> Future[Run]:
    """The trainer learns it in the answer to its next batch."""
    return store.write(lambda work: change(work, work.head(run_id), stop_requested=True))


def delete_run(store: Store, run_id: str, *, purge: bool = False, only_ended: bool = False) -> Future[Run]:
    """Hides the run, or with `purge` removes it and all its data at once.

    Conflict: `only_ended` was asked for, and the run has not ended.
    """
    deleted = store.write(lambda work: _delete(work, run_id, purge=purge, only_ended=only_ended))
    deleted.add_done_callback(lambda _: give_back(store))
    return deleted


def restore_run(store: Store, run_id: str) -> Future[Run]:
    return store.write(lambda work: change(work, work.head(run_id, deleted=True), deleted_at=None))


def change(work: Work, head: Head, **fields: Any) -> Run:
    """Sets fields of a run that is told to viewers and stays."""
    head.change(**fields)
    head.bump()
    head.save_cold(work.connection, work.clock.now())
    head.save_hot(work.connection)
    work.tell("run", head)
    return head.run


def purge_run(work: Work, head: Head) -> None:
    for table in tables.OF_RUNS:
        work.connection.execute(delete(table).where(table.c.run_id == head.run.id))
    work.heads.forget(head.run.id)
    work.freed = True


def _open(work: Work, spec: RunSpec, writer: str | None) -> tuple[Run, bool]:
    assert spec.id is not None, "open_run names it"
    head = work.heads.get(work.connection, spec.id)
    if head is None:
        if spec.resume == "must":
            raise NotFound(f"There is no run {spec.id} to resume.")
        mind_number(work, spec.project or UNNAMED)
        mind_size(work, config=spec.config, intent=spec.intent, host=spec.host)
        head = _create(work, spec)
        _admit(work, head, spec, writer, pending=False)
        work.tell("opened", head)
        return head.run, True
    if head.run.deleted_at is not None:
        raise Conflict(f"The run {spec.id} was deleted: restore it, or choose another id.")
    if writer is not None and writer in head.writers:
        return head.run, False
    if spec.resume == "never":
        raise Conflict(f"The run {spec.id} exists already: choose another id, or resume it.")
    _resume(work, head, spec)
    _admit(work, head, spec, writer, pending=True)
    work.tell("opened", head)
    return head.run, False


def _create(work: Work, spec: RunSpec) -> Head:
    now = work.clock.now()
    run_id = str(spec.id)
    started_at = now if spec.started_at is None else spec.started_at
    run = Run(
        id=run_id,
        project=spec.project or UNNAMED,
        name=spec.name or run_id,
        state="running",
        state_reason=None,
        created_at=now,
        started_at=started_at,
        ended_at=None,
        last_event_at=None,
        heard_at=now,
        config=dict(spec.config),
        intent=dict(spec.intent),
        tags=_unique(spec.tags),
        notes="",
        group=spec.group,
        host=spec.host,
        attempts=(Attempt(1, None, started_at),),
        last_step=None,
        last_step_ts=None,
        pace=(),
        spark=(),
        cursor=1,
        deleted_at=None,
        stop_requested=False,
    )
    head = Head(run)
    head.insert(work.connection)
    first = {"run_id": run_id, "attempt": 1, "first_step": None, "started_at": started_at}
    work.connection.execute(insert(tables.attempt), first)
    _write_tags(work.connection, run)
    work.heads.put(head)
    return head


def _resume(work: Work, head: Head, spec: RunSpec) -> None:
    run = head.run
    declared = {"config": {**run.config, **spec.config}, "intent": {**run.intent, **spec.intent}}
    tags = _unique((*run.tags, *spec.tags))
    mind_size(work, **declared, host=spec.host)
    mind_tags(tags)
    head.change(
        **declared,
        state="running",
        state_reason=None,
        ended_at=None,
        stop_requested=False,
        heard_at=work.clock.now(),
        name=spec.name or run.name,
        group=spec.group or run.group,
        host=run.host if spec.host is None else spec.host,
        tags=tags,
    )
    head.bump()
    head.save_cold(work.connection, work.clock.now())
    head.save_hot(work.connection)
    _write_tags(work.connection, head.run)


def _admit(work: Work, head: Head, spec: RunSpec, name: str | None, *, pending: bool) -> None:
    if name is None:
        return
    now = work.clock.now()
    offset = 0.0 if spec.hello_ts is None else now - spec.hello_ts
    writer = Writer(name, head.run.attempts[-1].attempt, pending, now, offset, now)
    register(head, writer)
    save_writer(work, head, writer, is_new=True)


def _patch(work: Work, head: Head, patch: RunPatch) -> Run:
    fields: dict[str, Any] = {name: value for name in ("name", "notes") if (value := getattr(patch, name)) is not None}
    if patch.intent is not None:
        merged = {**head.run.intent, **worded(patch.intent)}
        fields["intent"] = {key: value for key, value in merged.items() if value is not None or key not in patch.intent}
        mind_size(work, intent=fields["intent"])
    if patch.state is not None:
        fields |= {"state": patch.state, "state_reason": patch.state_reason}
        fields |= end_fields(patch.state, work.clock.now())
    if patch.tags is not None:
        fields["tags"] = _unique(patch.tags)
    run = change(work, head, **fields)
    if patch.tags is not None:
        _write_tags(work.connection, run)
    return run


def _delete(work: Work, run_id: str, *, purge: bool, only_ended: bool) -> Run:
    head = work.head(run_id, deleted=purge)
    if only_ended and head.run.state not in ENDED:
        raise Conflict(f"The run {run_id} has not ended: it is {head.run.state}.")
    head.change(deleted_at=work.clock.now())
    head.bump()
    if purge:
        purge_run(work, head)
    else:
        head.save_cold(work.connection, work.clock.now())
        head.save_hot(work.connection)
    work.tell("deleted", head)
    return head.run


def _unique(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(tags)))


def _write_tags(connection: Connection, run: Run) -> None:
    connection.execute(delete(tables.tag).where(tables.tag.c.run_id == run.id))
    if run.tags:
        connection.execute(insert(tables.tag), [{"run_id": run.id, "tag": tag} for tag in run.tags])

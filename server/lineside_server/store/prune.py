"""Retention and quota: what each run takes, and the purging of those that are let go."""

from sqlalchemy import func, select

from lineside_server.core.keeping import Holding, Keeping, let_go
from lineside_server.errors import Conflict, NotFound
from lineside_server.store import tables
from lineside_server.store.engine import Store
from lineside_server.store.runs import delete_run
from lineside_server.store.space import give_back_now

_run, _chunk, _journal = tables.run.c, tables.chunk.c, tables.journal.c


def holdings(store: Store, project: str | None = None, *, limit: int | None = None, after: str = "") -> list[Holding]:
    """Runs that are not hidden, with the bytes of their chunks and journals; by id, up to `limit` of those `after`."""
    chunk = func.length(_chunk.data) + func.length(_chunk.sketch) + func.coalesce(func.length(_chunk.bad_runs), 0)
    sealed = select(_chunk.run_id, func.sum(chunk)).group_by(_chunk.run_id)
    unsealed = select(_journal.run_id, func.sum(func.length(_journal.body))).group_by(_journal.run_id)
    runs = select(_run.run_id, _run.project, _run.name, _run.state, _run.ended_at)
    runs = runs.where(_run.deleted_at.is_(None), _run.run_id > after).order_by(_run.run_id).limit(limit)
    if project is not None:
        runs = runs.where(_run.project == project)
    ours = select(runs.subquery().c.run_id)
    if project is not None or limit is not None:
        sealed, unsealed = sealed.where(_chunk.run_id.in_(ours)), unsealed.where(_journal.run_id.in_(ours))
    sizes: dict[str, int] = {}
    with store.reader() as connection:
        for table in (sealed, unsealed):
            for run_id, size in connection.execute(table):
                sizes[run_id] = sizes.get(run_id, 0) + int(size)
        return [Holding(*row, bytes=sizes.get(row.run_id, 0)) for row in connection.execute(runs)]


def prune(store: Store, keeping: Keeping, now: float, *, project: str | None = None) -> list[Holding]:
    """Purges what is let go, one run a transaction, and gives the room back; returns what went."""
    gone = [one for one in let_go(holdings(store, project), keeping, now) if purge_ended(store, one.run_id)]
    if gone:
        give_back_now(store)
    return gone


def purge_ended(store: Store, run_id: str) -> bool:
    """False when it was taken up again in the meantime, or is gone already."""
    try:
        delete_run(store, run_id, purge=True, only_ended=True).result()
    except (Conflict, NotFound):
        return False
    return True

"""Which runs a judge that begins its work must look at, beside those of which it hears."""

from typing import Final

from sqlalchemy import or_, select

from lineside_server.core.runs import ENDED
from lineside_server.store import tables
from lineside_server.store.engine import Store

_MOST: Final = 10_000


def due_for_judging(store: Store) -> list[str]:
    """Runs that may still go on, and ended ones that were never judged to their end; the newest first."""
    run, judgement = tables.run.c, tables.judgement.c
    joined = tables.run.outerjoin(tables.judgement, run.run_id == judgement.run_id)
    open_still = or_(run.state.not_in(ENDED), judgement.run_id.is_(None), judgement.ended.is_(False))
    due = select(run.run_id).select_from(joined).where(run.deleted_at.is_(None), open_still)
    with store.reader() as connection:
        return list(connection.execute(due.order_by(run.created_at.desc()).limit(_MOST)).scalars())

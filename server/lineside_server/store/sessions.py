"""Sessions of the page: each outlives the service, and none its token."""

from concurrent.futures import Future
from typing import Final

from sqlalchemy import delete, insert, select

from lineside_server.core.access import Session
from lineside_server.store import access_tables
from lineside_server.store.engine import Store
from lineside_server.store.work import Work

MOST: Final = 100  # of one token: the oldest goes
_session = access_tables.session.c


def list_sessions(store: Store) -> list[Session]:
    """Those that have not expired."""
    standing = select(access_tables.session).where(_session.expires_at > store.clock.now())
    with store.reader() as connection:
        return [Session(**row) for row in connection.execute(standing).mappings()]


def add_session(store: Store, session: Session) -> Future[list[str]]:
    """The digests of those that had to go for it."""
    return store.write(lambda work: _add(work, session))


def end_session(store: Store, digest: str) -> Future[None]:
    """Does nothing where there is none."""
    return store.write(lambda work: _end(work, [digest]))


def _add(work: Work, session: Session) -> list[str]:
    same = _session.token_id.is_(None) if session.token_id is None else _session.token_id == session.token_id
    newest = select(_session.digest).where(same).order_by(_session.created_at.desc(), _session.digest)
    beyond = work.connection.execute(newest.offset(MOST - 1)).scalars().all()
    stale = work.connection.execute(select(_session.digest).where(_session.expires_at <= work.clock.now())).scalars()
    gone = [*beyond, *stale]
    _end(work, gone)
    row = {column.name: getattr(session, column.name) for column in _session}
    work.connection.execute(insert(access_tables.session).values(row))
    return gone


def _end(work: Work, digests: list[str]) -> None:
    if digests:
        work.connection.execute(delete(access_tables.session).where(_session.digest.in_(digests)))

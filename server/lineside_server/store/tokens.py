"""Tokens: made, listed, marked as used, and revoked with the sessions that were begun with them."""

import secrets
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Final

from sqlalchemy import RowMapping, delete, func, insert, or_, select, update

from lineside_server.core.access import Scope, Token, digest_of
from lineside_server.errors import Conflict, NotFound
from lineside_server.store import access_tables
from lineside_server.store.engine import Store
from lineside_server.store.work import Work

MARK: Final = "ls_"  # tells what it is where one was left lying about
MOST: Final = 1000  # of live ones: all are held in memory
_token = access_tables.token.c


def issue_token(
    store: Store, name: str, scope: Scope, project: str | None = None, expires_at: float | None = None
) -> tuple[str, Future[Token]]:
    """Make a token: itself, which nobody can tell again, and what is kept of it. Conflict: there are too many."""
    secret = MARK + secrets.token_urlsafe(32)
    token = Token(secrets.token_hex(6), name, scope, project, digest_of(secret), store.clock.now(), None, expires_at)
    return secret, store.write(lambda work: _add(work, token))


def list_tokens(store: Store) -> list[Token]:
    """Every token, oldest first, with those that were revoked."""
    with store.reader() as connection:
        rows = connection.execute(select(access_tables.token).order_by(_token.created_at, _token.id)).mappings()
        return [_of(row) for row in rows]


def has_live_token(store: Store) -> bool:
    now = store.clock.now()
    return any(token.is_live(now) for token in list_tokens(store))


def revoke_token(store: Store, token_id: str) -> Future[Token]:
    """Make a token useless for ever, and end its sessions; once more changes nothing. NotFound: there is none."""
    return store.write(lambda work: _revoke(work, token_id))


def mark_used(store: Store, used: Mapping[str, float]) -> Future[None]:
    """Keep when tokens were last used, by id."""
    return store.write(lambda work: _mark(work, used))


def _add(work: Work, token: Token) -> Token:
    live = (_token.revoked_at.is_(None), or_(_token.expires_at.is_(None), _token.expires_at > work.clock.now()))
    if work.connection.execute(select(func.count()).where(*live)).scalar_one() >= MOST:
        raise Conflict(f"There are {MOST} tokens already: revoke one first.")
    row = {column.name: getattr(token, column.name) for column in _token}
    work.connection.execute(insert(access_tables.token).values(row | {"scope": int(token.scope)}))
    return token


def _revoke(work: Work, token_id: str) -> Token:
    this = _token.id == token_id
    now = work.clock.now()
    work.connection.execute(update(access_tables.token).where(this, _token.revoked_at.is_(None)).values(revoked_at=now))
    row = work.connection.execute(select(access_tables.token).where(this)).mappings().first()
    if row is None:
        raise NotFound(f"There is no token {token_id}.")
    work.connection.execute(delete(access_tables.session).where(access_tables.session.c.token_id == token_id))
    return _of(row)


def _mark(work: Work, used: Mapping[str, float]) -> None:
    for token_id, at in used.items():
        work.connection.execute(update(access_tables.token).where(_token.id == token_id).values(last_used_at=at))


def _of(row: RowMapping) -> Token:
    return Token(**{**row, "scope": Scope(row["scope"])})

"""Tokens are kept by their digest, and a revoked one takes its sessions with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from lineside_server.core.access import Scope, Session, digest_of
from lineside_server.errors import Conflict, NotFound
from lineside_server.store import access_tables, sessions, tokens

if TYPE_CHECKING:
    from tests.server.store.conftest import Box


def test_a_token_is_told_once_and_kept_by_its_digest(box: Box) -> None:
    secret, stored = tokens.issue_token(box.store, "trainer", Scope.WRITE, "vision", 2000.0)
    token = stored.result()
    assert secret.startswith("ls_")
    assert len(secret) > 43
    assert token.digest == digest_of(secret)
    assert (token.name, token.scope, token.project, token.expires_at) == ("trainer", Scope.WRITE, "vision", 2000.0)
    box.reopen()
    assert tokens.list_tokens(box.store) == [token]
    with box.store.reader() as connection:
        row = connection.execute(select(access_tables.token)).one()
    assert secret not in str(row)
    assert secret.removeprefix("ls_") not in str(row)


def test_no_two_tokens_are_alike(box: Box) -> None:
    made = {tokens.issue_token(box.store, "n", Scope.READ)[0] for _ in range(5)}
    assert len(made) == 5


def test_a_revoked_token_stays_revoked_and_its_sessions_go(box: Box) -> None:
    _, stored = tokens.issue_token(box.store, "n", Scope.READ)
    _, other = tokens.issue_token(box.store, "other", Scope.READ)
    for digest, token in (("a", stored.result()), ("b", other.result())):
        sessions.add_session(box.store, Session(digest, token.id, "w", 1000.0, 9000.0)).result()
    assert tokens.revoke_token(box.store, stored.result().id).result().revoked_at == 1000.0
    box.clock.advance(5.0)
    assert tokens.revoke_token(box.store, stored.result().id).result().revoked_at == 1000.0
    assert [one.digest for one in sessions.list_sessions(box.store)] == ["b"]
    with pytest.raises(NotFound, match="There is no token nobody"):
        tokens.revoke_token(box.store, "nobody").result()


def test_a_database_tells_whether_anybody_may_come_in(box: Box) -> None:
    assert not tokens.has_live_token(box.store)
    _, stored = tokens.issue_token(box.store, "n", Scope.READ, expires_at=1010.0)
    stored.result()
    assert tokens.has_live_token(box.store)
    box.clock.advance(10.0)
    assert not tokens.has_live_token(box.store)
    _, stored = tokens.issue_token(box.store, "n", Scope.READ)
    stored.result()
    assert tokens.has_live_token(box.store)
    tokens.revoke_token(box.store, stored.result().id).result()
    assert not tokens.has_live_token(box.store)


def test_when_a_token_was_used_is_kept(box: Box) -> None:
    _, stored = tokens.issue_token(box.store, "n", Scope.READ)
    tokens.mark_used(box.store, {stored.result().id: 1234.0, "gone": 5.0}).result()
    assert tokens.list_tokens(box.store)[0].last_used_at == 1234.0


def test_there_is_an_end_to_tokens(file_box: Box) -> None:
    made = [tokens.issue_token(file_box.store, "n", Scope.READ)[1] for _ in range(tokens.MOST)]
    tokens.revoke_token(file_box.store, made[0].result().id).result()
    tokens.issue_token(file_box.store, "n", Scope.READ)[1].result()
    with pytest.raises(Conflict, match="revoke one first"):
        tokens.issue_token(file_box.store, "n", Scope.READ)[1].result()

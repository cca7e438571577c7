"""Sessions outlive the service, not their time, and a token has only so many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lineside_server.core.access import Session
from lineside_server.store import sessions

if TYPE_CHECKING:
    from tests.server.store.conftest import Box


def session(digest: str, token_id: str | None = "t", created_at: float = 1000.0, expires_at: float = 5000.0) -> Session:
    return Session(digest, token_id, "w", created_at, expires_at)


def test_a_session_outlives_the_service(box: Box) -> None:
    for one in (session("a"), session("b", None)):
        assert sessions.add_session(box.store, one).result() == []
    box.reopen()
    assert sorted(sessions.list_sessions(box.store), key=lambda one: one.digest) == [session("a"), session("b", None)]


def test_one_that_ended_is_gone(box: Box) -> None:
    sessions.add_session(box.store, session("a")).result()
    sessions.end_session(box.store, "a").result()
    sessions.end_session(box.store, "a").result()
    assert sessions.list_sessions(box.store) == []


def test_one_that_expired_is_not_listed_and_goes_with_the_next(box: Box) -> None:
    sessions.add_session(box.store, session("a", expires_at=1010.0)).result()
    box.clock.advance(10.0)
    assert sessions.list_sessions(box.store) == []
    assert sessions.add_session(box.store, session("b")).result() == ["a"]


def test_the_oldest_of_a_token_goes_when_there_are_too_many(box: Box) -> None:
    sessions.add_session(box.store, session("other", None, created_at=1.0)).result()
    for number in range(sessions.MOST):
        assert sessions.add_session(box.store, session(f"{number:03}", created_at=1000.0 + number)).result() == []
    assert sessions.add_session(box.store, session("new", created_at=9000.0)).result() == ["000"]
    assert len(sessions.list_sessions(box.store)) == sessions.MOST + 1

"""Scopes are ordered, and a grant bound to a project sees no other."""

import pytest

from lineside_server.core.access import LOCAL, OPERATOR, Grant, Scope, Token, digest_of, witness_of


def test_each_scope_holds_those_before_it() -> None:
    assert Scope.READ < Scope.WRITE < Scope.ADMIN
    assert [scope.word for scope in Scope] == ["read", "write", "admin"]
    writer = Grant("t", "trainer", Scope.WRITE, None)
    assert [writer.may(scope) for scope in Scope] == [True, True, False]


@pytest.mark.parametrize("whole", [LOCAL, OPERATOR, Grant("t", "lead", Scope.READ, None)])
def test_a_grant_without_a_project_sees_all(whole: Grant) -> None:
    assert whole.sees("vision")


def test_a_grant_bound_to_a_project_sees_no_other() -> None:
    bound = Grant("t", "student", Scope.ADMIN, "vision")
    assert bound.sees("vision")
    assert not bound.sees("Vision")
    assert not bound.sees("")


def test_a_token_lives_until_it_is_revoked_or_expires() -> None:
    token = Token("t", "n", Scope.READ, None, "d", 1.0, expires_at=10.0)
    assert token.is_live(9.9)
    assert not token.is_live(10.0)
    assert not Token("t", "n", Scope.READ, None, "d", 1.0, revoked_at=2.0).is_live(1.5)
    assert Token("t", "n", Scope.READ, "p", "d", 1.0).grant == Grant("t", "n", Scope.READ, "p")


def test_what_is_kept_of_a_secret_does_not_tell_it() -> None:
    assert digest_of("ls_a") == digest_of("ls_a") != digest_of("ls_b")
    assert "ls_a" not in digest_of("ls_a")
    assert witness_of("session", "token") != witness_of("session", "another")
    assert witness_of("session", "token") != witness_of("other", "token")

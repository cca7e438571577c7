"""Scopes are ordered, and a grant bound to a project sees no other."""

import pytest

from lineside_server.core.access import LOCAL, OPERATOR, Grant, Scope


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

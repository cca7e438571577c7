"""Who did what is written with the deed itself, or neither is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lineside_server.core.access import LOCAL, Grant, Scope
from lineside_server.core.audit import ACTIONS, LONGEST, Actor, Deed
from lineside_server.errors import BadInput, NotFound
from lineside_server.store.audit import AuditFilter, forget_audit, list_audit
from lineside_server.store.runs import delete_run, get_run, request_stop

if TYPE_CHECKING:
    from tests.server.store.conftest import Box

ANN = Actor(Grant("t1", "ann", Scope.ADMIN, None), "192.0.2.7")


def deed(action: str = "run.stop", subject: str = "r", actor: Actor = ANN, **details: Any) -> Deed:
    return Deed(actor, action, "run", subject, details)


def listed(box: Box, **wanted: Any) -> Any:
    return list_audit(box.store, AuditFilter(**wanted))


def test_a_deed_is_on_record_with_who_did_it_where_and_when(box: Box) -> None:
    box.open(project="vision")
    request_stop(box.store.acting(deed(why="tired", nan=float("nan"))), "r").result()
    (record,), following = listed(box)
    assert following is None
    assert (record.at, record.actor, record.token_id, record.scope) == (1000.0, "ann", "t1", "admin")
    assert (record.address, record.action, record.kind, record.subject) == ("192.0.2.7", "run.stop", "run", "r")
    assert (record.project, dict(record.details)) == ("vision", {"why": "tired", "nan": "nan"})


def test_what_fails_is_not_on_record(box: Box) -> None:
    with pytest.raises(NotFound):
        request_stop(box.store.acting(deed()), "r").result()
    assert listed(box) == ([], None)


def test_what_cannot_be_put_on_record_is_not_done(box: Box) -> None:
    box.open()
    box.store.write(lambda work: work.connection.exec_driver_sql("DROP TABLE audit") and None).result()
    with pytest.raises(Exception, match=r".+"):
        request_stop(box.store.acting(deed()), "r").result()
    assert not get_run(box.store, "r").stop_requested


def test_a_store_that_acts_does_so_once(box: Box) -> None:
    """Giving back the room of a purged run is another write of the same store."""
    box.open()
    delete_run(box.store.acting(deed("run.purge")), "r", purge=True).result()
    box.open(run="other")
    assert [record.action for record in listed(box)[0]] == ["run.purge"]


def test_it_is_listed_newest_first_by_page_and_filtered(box: Box) -> None:
    for n in range(5):
        box.open(run=f"r{n}", project="p")
        by = ANN if n % 2 else Actor(LOCAL)
        request_stop(box.store.acting(deed(subject=f"r{n}", actor=by)), f"r{n}").result()
    found, cursor = listed(box, limit=2)
    assert [record.subject for record in found] == ["r4", "r3"]
    found, cursor = listed(box, limit=2, cursor=cursor)
    assert [record.subject for record in found] == ["r2", "r1"]
    found, cursor = listed(box, limit=2, cursor=cursor)
    assert ([record.subject for record in found], cursor) == (["r0"], None)
    assert [record.subject for record in listed(box, actor="ann")[0]] == ["r3", "r1"]
    (only,) = listed(box, subject="r0", kind="run", project="p", action="run.stop")[0]
    assert only.subject == "r0"
    assert listed(box, actor="nobody")[0] == []
    with pytest.raises(BadInput):
        listed(box, cursor="x")


def test_what_is_too_old_is_let_go(box: Box) -> None:
    box.open()
    request_stop(box.store.acting(deed()), "r").result()
    box.clock.advance(100.0)
    request_stop(box.store.acting(deed()), "r").result()
    assert forget_audit(box.store, 1050.0).result() == 1
    assert [record.at for record in listed(box)[0]] == [1100.0]


def test_details_are_short(box: Box) -> None:
    box.open()
    request_stop(box.store.acting(deed(note="x" * 10_000, deep={"list": ["y" * 10_000]})), "r").result()
    details = listed(box)[0][0].details
    assert len(details["note"]) == len(details["deep"]["list"][0]) == LONGEST + 1


def test_there_is_no_deed_without_a_name() -> None:
    assert len(set(ACTIONS)) == len(ACTIONS)
    with pytest.raises(AssertionError):
        deed("run.frobnicate")

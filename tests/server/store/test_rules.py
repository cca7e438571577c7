"""The rule book as far as it was changed here is kept, an entry an id."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lineside_server.core.rulebook import Entry, Scope
from lineside_server.errors import NotFound
from lineside_server.store import rules, runs, tables

if TYPE_CHECKING:
    from tests.server.store.conftest import Box

OWN = Entry("mine", "own", {"metric": "x", "op": "<", "value": 0.1, "for": {"steps": 3}}, True, Scope(tag="a"))
CHANGED = Entry("lr-schedule", "built-in", {"params": {"tolerance": 0.1}}, False)


def test_entries_are_kept_by_id(box: Box) -> None:
    for entry in (OWN, CHANGED):
        stored = rules.put_rule(box.store, entry).result()
        assert stored == replace(entry, updated_at=1000.0)
    box.reopen()
    assert rules.list_rules(box.store) == [replace(CHANGED, updated_at=1000.0), replace(OWN, updated_at=1000.0)]


def test_a_later_entry_takes_the_place_of_the_earlier(box: Box) -> None:
    rules.put_rule(box.store, OWN).result()
    box.clock.advance(5.0)
    later = replace(OWN, definition={"metric": "y"}, enabled=False, scope=Scope(project="p", run="r"))
    rules.put_rule(box.store, later).result()
    assert rules.list_rules(box.store) == [replace(later, updated_at=1005.0)]


def test_an_entry_is_deleted_once(box: Box) -> None:
    for entry in (OWN, CHANGED):
        rules.put_rule(box.store, entry).result()
    rules.delete_rule(box.store, "mine").result()
    assert [entry.id for entry in rules.list_rules(box.store)] == ["lr-schedule"]
    with pytest.raises(NotFound, match="no entry mine"):
        rules.delete_rule(box.store, "mine").result()


def test_the_book_belongs_to_no_run(box: Box) -> None:
    rules.put_rule(box.store, OWN).result()
    box.open()
    runs.delete_run(box.store, "r", purge=True).result()
    assert [entry.id for entry in rules.list_rules(box.store)] == ["mine"]
    with box.store.reader() as connection:
        assert len(connection.execute(tables.rule.select()).all()) == 1

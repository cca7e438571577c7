"""The list of events that are no metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lineside_server.errors import BadInput, NotFound
from lineside_server.store.events import list_events

if TYPE_CHECKING:
    from tests.server.store.conftest import Box


@pytest.fixture
def noted(box: Box) -> Box:
    """Ten notes and ten epochs in turn, one batch each."""
    box.open()
    for seq in range(20):
        box.send(seq, box.event("epoch", seq, epoch=seq) if seq % 2 else box.event("note", seq, text=str(seq)))
    return box


def test_pages_follow_each_other(noted: Box) -> None:
    cursor, steps = None, []
    while True:
        page, cursor = list_events(noted.store, "r", limit=7, cursor=cursor)
        steps += [event.step for event in page]
        if cursor is None:
            break
    assert steps == list(range(20))


def test_the_newest_first(noted: Box) -> None:
    page, cursor = list_events(noted.store, "r", ("note",), limit=3, newest_first=True)
    assert [event.step for event in page] == [18, 16, 14]
    page, _ = list_events(noted.store, "r", ("note",), limit=3, cursor=cursor, newest_first=True)
    assert [event.step for event in page] == [12, 10, 8]


def test_kinds_and_what_came_after_a_cursor(noted: Box) -> None:
    page, _ = list_events(noted.store, "r", ("epoch",), after_cursor=11)
    assert [(event.type, event.body) for event in page] == [("epoch", {"epoch": n}) for n in (11, 13, 15, 17, 19)]


def test_a_foreign_cursor_and_an_unknown_run_are_refused(noted: Box) -> None:
    with pytest.raises(BadInput):
        list_events(noted.store, "r", cursor="x")
    with pytest.raises(NotFound):
        list_events(noted.store, "nowhere")

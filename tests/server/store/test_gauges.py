"""The gauges of a run's machine come from its system events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lineside_server.core.events import Event
from lineside_server.errors import NotFound
from lineside_server.store.gauges import read_gauges

if TYPE_CHECKING:
    from tests.server.store.conftest import Box


def test_they_are_read_between_two_times(box: Box) -> None:
    box.open()
    for at in range(2500):
        if at % 500 == 0:
            box.send(at, *(Event("system", None, float(one), {"values": {"load": one}}) for one in range(at, at + 500)))
    box.send(2500, box.event("note", 1, text="no gauge"))
    gauges, first, last = read_gauges(box.store, "r", 100)
    assert (first, last, gauges["load"].count) == (0.0, 2499.0, 2500)
    assert len(gauges["load"].ts) == 100
    gauges, first, last = read_gauges(box.store, "r", 100, 10.0, 19.0)
    assert (first, last, gauges["load"].value) == (10.0, 19.0, [float(one) for one in range(10, 20)])
    assert read_gauges(box.store, "r", 100, 9000.0) == ({}, None, None)


def test_an_unknown_run_has_none(box: Box) -> None:
    with pytest.raises(NotFound):
        read_gauges(box.store, "nowhere", 100)

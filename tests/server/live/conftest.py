"""A real store, and the runs, columns and batches that the live room is shown."""

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lineside_server.core.clock import ManualClock
from lineside_server.core.events import Batch, Columns, Event
from lineside_server.core.findings import Alert, Check, Finding, Health, Level
from lineside_server.core.judged import Judged
from lineside_server.store.engine import Store


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One store for all: each test opens runs of its own."""
    opened = Store.open(str(tmp_path_factory.mktemp("live") / "lineside.db"), ManualClock(1000.0))
    yield opened
    opened.close()


def columns(steps: Any, **values: Any) -> Any:
    steps = np.array(steps, dtype=np.int64)
    return Columns(steps, steps * 0.5, {key: np.array(told, dtype=np.float64) for key, told in values.items()})


def batch(seq: int, *told: Any, writer: str = "w") -> Any:
    points = tuple(part for part in told if isinstance(part, Columns))
    events = tuple(part for part in told if isinstance(part, Event))
    return Batch(writer, seq, points, events, (), len(told))


def note(step: int, text: str) -> Event:
    return Event("note", step, 1.0, {"text": text})


def alert(run_id: str, alert_id: str = "a", **fields: Any) -> Alert:
    finding = Finding("It is odd", {"lr": 0.0}, {"lr": 1.0}, (0, 9), ("lr",))
    told = Alert(alert_id, run_id, "odd", "run", None, Level.WARNING, "firing", 9, 4.5, 9, None, None, None, finding)
    return replace(told, **fields)


def judged(*alerts: Alert, **fields: Any) -> Judged:
    return replace(Judged(alerts, (), Health("warning"), (Check("odd", "firing", "It is."),), b"", "1"), **fields)


@pytest.fixture
def make() -> SimpleNamespace:
    """Makers of what is sent: `make.columns(steps, key=values)`, `make.batch(seq, ...)`, `make.note(step, text)`.

    And of what is judged: `make.alert(run_id, alert_id)`, `make.judged(*alerts)`.
    """
    return SimpleNamespace(columns=columns, batch=batch, note=note, alert=alert, judged=judged)

"""A real store, and the runs, columns and batches that the live room is shown."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lineside_server.core.clock import ManualClock
from lineside_server.core.events import Batch, Columns, Event
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


@pytest.fixture
def make() -> SimpleNamespace:
    """Makers of what is sent: `make.columns(steps, key=values)`, `make.batch(seq, ...)`, `make.note(step, text)`."""
    return SimpleNamespace(columns=columns, batch=batch, note=note)

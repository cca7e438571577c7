"""A store in a folder of its own, with a clock wound by hand, and short ways to write and to read."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pytest

from lineside_server.core.clock import ManualClock
from lineside_server.core.events import Applied, Batch, Change, Columns, Event
from lineside_server.core.series import SeriesPage, SeriesQuery, SeriesView
from lineside_server.store import journal, reads, runs
from lineside_server.store.engine import Store
from lineside_server.store.work import Sealing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lineside_server.core.runs import Run

NOW = 1000.0


class Box:
    """Everything is done to run `r` by writer `w` unless a test says otherwise."""

    def __init__(self, folder: Path, sealing: Sealing | None = None) -> None:
        self.path = folder / "lineside.db"
        self.clock = ManualClock(NOW)
        self.sealing = sealing or Sealing()
        self.changes: list[Change] = []
        self.store = self._open()

    def _open(self) -> Store:
        return Store.open(str(self.path), self.clock, on_commit=self.changes.extend, sealing=self.sealing)

    def reopen(self) -> None:
        self.store.close()
        self.store = self._open()

    def close(self) -> None:
        self.store.close()

    def open(self, writer: str | None = "w", run: str = "r", **spec: Any) -> Run:
        return runs.open_run(self.store, runs.RunSpec(id=run, **spec), writer).result()[0]

    def run(self, run: str = "r") -> Run:
        return runs.get_run(self.store, run)

    def send(self, seq: int, *parts: Columns | Event, writer: str = "w", run: str = "r", told: bool = True) -> Applied:
        """`told`: whether the trainer itself wrote the times."""
        columns = tuple(part for part in parts if isinstance(part, Columns))
        events = tuple(part for part in parts if isinstance(part, Event))
        times = [*(float(part.times.max()) for part in columns), *(event.ts for event in events)]
        told_at = max(times, default=None) if told else None
        return journal.append(self.store, run, Batch(writer, seq, columns, events, (), len(parts), told_at)).result()

    def log(self, seq: int, steps: Sequence[int], *, writer: str = "w", **values: Sequence[float]) -> Applied:
        """Logs the values at the steps, at the time that the clock shows."""
        return self.send(seq, self.columns(steps, **values), writer=writer)

    def columns(self, steps: Sequence[int], **values: Sequence[float]) -> Columns:
        arrays = {key: np.array(column, np.float64) for key, column in values.items()}
        return Columns(np.array(steps, np.int64), np.full(len(steps), self.clock.now()), arrays)

    def event(self, kind: str, step: int | None = None, **body: Any) -> Event:
        return Event(kind, step, self.clock.now(), body)

    def page(self, *keys: str, **query: Any) -> SeriesPage:
        return reads.read_series(self.store, "r", SeriesQuery(keys=keys or None, **query))

    def view(self, key: str, **query: Any) -> SeriesView:
        return self.page(key, **query).series[key]

    def points(self, key: str, **query: Any) -> dict[int, float]:
        view = self.view(key, points=10**6, **query)
        return dict(zip(view.step.tolist(), view.value.tolist(), strict=True))


class Boxes:
    """For property tests: a fresh box for each example."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._made: list[Box] = []

    def new(self, sealing: Sealing | None = None) -> Box:
        while self._made:
            self._made.pop().close()
        self._made.append(Box(Path(tempfile.mkdtemp(dir=self._root)), sealing))
        return self._made[-1]

    def close(self) -> None:
        for box in self._made:
            box.close()


class MakeBox(Protocol):
    def __call__(self, **limits: int) -> Box:
        """`limits`: when to seal, as in Sealing."""
        ...


@pytest.fixture
def make_box(tmp_path: Path) -> Iterator[MakeBox]:
    """A box that seals when the test likes."""
    made: list[Box] = []

    def make(**limits: int) -> Box:
        made.append(Box(tmp_path, Sealing(**limits)))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path)
    yield made
    made.close()


@pytest.fixture
def eager(tmp_path: Path) -> Iterator[Box]:
    """A box that seals after a few steps."""
    made = Box(tmp_path, Sealing(steps=8, bytes=1 << 20, rows=6, chunk_points=8))
    yield made
    made.close()


@pytest.fixture(scope="session")
def boxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Boxes]:
    made = Boxes(tmp_path_factory.mktemp("boxes"))
    yield made
    made.close()

"""A store in a database of its own, with a clock wound by hand, and short ways to write and to read.

What asks for a `box` runs on SQLite and on PostgreSQL; a `file_box` is SQLite alone, a `served_box` PostgreSQL alone.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pytest
from sqlalchemy import make_url

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

    def __init__(self, url: str, sealing: Sealing | None = None) -> None:
        self.url = url
        self.clock = ManualClock(NOW)
        self.sealing = sealing or Sealing()
        self.changes: list[Change] = []
        self.store = self._open()

    @property
    def path(self) -> Path:
        """The database file; only on SQLite."""
        return Path(self.url)

    def _open(self) -> Store:
        return Store.open(self.url, self.clock, on_commit=self.changes.extend, sealing=self.sealing)

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


class Databases:
    """Empty databases of one engine, migrated already."""

    def __init__(self, root: Path, server: Any = None) -> None:
        self._root = root
        self._server = server
        self._template: str | None = None

    @property
    def are_files(self) -> bool:
        return self._server is None

    def new(self) -> str:
        if self._server is None:
            return str(Path(tempfile.mkdtemp(dir=self._root)) / "lineside.db")
        if self._template is None:
            self._template = self._server.create()
            Store.open(self._server.url(self._template), ManualClock()).close()
        return str(self._server.url(self._server.create(self._template)))

    def drop(self, url: str) -> None:
        if self._server is not None:
            self._server.drop(make_url(url).database)


class Boxes:
    """Boxes in fresh databases, one by one."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._made: list[Box] = []

    def new(self, sealing: Sealing | None = None) -> Box:
        """A box; those before are let go."""
        self.close()
        return self.another(sealing)

    def another(self, sealing: Sealing | None = None) -> Box:
        self._made.append(Box(self._databases.new(), sealing))
        return self._made[-1]

    def examples(self, most: int) -> int:
        """How many a property test tries: a database of its own for each costs more on a server."""
        return most if self._databases.are_files else most // 6

    def close(self) -> None:
        while self._made:
            box = self._made.pop()
            box.close()
            self._databases.drop(box.url)


class MakeBox(Protocol):
    def __call__(self, **limits: int) -> Box:
        """`limits`: when to seal, as in Sealing."""
        ...


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    server = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    return Databases(tmp_path_factory.mktemp("boxes"), server)


@pytest.fixture
def boxes(databases: Databases) -> Iterator[Boxes]:
    made = Boxes(databases)
    yield made
    made.close()


@pytest.fixture
def make_box(boxes: Boxes) -> MakeBox:
    """A box that seals when the test likes."""

    def make(**limits: int) -> Box:
        return boxes.another(Sealing(**limits))

    return make


@pytest.fixture
def box(boxes: Boxes) -> Box:
    return boxes.new()


@pytest.fixture
def eager(boxes: Boxes) -> Box:
    """A box that seals after a few steps."""
    return boxes.new(Sealing(steps=8, bytes=1 << 20, rows=6, chunk_points=8))


@pytest.fixture
def file_box(tmp_path: Path) -> Iterator[Box]:
    made = Boxes(Databases(tmp_path))
    yield made.new()
    made.close()


@pytest.fixture
def served_box(postgres: Any, tmp_path: Path) -> Iterator[Box]:
    made = Boxes(Databases(tmp_path, postgres))
    yield made.new()
    made.close()

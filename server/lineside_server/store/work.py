"""What the jobs of the writer thread share, and what must follow the fate of their transaction."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Final

from sqlalchemy import Connection

from lineside_server.core.clock import Clock
from lineside_server.core.events import Applied, Change, ChangeKind
from lineside_server.core.findings import Alert
from lineside_server.errors import NotFound
from lineside_server.store.heads import Head, Heads

_log = logging.getLogger(__name__)
Listener = Callable[[list[Change]], None]


@dataclass(slots=True)
class Counters:
    """Since the start of this process."""

    batches: int = 0
    points: int = 0
    duplicates: int = 0
    commits: int = 0
    failed_commits: int = 0
    sealed_chunks: int = 0
    corrected: int = 0
    damaged: int = 0

    def add(self, other: "Counters") -> None:
        for name, more in zip(_COUNTED, _counts(other), strict=True):
            if more:
                setattr(self, name, getattr(self, name) + more)

    def copy(self) -> "Counters":
        return Counters(*_counts(self))


_COUNTED: Final = tuple(each.name for each in fields(Counters))
_counts: Final = attrgetter(*_COUNTED)  # once for each batch: dataclasses' own ways take ten times as long


@dataclass(frozen=True, slots=True)
class Sealing:
    """When a run's journal is sealed into chunks, and the most points of a chunk."""

    steps: int = 4096
    bytes: int = 8 * 1024 * 1024
    rows: int = 1024  # a tail of many small batches costs its readers more than its points do
    chunk_points: int = 4096


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is kept at once; None: without a bound."""

    declared: int = 4 * 1024 * 1024  # bytes of a run's config, intent or host as JSON
    runs: int | None = None
    runs_each: int | None = None  # of each project


@dataclass(slots=True)
class Work:
    clock: Clock
    sealing: Sealing
    bounds: Bounds = field(default_factory=Bounds)
    heads: Heads = field(default_factory=Heads)
    counters: Counters = field(default_factory=Counters)
    listeners: list[Listener] = field(default_factory=list)
    tally: Counters = field(default_factory=Counters)  # of the transaction under way
    freed: bool = False  # whether a run was purged whose room was not given back yet, see space.py
    _changes: list[Change] = field(default_factory=list)
    _marked: tuple[int, Counters] = (0, Counters())
    _connection: Connection | None = None

    @property
    def connection(self) -> Connection:
        assert self._connection is not None, "only within a job"
        return self._connection

    def head(self, run_id: str, *, deleted: bool = False) -> Head:
        """NotFound when there is no such run, or it is hidden and `deleted` was not asked for."""
        head = self.heads.get(self.connection, run_id)
        if head is None or (head.run.deleted_at is not None and not deleted):
            raise NotFound(f"There is no run {run_id}.")
        return head

    def tell(
        self, kind: ChangeKind, head: Head, applied: Applied | None = None, alerts: tuple[Alert, ...] = ()
    ) -> None:
        self._changes.append(Change(head.run.id, head.run.cursor, kind, head.run, applied, alerts))

    def attach(self, connection: Connection) -> None:
        self._connection = connection
        self._changes, self.tally = [], Counters()

    def mark(self) -> None:
        self._marked = len(self._changes), self.tally.copy()
        self.heads.mark()

    def undo(self) -> None:
        kept, self.tally = self._marked
        del self._changes[kept:]
        self.heads.undo()

    def committed(self) -> None:
        self.counters.add(self.tally)
        self.counters.commits += 1
        changes, self._changes = self._changes, []
        for listener in self.listeners if changes else ():
            try:
                listener(changes)
            except Exception:  # noqa: BLE001 - the commit stands, whatever a listener makes of it
                _log.exception("a listener to commits failed")

    def rolled_back(self) -> None:
        self.counters.failed_commits += 1
        self._changes = []
        self.heads.clear()

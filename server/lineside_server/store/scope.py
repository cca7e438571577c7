"""What one read needs of a run: its chunks between two steps and its unsealed points, in one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, select

from lineside_server.core.runs import Run
from lineside_server.core.series import Damage
from lineside_server.core.steps import LAST_STEP
from lineside_server.store import codec, tables
from lineside_server.store.attempts import visible
from lineside_server.store.codec import DamagedError
from lineside_server.store.pieces import Series, arrange, damage_of
from lineside_server.store.points import EMPTY, Points
from lineside_server.store.rows import require_run, series_of
from lineside_server.store.tail import Tail

_chunk, _journal = tables.chunk.c, tables.journal.c
_FEW: Final = 500  # keys that are worth naming to the database
_FIGURES: Final = ("first_step", "last_step", "n", "nonfinite", "corrected", "min", "max", "last_finite")
_ENDS: Final = ("first_ts", "last_ts", "last_value", "bad_runs")
_chunks = (
    select(_chunk.series_id, _chunk.attempt, *(_chunk[name] for name in (*_FIGURES, *_ENDS)))
    .where(_chunk.run_id == bindparam("run"))
    .where(_chunk.last_step >= bindparam("low"), _chunk.first_step <= bindparam("high"))
    .order_by(_chunk.series_id, _chunk.attempt, _chunk.first_step)
)
_few_chunks = _chunks.where(_chunk.series_id.in_(bindparam("ids", expanding=True)))
_batch = select(
    _journal.run_id, _journal.attempt, _journal.first_step, _journal.last_step, _journal.points, _journal.checksum,
    _journal.body,
)  # fmt: skip
_batches = _batch.where(_journal.run_id == bindparam("run")).order_by(_journal.cursor)
_batches_of = _batch.where(_journal.run_id.in_(bindparam("runs", expanding=True))).order_by(
    _journal.run_id, _journal.cursor
)


@dataclass(slots=True)
class Scope:
    """`ids` are the wanted series by key."""

    connection: Connection
    run: Run
    ids: dict[str, int]
    low: int
    high: int
    shown: list[tuple[int, int]]  # attempts with their last visible step
    tails: dict[int, Tail] = field(default_factory=dict)
    chunks: dict[tuple[int, int], list[Row[Any]]] = field(default_factory=lambda: defaultdict(list))
    damaged: list[Damage] = field(default_factory=list)  # of the journal

    def tail(self, series_id: int, attempt: int) -> tuple[Points, int]:
        tail = self.tails.get(attempt)
        return tail.series(series_id) if tail else (EMPTY, 0)

    def load_chunks(self, series_ids: list[int] | None = None) -> None:
        wanted = list(self.ids.values()) if series_ids is None else series_ids
        bound: dict[str, Any] = {"run": self.run.id, "low": self.low, "high": self.high}
        few = len(wanted) <= _FEW
        found = self.connection.execute(_few_chunks if few else _chunks, bound | ({"ids": wanted} if few else {}))
        for row in found.all():
            self.chunks[row.series_id, row.attempt].append(row)

    def series(self, series_id: int) -> Series:
        series = Series()
        for attempt, last in self.shown:
            series.damaged += [damage_of(row) for row in self.chunks.get((series_id, -attempt), ())]
            high = min(self.high, last)
            rows = [row for row in self.chunks.get((series_id, attempt), ()) if row.first_step <= high]
            tail, corrected = self.tail(series_id, attempt)
            series.corrected += corrected + sum(row.corrected for row in rows)
            for piece in arrange((self.run.id, series_id, attempt), rows, tail, self.low, high):
                series.add(self.connection, piece)
        return series

    def load_tails(self) -> None:
        self.take_tails(self.connection.execute(_batches, {"run": self.run.id}).all())

    def take_tails(self, rows: Iterable[Row[*tuple[Any, ...]]]) -> None:
        for row in rows:
            try:
                codec.verify(row.checksum, row.body)
            except DamagedError:
                self.damaged.append(Damage(abs(row.attempt), row.first_step, row.last_step, row.points))
            else:
                self.tails.setdefault(row.attempt, Tail()).add(row.body)


def open_scope(
    connection: Connection,
    run_id: str,
    keys: tuple[str, ...] | None = None,
    steps: tuple[int | None, int | None] = (None, None),
    attempt: int | None = None,
) -> Scope:
    """Without chunks yet. NotFound: no such run."""
    run = require_run(connection, run_id)
    ids = series_of(connection, run_id, keys)
    low, high = (0 if steps[0] is None else steps[0]), (LAST_STEP if steps[1] is None else steps[1])
    scope = Scope(connection, run, ids, max(low, 0), min(high, LAST_STEP), visible(run.attempts, attempt))
    scope.load_tails()
    return scope


def scopes_of(connection: Connection, runs: Sequence[Run], ids: Mapping[str, dict[str, int]]) -> Iterator[Scope]:
    """A scope over each of the runs, which are at hand already, with the series that `ids` names for it."""
    by_id = {run.id: run for run in runs}
    tails = groupby(connection.execute(_batches_of, {"runs": list(by_id)}), key=lambda row: row.run_id)
    tailed: dict[str, Scope] = {}
    for run_id, rows in tails:
        tailed[run_id] = _scope(connection, by_id[run_id], ids.get(run_id, {}))
        tailed[run_id].take_tails(rows)
    for run in runs:
        yield tailed.get(run.id) or _scope(connection, run, ids.get(run.id, {}))


def _scope(connection: Connection, run: Run, ids: dict[str, int]) -> Scope:
    return Scope(connection, run, ids, 0, LAST_STEP, visible(run.attempts))

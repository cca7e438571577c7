"""The runs that are being written to, held in memory by the writer thread; the tables remain the truth."""

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, bindparam, func, insert, select, update

from lineside_server.core.runs import Run, RunState
from lineside_server.store import tables
from lineside_server.store.attempts import Writer
from lineside_server.store.notes import note_state
from lineside_server.store.prepared import Prepared
from lineside_server.store.rows import COLD, runs_of, select_runs, series_of
from lineside_server.store.seqs import Seqs
from lineside_server.store.trace import Trace

_KEPT: Final = 256

_insert_hot = Prepared.insert(tables.head)
_save_hot = Prepared.update(tables.head, ["run_id"])
_save_cold = (
    update(tables.run)
    .where(tables.run.c.run_id == bindparam("b_run"))
    .values({name: bindparam(f"b_{name}") for name in COLD})
)


@dataclass(slots=True)
class Head:
    """One run as the writer thread knows it, equal to its rows at the end of every job."""

    run: Run
    stored_state: RunState | None = None
    points_at: float | None = None
    next_event: int = 1
    trace: Trace = field(default_factory=Trace)
    series: dict[str, int] = field(default_factory=dict)
    writers: dict[str, Writer] = field(default_factory=dict)
    applied: dict[str, Seqs] = field(default_factory=dict)
    tail_rows: int = 0
    tail_steps: int = 0
    tail_bytes: int = 0

    def change(self, **fields: Any) -> None:
        self.run = replace(self.run, **fields)

    def bump(self) -> None:
        self.change(cursor=self.run.cursor + 1)

    def save_hot(self, connection: Connection) -> None:
        _save_hot.run(connection, self._hot())

    def save_cold(self, connection: Connection, now: float) -> None:
        """Save what changes seldom; a change of state is noted with it, as of `now`."""
        run = self.run
        values = {f"b_{name}": getattr(run, name) for name in COLD if name != "run_group"}
        connection.execute(_save_cold, {**values, "b_run": run.id, "b_run_group": run.group})
        if run.state != self.stored_state:
            note_state(connection, run.id, run.state, now)
            self.stored_state = run.state

    def insert(self, connection: Connection) -> None:
        run = self.run
        cold = {name: getattr(run, name) for name in COLD if name != "run_group"}
        cold |= {"run_id": run.id, "created_at": run.created_at, "run_group": run.group}
        connection.execute(insert(tables.run), cold)
        self.stored_state = run.state
        _insert_hot.run(connection, self._hot())

    def _hot(self) -> dict[str, Any]:
        run = self.run
        return {
            "run_id": run.id,
            "cursor": run.cursor,
            "heard_at": run.heard_at,
            "last_event_at": run.last_event_at,
            "points_at": self.points_at,
            "last_step": run.last_step,
            "last_step_ts": run.last_step_ts,
            "next_event": self.next_event,
            "trace": self.trace.dump(),
        }


class Heads:
    """The runs written to lately; a head that a failed job touched is forgotten and read again."""

    def __init__(self) -> None:
        self._heads: OrderedDict[str, Head] = OrderedDict()
        self._touched: set[str] = set()

    def get(self, connection: Connection, run_id: str) -> Head | None:
        self._touched.add(run_id)
        head = self._heads.get(run_id)
        if head is None:
            head = load(connection, run_id)
            if head is not None:
                self.put(head)
        else:
            self._heads.move_to_end(run_id)
        return head

    def put(self, head: Head) -> None:
        self._touched.add(head.run.id)
        self._heads[head.run.id] = head
        while len(self._heads) > _KEPT:
            self._heads.popitem(last=False)

    def forget(self, run_id: str) -> None:
        self._heads.pop(run_id, None)

    def mark(self) -> None:
        self._touched.clear()

    def undo(self) -> None:
        for run_id in self._touched:
            self.forget(run_id)

    def clear(self) -> None:
        self._heads.clear()


def load(connection: Connection, run_id: str) -> Head | None:
    row = connection.execute(select_runs().where(tables.run.c.run_id == run_id)).mappings().first()
    if row is None:
        return None
    run, trace = next(runs_of(connection, [row])), Trace.load(row["trace"])
    head = Head(run, run.state, row["points_at"], row["next_event"], trace)
    head.series = series_of(connection, run_id)
    for writer in connection.execute(select(tables.writer).where(tables.writer.c.run_id == run_id)).mappings():
        _add_writer(head, writer)
    journal = tables.journal.c
    totals = select(func.count(), func.sum(journal.steps), func.sum(func.length(journal.body)))
    rows, steps, size = connection.execute(totals.where(journal.run_id == run_id, journal.attempt > 0)).one()
    head.tail_rows, head.tail_steps, head.tail_bytes = rows, int(steps or 0), int(size or 0)
    return head


def _add_writer(head: Head, row: RowMapping) -> None:
    names = ("attempt", "pending", "opened_at", "clock_offset", "heard_at", "told_at", "finished")
    head.writers[row["writer"]] = Writer(row["writer"], *(row[name] for name in names))
    head.applied[row["writer"]] = Seqs.unpack(row["applied"])

"""From raw events to a batch: each fault is refused by itself and named, the rest is kept."""

from collections import defaultdict
from typing import Any, Final

import numpy as np

from lineside_server.core.events import F64, I64, NO_STEP, Batch, Columns, Event, Rejection
from lineside_server.ingest.decode import BadLine, RawBatch
from lineside_server.ingest.numbers import (
    Column,
    Mask,
    RefusedError,
    column_of,
    step_of,
    steps_of,
    time_of,
    times_of,
    value_of,
)
from lineside_server.ingest.words import KINDS, body_of, key_fault

_LISTED: Final = 1000  # refusals named one by one


def accept(raw: RawBatch, received_at: float) -> Batch:
    taken = _Taken(received_at)
    for index, event in enumerate(raw.events):
        taken.add(index, event)
    return taken.batch(raw.writer, raw.seq)


class _Taken:
    """What was kept so far; `metrics` events of the same keys that follow each other are gathered into columns."""

    def __init__(self, received_at: float) -> None:
        self._received_at = received_at
        self._columns: list[Columns] = []
        self._events: list[Event] = []
        self._rejected: list[Rejection] = []
        self._accepted = 0
        self._told_at: float | None = None
        self._keys: tuple[str, ...] = ()
        self._rows: list[tuple[int, float, list[float]]] = []
        self._index = 0  # of the first gathered event

    def add(self, index: int, event: object) -> None:
        refused = len(self._rejected)
        try:
            kept = self._take(index, event)
        except RefusedError as error:
            self._refuse(index, None, str(error))
            return
        self._accepted += kept or len(self._rejected) == refused

    def batch(self, writer: str, seq: int) -> Batch:
        self._close()
        rejected = self._rejected
        if len(rejected) > _LISTED:
            more = Rejection(rejected[_LISTED].index, None, f"and {len(rejected) - _LISTED} more refusals from here on")
            rejected = [*rejected[:_LISTED], more]
        return Batch(
            writer=writer,
            seq=seq,
            columns=tuple(self._columns),
            events=tuple(self._events),
            rejected=tuple(rejected),
            accepted=self._accepted,
            told_at=self._told_at,
        )

    def _take(self, index: int, event: object) -> bool:
        """Whether anything of it was kept."""
        if isinstance(event, BadLine):
            raise RefusedError(event.reason)
        if not isinstance(event, dict):
            raise RefusedError("an event is an object")
        kind = event.get("type")
        if kind == "metrics":
            return self._metrics(index, event)
        if kind == "columns":
            return self._block(index, event)
        if not isinstance(kind, str) or kind not in KINDS:
            raise RefusedError(f"the event type {str(kind)[:40]!r} is not known")
        return self._word(index, kind, event)

    def _word(self, index: int, kind: str, event: dict[Any, Any]) -> bool:
        step = None if event.get("step") is None else step_of(event["step"])
        if kind == "nonfinite" and step is None:
            raise RefusedError("step is missing")
        body = body_of(kind, event)
        self._events.append(Event(kind, step, self._time(event), body, index))
        return True

    def _metrics(self, index: int, event: dict[Any, Any]) -> bool:
        step = NO_STEP if event.get("step") is None else step_of(event["step"])
        values = event.get("values")
        if not isinstance(values, dict):
            raise RefusedError("values must be an object")
        ts = self._time(event)
        kept = self._values(index, values)
        if not kept:
            return False
        keys = tuple(kept)
        if keys != self._keys:
            self._close()
            self._keys, self._index = keys, index
        self._rows.append((step, ts, list(kept.values())))
        return True

    def _values(self, index: int, values: dict[Any, Any]) -> dict[str, float]:
        kept: dict[str, float] = {}
        for key, raw in values.items():
            fault = key_fault(key)
            if fault:
                self._refuse(index, key, fault)
            elif raw is not None:
                try:
                    kept[key] = value_of(raw)
                except RefusedError as error:
                    self._refuse(index, key, str(error))
        return kept

    def _close(self) -> None:
        """Turns the gathered rows into columns."""
        if self._rows:
            steps, times, rows = zip(*self._rows, strict=True)
            values = dict(zip(self._keys, np.array(rows, np.float64).T, strict=True))
            self._columns.append(Columns(np.array(steps, np.int64), np.array(times), values, self._index))
        self._rows, self._keys = [], ()

    def _block(self, index: int, event: dict[Any, Any]) -> bool:
        columns = event.get("columns")
        if not isinstance(columns, dict):
            raise RefusedError("columns must be an object")
        try:
            steps, good, fault = steps_of(event.get("steps"))
        except RefusedError as error:
            raise RefusedError(f"steps: {error}") from None
        if fault:
            self._refuse(index, None, fault)
        times = self._times(index, event.get("ts"), len(steps))
        whole, partial = self._sorted(index, columns, len(steps), good)
        self._close()  # what came first must stay first: the latest wins
        if whole:
            self._columns.append(_rows(steps, times, whole, good, index))
        for mask, part in partial.items():
            kept = np.frombuffer(mask, np.bool_)
            self._columns.append(_rows(steps, times, part, kept, index))
        return bool(whole or partial)

    def _sorted(
        self, index: int, columns: dict[Any, Any], n: int, good: Mask | None
    ) -> tuple[dict[str, F64], dict[bytes, dict[str, F64]]]:
        """Columns without a gap, and others by which of their entries are there."""
        whole: dict[str, F64] = {}
        partial: dict[bytes, dict[str, F64]] = defaultdict(dict)
        for key, raw in columns.items():
            column = self._column(index, key, raw, n)
            if column is None or not n:
                continue
            if column.kept is None:
                whole[key] = column.values
            else:
                mask = column.kept if good is None else column.kept & good
                if mask.any():
                    partial[mask.tobytes()][key] = column.values
        return whole if good is None or good.any() else {}, partial

    def _column(self, index: int, key: Any, raw: object, n: int) -> Column | None:
        fault = key_fault(key)
        column = None
        if fault is None:
            try:
                column = column_of(raw, n)
                fault = column.fault
            except RefusedError as error:
                fault = str(error)
        if fault is not None:
            self._refuse(index, key, fault)
        return column

    def _times(self, index: int, raw: object, n: int) -> F64:
        if raw is not None:
            try:
                times, told_at = times_of(raw, n, self._received_at)
            except RefusedError as error:
                self._refuse(index, "ts", f"{error}; the time of receipt stands in")
            else:
                if told_at is not None:
                    self._hear(told_at)
                return times
        return np.full(n, self._received_at)

    def _time(self, event: dict[Any, Any]) -> float:
        if event.get("ts") is None:
            return self._received_at
        ts = time_of(event["ts"])
        self._hear(ts)
        return ts

    def _hear(self, ts: float) -> None:
        self._told_at = ts if self._told_at is None else max(self._told_at, ts)

    def _refuse(self, index: int, key: Any, reason: str) -> None:
        self._rejected.append(Rejection(index, key if isinstance(key, str) else None, reason))


def _rows(steps: I64, times: F64, values: dict[str, F64], kept: Mask | None, index: int) -> Columns:
    if kept is None or kept.all():
        return Columns(steps, times, values, index)
    return Columns(steps[kept], times[kept], {key: column[kept] for key, column in values.items()}, index)

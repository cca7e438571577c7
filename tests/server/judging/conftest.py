"""A store with a judge beside it whose rounds are asked for by hand."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lineside_server.core.clock import ManualClock
from lineside_server.core.events import Applied, Batch
from lineside_server.core.findings import Alert
from lineside_server.core.judged import Told
from lineside_server.core.runs import Run
from lineside_server.ingest.accept import accept
from lineside_server.ingest.decode import Limits, decode
from lineside_server.judging.judge import Judge
from lineside_server.recording.model import Recording
from lineside_server.rules.book import Book
from lineside_server.store.alert_picks import AlertFilter
from lineside_server.store.alerts import list_alerts, list_transitions
from lineside_server.store.engine import Store
from lineside_server.store.journal import append
from lineside_server.store.runs import RunSpec, get_run, open_run


class Court:
    """One run, its store, and a judge that can be lost at any moment."""

    def __init__(self, folder: Path, book: Book | None = None) -> None:
        self.clock = ManualClock(1000.0)
        self._path = str(folder / "court.db")
        self._book = book or Book()
        self._begin()

    def open(self, run_id: str, **spec: Any) -> None:
        self.run_id = run_id
        open_run(self.store, RunSpec(id=run_id, **spec), "w").result()

    def send(self, batch: Batch) -> Applied:
        return append(self.store, self.run_id, batch).result()

    def judge_all(self) -> None:
        while self.judge.round(self.clock.now()):
            pass

    def restart(self) -> None:
        """As after kill -9: what the judge had in memory is gone."""
        self.store.close()
        self._begin()

    def close(self) -> None:
        self.store.close()

    @property
    def run(self) -> Run:
        return get_run(self.store, self.run_id)

    def alerts(self) -> list[Alert]:
        found, _ = list_alerts(self.store, AlertFilter(self.run_id, limit=1000))
        return found

    def told(self) -> list[Told]:
        return list_transitions(self.store, self.run_id)

    def _begin(self) -> None:
        self.store = Store.open(self._path, self.clock)
        self.judge = Judge(self.store, self._book, self.clock)
        self.store.on_commit(self.judge.hear)


@pytest.fixture
def court(tmp_path: Path) -> Iterator[Court]:
    made = Court(tmp_path)
    yield made
    made.close()


@pytest.fixture
def cut() -> Any:
    """Return `cut(recording, pick, most)`: the run in batches of 1 to `most` lines, picked at random."""
    return _batches


def _batches(recording: Recording, pick: random.Random, most: int) -> list[Batch]:
    lines = sorted((row for line in recording.lines() for row in _rows(line)), key=lambda row: row[0])
    batches: list[Batch] = []
    while lines:
        size = pick.randint(1, most)
        query = {"writer": "w", "seq": str(len(batches) + 1)}
        body = b"\n".join(line for _, line in lines[:size])
        batches.append(accept(decode(body, "application/x-ndjson", "identity", Limits(), query), 0.0))
        lines = lines[size:]
    return batches


def _rows(line: bytes) -> Iterator[tuple[float, bytes]]:
    """Take columns apart into the steps that they were gathered from, each with its time."""
    event = msgspec.json.decode(line)
    if event["type"] != "columns":
        yield event["ts"], line
        return
    for at, step in enumerate(event["steps"]):
        values = {key: column[at] for key, column in event["columns"].items() if column[at] is not None}
        row = {"type": "metrics", "step": step, "ts": event["ts"][at], "values": values}
        yield event["ts"][at], msgspec.json.encode(row)

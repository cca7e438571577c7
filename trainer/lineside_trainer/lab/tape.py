"""Turns what the client has spooled into a recorded run: the very events that the service would have got."""

from __future__ import annotations

import gzip
import json
import math
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

# Private to the client, and of the same distribution: its own reader is what makes the recording true.
from lineside._folder import Folder
from lineside._reader import Leftover, Reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS = 100  # of one event of type columns, a few seconds: a recording is read in the order of time
HEARTBEAT_S = 10.0  # as the client has it
LARGEST = float(np.finfo(np.float32).max)
EXACT = {"lr"}  # computed in double precision and compared with a declared value; nearly all else is float32 at heart


@dataclass
class Tape:
    """A run as recorded: what was declared, and its events in the order of time."""

    start: dict[str, Any]
    events: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, spool: Path, name: str) -> Tape:
        """Read the spool of a process that is gone, and empty it."""
        folder = Folder.adopt(spool)
        if folder is None:
            raise ValueError(f"The spool {spool} is in use, or none.")
        opened = folder.about["open"]
        reader, found = Reader(folder, Leftover(folder)), list[dict[str, Any]]()
        while (parcel := reader.next()) is not None:
            found += parcel.events
            reader.done()
        reader.close()
        folder.release()
        events = sorted(_one_by_one(found), key=lambda event: event["ts"])
        about = {key: opened[key] for key in ("project", "config", "intent") if key in opened}
        return cls({"type": "start", "name": name, **about, "ts": events[0]["ts"]}, events)

    def lived_until(self, ts: float) -> None:
        """Add the heartbeats of a process that was silent and alive up to a time, as the client sends them."""
        due = self.events[-1]["ts"] + HEARTBEAT_S
        while due <= ts:
            self.events.append({"type": "heartbeat", "ts": due})
            due += HEARTBEAT_S

    def series(self, key: str) -> dict[int, float]:
        """Return a series by step."""
        points = [event for event in self.events if event["type"] == "metrics" and key in event["values"]]
        return {event["step"]: event["values"][key] for event in points}

    def write(self, path: Path) -> None:
        """Write it as gzipped ndjson; the same tape gives the same bytes."""
        lines = [json.dumps(_plain(event), separators=(",", ":")) for event in [self.start, *_columns(self.events)]]
        data = "".join(f"{line}\n" for line in lines).encode()
        path.write_bytes(gzip.compress(data, 9, mtime=0))


def _one_by_one(events: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield an event of type metrics for each row of the columns, and the other events as they are."""
    for event in events:
        if event["type"] != "columns":
            yield event
            continue
        steps, times = _numbers(event["steps"], "q"), _numbers(event["ts"], "d")
        columns = {key: _numbers(column, "d") for key, column in event["columns"].items()}
        for row, (step, ts) in enumerate(zip(steps, times, strict=True)):
            values = {key: column[row] for key, column in columns.items()}
            yield {"type": "metrics", "step": step, "ts": ts, "values": values}


def _numbers(data: bytes, kind: str) -> tuple[Any, ...]:
    return struct.unpack(f"<{len(data) // 8}{kind}", data)


def _columns(events: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the events with points of equal keys gathered into columns; other events stay where they were in time."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for event in events:
        if event["type"] != "metrics":
            yield from map(_gathered, groups.values())
            groups = {}
            yield event
            continue
        rows = groups.setdefault(tuple(event["values"]), [])
        rows.append(event)
        if len(rows) == ROWS:
            yield from map(_gathered, groups.values())
            groups = {}
    yield from map(_gathered, groups.values())


def _gathered(rows: list[dict[str, Any]]) -> dict[str, Any]:
    columns = {key: [_number(key, row["values"][key]) for row in rows] for key in rows[0]["values"]}
    steps, times = [row["step"] for row in rows], [row["ts"] for row in rows]
    return {"type": "columns", "steps": steps, "ts": times, "columns": columns}


def _number(key: str, value: float) -> float | int | str:
    """Return a value as it is written: the shortest decimal of its float32, without a point where it is whole."""
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if key not in EXACT and abs(value) <= LARGEST:
        value = float(str(np.float32(value)))
    return int(value) if value.is_integer() and abs(value) < 2**53 and value != 0 else value


def _plain(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event with its times to the millisecond."""
    ts = event["ts"]
    return {**event, "ts": [round(each, 3) for each in ts] if isinstance(ts, list) else round(ts, 3)}

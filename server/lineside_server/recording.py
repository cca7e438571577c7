"""Recorded runs: an ndjson file with a `start` and the events of one run, as batches to be sent like any other."""

import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from lineside_server.errors import BadInput

NO_END = "the file has no end"
LINES_A_BATCH = 1000
LONGEST_NAME = 256
BYTES_A_BATCH = 4 * 1024 * 1024
LINES = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded run; its id and its writer come from its content, so the same file is always the same run."""

    path: Path
    digest: str
    start: dict[str, Any]

    @property
    def writer(self) -> str:
        return f"file-{self.digest[:32]}"

    def opening(self, project: str | None = None) -> dict[str, Any]:
        """Return the body of the request that opens the run."""
        name = _one_line(self.start.get("name") or self.path.name.partition(".")[0])
        told_project = project or self.start.get("project")
        opening = {
            "id": f"{re.sub(r'[^A-Za-z0-9._-]+', '-', name)[:40].strip('.-') or 'run'}-{self.digest[:12]}",
            "name": name,
            "project": _one_line(told_project) if told_project else None,
            "config": self.start.get("config") or {},
            "intent": self.start.get("intent") or {},
            "tags": self.start.get("tags") or [],
            "group": self.start.get("group"),
            "writer": self.writer,
            "resume": "never",
            "started_at": self.start.get("ts"),
        }
        return {field: value for field, value in opening.items() if value is not None}

    def batches(self) -> Iterator[tuple[int, bytes]]:
        """Return (seq, ndjson body) from the first to the last, cut the same every time."""
        lines: list[bytes] = []
        seq, size = 1, 0
        for line in self._with_end():
            lines.append(line)
            size += len(line)
            if len(lines) >= LINES_A_BATCH or size >= BYTES_A_BATCH:
                yield seq, b"\n".join(lines)
                lines, size, seq = [], 0, seq + 1
        if lines:
            yield seq, b"\n".join(lines)

    def _with_end(self) -> Iterator[bytes]:
        """Return the lines after the start, with a `finish` of our own where the file has none."""
        ended, last = False, b""
        lines = _lines(self.path)
        next(lines)
        for line in lines:
            ended = ended or (b'"finish"' in line and _peek(line).get("type") == "finish")
            last = line
            yield line
        if not ended:
            ts = _peek(last).get("ts", self.start.get("ts"))
            yield msgspec.json.encode({"type": "finish", "ts": ts, "status": "finished", "error": NO_END})


def read_recording(path: Path) -> Recording:
    """Read the start of a recorded run; BadInput says what is wrong with a file that is none."""
    digest = hashlib.sha256()
    first: dict[str, Any] | None = None
    for line in _lines(path):
        digest.update(line + b"\n")
        if first is None:
            first = _peek(line)
    if first is None or first.get("type") != "start":
        raise BadInput(f"{path} is no recorded run: its first line is not an event of type start.")
    return Recording(path, digest.hexdigest(), first)


def _one_line(text: object) -> str:
    """Return a text as the name of a run may be: without control characters, and not too long."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", str(text))[:LONGEST_NAME]


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            for line in file:
                if stripped := line.strip():
                    yield stripped
    except (OSError, EOFError) as failure:
        raise BadInput(f"{path} cannot be read: {getattr(failure, 'strerror', None) or failure}.") from failure


def _peek(line: bytes) -> dict[str, Any]:
    """Read a line as far as it can be read; what is wrong with it is the service's to say."""
    try:
        event = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}

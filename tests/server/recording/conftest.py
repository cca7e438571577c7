"""Files of every kind, written small, and what comes out of them."""

import json
import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from lineside_server.core.intent import parse_intent
from lineside_server.core.roles import roles_of
from lineside_server.recording.kinds import read_recording
from lineside_server.recording.mapping import parse_mapping
from lineside_server.recording.model import Recording

WRITTEN = 1_700_000_000.0  # the Unix time at which every file here was last written


class Read:
    """A recorded run as it comes out of its reader."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.config: Any = recording.start.get("config")
        self.intent: Any = recording.start.get("intent")
        self.notes = " ".join(recording.notes)
        self.events = [json.loads(line) for _, body in recording.batches() for line in body.splitlines()]
        self.series: dict[str, dict[int, Any]] = defaultdict(dict)
        for event in self.events:
            for key, value in event.get("values", {}).items():
                self.series[key][event["step"]] = value
        self.rejected = [fault for batch in recording.accepted(0.0) for fault in batch.rejected]

    @property
    def roles(self) -> dict[str, str]:
        return roles_of(self.series, parse_intent(self.intent))

    @property
    def times(self) -> list[float]:
        return [event["ts"] for event in self.events]


class Desk:
    """A folder to write files into and read them from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, content: str | bytes | Any) -> Path:
        """Write text, bytes, or anything else as JSON."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(content, (str, bytes)):
            content = json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        os.utime(path, (WRITTEN, WRITTEN))
        return path

    def read(self, name: str, content: str | bytes | Any, *mapped: str) -> Read:
        return Read(read_recording(self.write(name, content), parse_mapping(mapped)))

    def table(self, text: str, *mapped: str) -> Read:
        return self.read("table.csv", text, *mapped)

    def state(self, *rows: dict[str, Any], mapped: Sequence[str] = (), **fields: Any) -> Read:
        return self.read("mine.trainer_state.json", {**fields, "log_history": list(rows)}, *mapped)


@pytest.fixture
def desk(tmp_path: Path) -> Any:
    return Desk(tmp_path)

"""A recorded run: its start and its events, cut into batches that are sent or judged like any other."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from lineside_server.core.events import Batch
from lineside_server.errors import BadInput
from lineside_server.ingest.accept import accept
from lineside_server.ingest.decode import Limits, decode

LINES: Final = "application/x-ndjson"
NO_END: Final = "the file has no end"
LINES_A_BATCH: Final = 1000
BYTES_A_BATCH: Final = 4 * 1024 * 1024
LONGEST_NAME: Final = 256
LONGEST_TAG: Final = 128
MOST_TAGS: Final = 100


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded run; its id and its writer come from its content, so the same file is always the same run.

    `start` is the event that opens a recorded run (name, project, config, intent, ts); `lines` gives the events after
    it as lines of ndjson, the last of them a `finish`, anew at each call; `notes` are sentences on what was left out
    of the file, or guessed.
    """

    path: Path
    digest: str
    start: Mapping[str, Any]
    lines: Callable[[], Iterator[bytes]]
    notes: tuple[str, ...] = ()

    @property
    def writer(self) -> str:
        return f"file-{self.digest[:32]}"

    @property
    def name(self) -> str:
        return _one_line(self.start.get("name") or self.path.name.partition(".")[0])

    def opening(self, project: str | None = None) -> dict[str, Any]:
        """Return the body of the request that opens the run."""
        told_project = project or self.start.get("project")
        tags = self.start.get("tags")
        told_tags = tags if isinstance(tags, list) else []
        opening = {
            "id": f"{re.sub(r'[^A-Za-z0-9._-]+', '-', self.name)[:40].strip('.-') or 'run'}-{self.digest[:12]}",
            "name": self.name,
            "project": _one_line(told_project) if told_project else None,
            "config": self.start.get("config") or {},
            "intent": self.start.get("intent") or {},
            "tags": [_one_line(tag)[:LONGEST_TAG] for tag in told_tags if tag][:MOST_TAGS],
            "group": _one_line(group) if (group := self.start.get("group")) else None,
            "writer": self.writer,
            "resume": "never",
            "started_at": self.start.get("ts"),
        }
        return {field: value for field, value in opening.items() if value is not None}

    def batches(self) -> Iterator[tuple[int, bytes]]:
        """Return (seq, ndjson body) from the first to the last, cut the same every time."""
        lines: list[bytes] = []
        seq, size = 1, 0
        for line in self.lines():
            lines.append(line)
            size += len(line)
            if len(lines) >= LINES_A_BATCH or size >= BYTES_A_BATCH:
                yield seq, b"\n".join(lines)
                lines, size, seq = [], 0, seq + 1
        if lines:
            yield seq, b"\n".join(lines)

    def accepted(self, received_at: float) -> Iterator[Batch]:
        """Return the batches as the service would take them in; `received_at` stands in for times that are missing."""
        for seq, body in self.batches():
            query = {"writer": self.writer, "seq": str(seq)}
            yield accept(decode(body, LINES, "identity", Limits(), query), received_at)


def finish(ts: float | None, error: str | None = NO_END) -> bytes:
    """Return the line that ends a run whose file does not say how it ended."""
    end = {"type": "finish", "ts": ts, "status": "finished", "error": error}
    return msgspec.json.encode({field: value for field, value in end.items() if value is not None})


def no_run(path: Path, why: str) -> BadInput:
    """Return what is said of a file that cannot be read as a run."""
    return BadInput(f"{path} is no recorded run: {why}.")


def _one_line(text: object) -> str:
    """Return a text as the name of a run may be: without control characters, and not too long."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", str(text))[:LONGEST_NAME]

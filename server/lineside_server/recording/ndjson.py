"""Our own form: ndjson whose first line is the `start` of the run, the events as they were sent."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from lineside_server.ingest.numbers import RefusedError, time_of
from lineside_server.ingest.words import plain
from lineside_server.recording.model import Recording, finish, no_run
from lineside_server.recording.source import encoding_of, head_of, reading, reading_text

LATEST: Final = 1e12  # seconds, the bound of the service


def read_ndjson(path: Path) -> Recording:
    """Read the start of a recorded run; BadInput says what is wrong with a file that is none."""
    digest = hashlib.sha256()
    start: dict[str, Any] | None = None
    for line in _lines(path):
        digest.update(line + b"\n")
        if start is None:
            start = peek(line)
    if start is None or start.get("type") != "start":
        raise no_run(path, "its first line is not an event of type start")
    try:
        opened = _kept(start)
    except RefusedError as fault:
        raise no_run(path, f"its start cannot be kept ({fault})") from fault
    return Recording(path, digest.hexdigest(), opened, lambda: _with_end(path, opened))


def _kept(start: dict[str, Any]) -> dict[str, Any]:
    """Return the start as a service keeps it; RefusedError says which field of it cannot be kept."""
    told: dict[str, Any] = plain(start)
    for name in ("config", "intent"):
        if not isinstance(told.get(name) or {}, dict):
            raise RefusedError(f"{name} must be an object")
    if told.get("ts") is not None and not 0 <= time_of(told["ts"]) < LATEST:
        raise RefusedError("ts must be in Unix seconds")
    return told


def peek(line: bytes) -> dict[str, Any]:
    """Read a line as far as it can be read; what is wrong with it is the service's to say."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def _with_end(path: Path, start: dict[str, Any]) -> Iterator[bytes]:
    """Return the lines after the start, with a `finish` of our own where the file has none."""
    ended, last = False, b""
    lines = _lines(path)
    next(lines)
    for line in lines:
        ended = ended or (b'"finish"' in line and peek(line).get("type") == "finish")
        last = line
        yield line
    if not ended:
        yield finish(peek(last).get("ts", start.get("ts")))


def _lines(path: Path) -> Iterator[bytes]:
    """Return the lines that are not blank, in UTF-8."""
    if encoding_of(head_of(path)) == "utf-8":
        with reading(path) as file:
            yield from (stripped for line in file if (stripped := line.strip()))
        return
    with reading_text(path) as text:
        yield from (told.encode() for row in text if (told := row.strip()))

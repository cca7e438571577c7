"""Which kind of recorded run a file is, told by its content."""

import json
from pathlib import Path
from typing import Any, Final

from lineside_server.errors import BadInput
from lineside_server.recording.mapping import ColumnMap
from lineside_server.recording.model import Recording, no_run
from lineside_server.recording.ndjson import read_ndjson
from lineside_server.recording.source import head_of, reading_text, text_of
from lineside_server.recording.table import read_table
from lineside_server.recording.trainer_history import parse_state
from lineside_server.recording.trainer_state import is_state, read_trainer_state

LONGEST_JSON: Final = 512 * 1024 * 1024  # characters; a state is read as a whole
NOTHING_MAPPED: Final = ColumnMap()


def read_recording(path: Path, mapping: ColumnMap = NOTHING_MAPPED) -> Recording:
    """Read our own ndjson, a trainer state or a table, each also gzipped; BadInput says what a file is not."""
    head = text_of(path, head_of(path))
    if head.lstrip()[0] not in "{[":
        return read_table(path, head, mapping)
    if _is_ndjson(head):
        if mapping:
            raise BadInput(f"{path} names its series itself: --map is for tables and trainer states.")
        return read_ndjson(path)
    state = _json(path)
    if not is_state(state):
        raise no_run(path, "it is JSON, but neither begins with an event of type start nor has a log_history")
    return read_trainer_state(path, state, mapping)


def _is_ndjson(head: str) -> bool:
    """Tell whether the first line is an object by itself, with a type, or with others behind it."""
    lines = [line for line in head.splitlines() if line.strip()][:2]
    try:
        first = json.loads(lines[0])
    except (ValueError, RecursionError):
        return False
    return isinstance(first, dict) and ("type" in first or len(lines) > 1)


def _json(path: Path) -> Any:
    with reading_text(path) as file:
        text = file.read(LONGEST_JSON + 1)
    if len(text) > LONGEST_JSON:
        raise no_run(path, "it is JSON of more than 512 MiB")
    try:
        return parse_state(text)
    except RecursionError as fault:
        raise no_run(path, "it is JSON that is nested too deeply") from fault
    except ValueError as fault:
        raise no_run(path, f"it is not valid JSON ({fault})") from fault

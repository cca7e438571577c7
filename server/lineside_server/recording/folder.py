"""Which files of a folder are runs: its trainer state alone, or else every file that can be read as one."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from lineside_server.errors import BadInput
from lineside_server.recording.kinds import NOTHING_MAPPED, read_recording
from lineside_server.recording.mapping import ColumnMap
from lineside_server.recording.model import Recording

STATE: Final = "trainer_state.json"


def recordings(
    paths: Sequence[Path], mapping: ColumnMap = NOTHING_MAPPED
) -> Iterator[Recording | tuple[Path, BadInput]]:
    """Read every run; a file of a folder that is none is told beside its fault, one that was named raises it."""
    for path in paths:
        files = files_of(path)
        found = False
        for file in files:
            try:
                recording = read_recording(file, mapping)
            except BadInput as fault:
                if not path.is_dir():
                    raise
                yield file, fault
            else:
                found = True
                yield recording
        if not found:
            raise BadInput(f"{path} holds no recorded run.")


def files_of(path: Path) -> list[Path]:
    """Return a file as it is; of a folder its trainer state, or that of its last checkpoint, else all files in it."""
    if not path.is_dir():
        return [path]
    try:
        found = sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
    except OSError as failure:
        raise BadInput(f"{path} cannot be read: {failure.strerror or failure}.") from failure
    if (path / STATE).is_file():
        return [path / STATE]
    states = [entry / STATE for entry in found if entry.is_dir() and (entry / STATE).is_file()]
    files = [entry for entry in found if entry.is_file()]
    checkpoints = [state for state in states if _number(state) is not None]
    others = [state for state in states if _number(state) is None]
    if checkpoints:  # each holds the history of those before
        others.append(max(checkpoints, key=lambda state: _number(state) or 0))
    return files + sorted(others)


def _number(state: Path) -> int | None:
    """Return the number of the checkpoint that a state lies in."""
    _, divided, told = state.parent.name.partition("checkpoint-")
    return int(told) if divided and told.isascii() and told.isdigit() else None

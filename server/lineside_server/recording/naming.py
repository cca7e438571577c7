"""What a run is called that does not say its own name: after its file, or its folder where every file is called so."""

from pathlib import Path
from typing import Final

USUAL: Final = frozenset({"trainer_state", "metrics", "history", "results", "log", "logs", "progress", "measurements"})
INNER: Final = ("checkpoint-", "version_")  # folders that are called alike in every run


def run_name(path: Path) -> str:
    """Return the name of the run in a file."""
    stem = path.name.partition(".")[0]
    if stem not in USUAL:
        return stem or path.name
    folder = path.resolve().parent
    if folder.name.startswith(INNER) and folder.parent.name:
        return f"{folder.parent.name}/{folder.name}"
    return folder.name or stem

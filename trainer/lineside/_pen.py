"""Hands a record to the system without letting go of the interpreter, where the file system answers from memory.

A loop that lets go of it for the microsecond of a write wakes each thread that waits for it, nearly always too late to
take it; and Python, which hands it over after 5 ms, counts them anew. So the sender would be woken hundreds of times in
vain, at the loop's expense. On any other file system a write may take long, and lets the other threads work meanwhile.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

try:
    import ctypes
except ImportError:  # an interpreter may be built without it
    ctypes = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator

# Takes a file, what `held` gave, and its size in bytes; returns how many of them were written. A pen that holds the
# interpreter returns -1 where os.write raises: it is then asked again, by os.write.
Pen = Callable[[int, Any, int], int]

_FROM_MEMORY = {"btrfs", "ext2", "ext3", "ext4", "f2fs", "overlay", "tmpfs", "xfs", "zfs"}
_TABLE = Path("/proc/self/mountinfo")


def held(record: bytearray) -> Any:
    """Return the bytes of a record as pens take them; from now on it keeps its size and its place."""
    return record if ctypes is None else (ctypes.c_char * len(record)).from_buffer(record)


def lending(file: int, record: Any, _: int) -> int:
    """Write as os.write does, and let other threads have the interpreter meanwhile."""
    return os.write(file, record)


def _holding() -> Pen:
    with suppress(AttributeError, OSError, TypeError):  # no ctypes, or a system whose library has no such function
        # Told no types, ctypes takes the numbers as int and the record by its address: half the time of being told.
        write: Pen = ctypes.PyDLL(None)["write"]
        return write
    return lending


holding = _holding()


def pen_for(folder: Path, table: str | None = None) -> Pen:
    """Return the pen for the file system of a folder; `table` is a mountinfo of proc(5), by default this process's."""
    if table is None:
        table = ""
        with suppress(OSError):
            table = _TABLE.read_text(encoding="utf-8", errors="surrogateescape")
    return holding if _kind_of(os.path.realpath(folder), table) in _FROM_MEMORY else lending


def _kind_of(path: str, table: str) -> str:
    """Return the type of the file system: of the longest mount point, and among equals of the latest."""
    found = [(len(point), kind) for point, kind in _mounts(table) if f"{path}/".startswith(f"{point.rstrip('/')}/")]
    longest = max((length for length, _ in found), default=0)
    return next((kind for length, kind in reversed(found) if length == longest), "")


def _mounts(table: str) -> Iterator[tuple[str, str]]:
    for line in table.splitlines():
        about, _, rest = line.partition(" - ")
        fields, kind = about.split(), rest.split()
        if len(fields) > 4 and kind:
            yield re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4]), kind[0]

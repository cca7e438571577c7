"""The folder of one process's spool: what it belongs to, and who owns it now."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._say import say

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMAT = 1
_SUFFIX = ".seg"
_MENDED_ELSEWHERE = (401, 403)  # another process may come with a better token


class Folder:
    """A locked spool folder; the lock dies with its process, and nobody else reads or writes it meanwhile."""

    def __init__(self, path: Path, about: dict[str, Any], lock: int) -> None:
        self.path = path
        self.about = about
        self._lock = lock

    @classmethod
    def create(cls, root: Path, about: dict[str, Any]) -> Folder:
        path = root / "spool" / f"{about['open']['id']}~{about['writer']}"
        path.mkdir(mode=0o700, parents=True)
        lock = _lock(path)
        if lock is None:
            raise OSError(f"The spool folder {path} cannot be locked.")
        folder = cls(path, {"format": _FORMAT, **about}, lock)
        folder.save()
        return folder

    @classmethod
    def adopt(cls, path: Path) -> Folder | None:
        """Lock a spool that another process left behind; None if it is owned, gone, or of another format."""
        lock = _lock(path)
        if lock is None:
            return None
        about = _about(path)
        if about is None or about.get("format") != _FORMAT:
            os.close(lock)
            return None
        return cls(path, about, lock)

    def save(self) -> None:
        """Write what the spool belongs to; a reader sees the old text or the new one."""
        draft = self.path / "run.json.new"
        draft.write_text(json.dumps(self.about), encoding="utf-8")
        draft.replace(self.path / "run.json")

    def refuse(self, status: int) -> None:
        """Note that the server will not have this run, so that only `lineside sync` tries again."""
        if status not in _MENDED_ELSEWHERE:
            self.about["refused"] = status
            self.save()

    def segment(self, number: int) -> Path:
        return self.path / f"{number:08d}{_SUFFIX}"

    def segments(self) -> list[int]:
        return sorted(int(path.stem) for path in self.path.glob(f"*{_SUFFIX}") if path.stem.isdecimal())

    @property
    def owned(self) -> bool:
        return self._lock >= 0

    def release(self) -> None:
        """Give up the lock; in a forked child this leaves the parent's lock as it is."""
        lock, self._lock = self._lock, -1
        if lock >= 0:
            os.close(lock)

    def remove(self) -> None:
        """Delete what was acknowledged to the end; the description goes first, so that nobody adopts a torso."""
        for path in [self.path / "run.json", *self.path.iterdir()]:
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.path.rmdir()
        self.release()


def leftovers(root: Path) -> Iterator[Path]:
    """Yield the spool folders below `root` (or `root` itself, if it is one), oldest first."""
    if (root / "run.json").is_file():
        yield root
        return
    base = root / "spool" if (root / "spool").is_dir() else root
    with contextlib.suppress(OSError):
        found = [path for path in base.iterdir() if (path / "run.json").is_file()]
        yield from sorted(found, key=_age)


def describe(path: Path) -> dict[str, Any] | None:
    """Return what the spool in a folder belongs to without owning it."""
    return _about(path)


def _age(path: Path) -> float:
    try:
        return path.stat().st_ctime
    except OSError:
        return 0.0


def _about(path: Path) -> dict[str, Any] | None:
    try:
        about = json.loads((path / "run.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        say(f"The spool in {path} cannot be read: {error}.")
        return None
    return about if isinstance(about, dict) and isinstance(about.get("open"), dict) else None


def _lock(path: Path) -> int | None:
    import fcntl  # noqa: PLC0415 - elsewhere than on POSIX `init` says that it is missing, and training goes on

    try:
        lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock

"""Resolves what a run was asked for from arguments, environment and defaults."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, cast, get_args

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

Mode = Literal["online", "offline", "disabled"]
Resume = Literal["never", "allow", "must"]

DEFAULT_SERVER = "http://127.0.0.1:7460"
DEFAULT_SPOOL_LIMIT = 1 << 30
_RUN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# What people who come from Weights & Biases write.
_RESUME_WORDS: dict[object, Resume] = {True: "allow", False: "never", "auto": "allow"}


class Settings(NamedTuple):
    """What holds for one run; `server` is None only offline, where `lineside sync` settles it."""

    server: str | None
    token: str | None
    project: str | None
    mode: Mode
    folder: Path
    spool_limit: int
    run_id: str | None
    resume: Resume
    complaints: list[str]


def resolve(  # noqa: PLR0913 - one argument a setting
    environ: Mapping[str, str],
    *,
    server: str | None = None,
    token: str | None = None,
    project: str | None = None,
    mode: str | None = None,
    folder: str | os.PathLike[str] | None = None,
    spool_limit: int | None = None,
    run_id: str | None = None,
    resume: object = None,
) -> Settings:
    complaints: list[str] = []
    chosen_mode = _mode(mode or environ.get("LINESIDE_MODE"), complaints)
    address = server or environ.get("LINESIDE_SERVER")
    if not address and chosen_mode != "offline":
        address = DEFAULT_SERVER
    return Settings(
        server=_address(address, complaints),
        token=token or environ.get("LINESIDE_TOKEN") or None,
        project=project or environ.get("LINESIDE_PROJECT") or None,
        mode=chosen_mode,
        folder=Path(folder) if folder else spool_folder(environ),
        spool_limit=_limit(spool_limit, environ.get("LINESIDE_SPOOL_LIMIT"), complaints),
        run_id=_run_id(run_id or environ.get("LINESIDE_RUN_ID"), complaints),
        resume=_resume(environ.get("LINESIDE_RESUME") if resume is None else resume, complaints),
        complaints=complaints,
    )


def spool_folder(environ: Mapping[str, str]) -> Path:
    """Return LINESIDE_DIR, else the folder for state of the XDG convention."""
    if chosen := environ.get("LINESIDE_DIR"):
        return Path(chosen)
    state = environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "lineside"


def _mode(value: str | None, complaints: list[str]) -> Mode:
    if not value or value in get_args(Mode):
        return cast("Mode", value or "online")
    complaints.append(f"The mode {value!r} is unknown (online, offline, disabled); the run goes on online.")
    return "online"


def _address(value: str | None, complaints: list[str]) -> str | None:
    if value is None or re.match(r"https?://[^/]", value):
        return value.rstrip("/") if value else None
    complaints.append(f"The server {value!r} has no http:// or https:// in front; http:// is taken.")
    return f"http://{value}".rstrip("/")


def _limit(value: int | None, text: str | None, complaints: list[str]) -> int:
    chosen = text if value is None else value
    if chosen is None or chosen == "":
        return DEFAULT_SPOOL_LIMIT
    try:
        return max(int(chosen), 1)
    except (TypeError, ValueError):
        complaints.append(f"The spool limit {chosen!r} is no number of bytes; 1 GiB is taken.")
        return DEFAULT_SPOOL_LIMIT


def _run_id(value: str | None, complaints: list[str]) -> str | None:
    if not value or _RUN_ID.fullmatch(str(value)):
        return str(value) if value else None
    cleaned = re.sub(r"[^A-Za-z0-9._-]", "-", str(value))[:64]
    complaints.append(f"The run id {value!r} may hold letters, digits, '.', '_' and '-' only; {cleaned!r} is taken.")
    return cleaned


def _resume(value: object, complaints: list[str]) -> Resume:
    if value is None or value == "":
        return "never"
    if value in get_args(Resume):
        return cast("Resume", value)
    if isinstance(value, bool | str) and value in _RESUME_WORDS:
        return _RESUME_WORDS[value]
    complaints.append(f"resume={value!r} is unknown (never, allow, must); 'never' is taken.")
    return "never"

"""Opens runs, and keeps the current one for the functions of the module."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _settings
from ._config import as_config
from ._exit import watch
from ._folder import Folder
from ._http import Link
from ._names import new_id, new_name
from ._plain import plain
from ._problems import problems
from ._ranks import rank
from ._run import Run
from ._say import say
from ._sender import Sender
from ._spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._intent import Intent
    from ._settings import Settings

_NO_RUN = Run("none", "none")


class _Session:
    """The runs of this process."""

    def __init__(self) -> None:
        self.current: Run | None = None
        self.runs: list[Run] = []

    def keep(self, run: Run) -> None:
        """Remember a run for as long as it has a spool."""
        for each in [each for each in self.runs if not each.holds_spool]:
            self.runs.remove(each)
            watch.remove(each)
        self.runs.append(run)

    def forked(self) -> None:
        for run in self.runs:
            run.abandon()
        self.runs.clear()
        watch.forget()


session = _Session()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=session.forked)


def init(  # noqa: PLR0913, PLR0917 - the fixed public surface
    project: str | None = None,
    name: str | None = None,
    id: str | None = None,  # noqa: A002 - the fixed public surface
    resume: bool | str | None = None,
    config: Any = None,
    intent: Intent | Mapping[str, Any] | None = None,
    tags: Iterable[str] | None = None,
    group: str | None = None,
    mode: str | None = None,
    server: str | None = None,
    token: str | None = None,
    dir: str | os.PathLike[str] | None = None,  # noqa: A002 - the fixed public surface
    spool_limit: int | None = None,
    all_ranks: bool = False,
    **others: Any,
) -> Run:
    """Open a run and make it the current one; never raises and never waits for the server.

    A current run is finished first. Every process of a launch but rank zero gets a disabled run, unless `all_ranks`.
    Arguments that only W&B knows are named on the terminal and left out.
    """
    try:
        settings = _settings.resolve(
            os.environ,
            server=server,
            token=token,
            project=project,
            mode=mode,
            folder=dir,
            spool_limit=spool_limit,
            run_id=id,
            resume="allow" if resume is None and all_ranks else resume,
        )
        _finish_current(settings.run_id)
        for sentence in settings.complaints + _unknown(others):
            say(sentence)
        declared = {"name": name, "tags": tags, "group": group, "intent": intent, "config": config}
        disabled = settings.mode == "disabled" or (rank(os.environ) > 0 and not all_ranks)
        run = _disabled(settings, declared) if disabled else _start(settings, declared)
    except Exception as error:  # noqa: BLE001 - training goes on without its monitor
        say(f"The run cannot be recorded ({type(error).__name__}: {error}); training goes on without it.")
        run = Run(id or new_id(), name or "disabled", config=_config_or_nothing(config))
    session.current = run
    return run


def current() -> Run:
    """Return the current run; without one, a disabled run that says so once."""
    if session.current is None:
        _NO_RUN.complain("no run", "There is no run yet: call lineside.init() first. What is logged is dropped.")
        return _NO_RUN
    return session.current


def _finish_current(next_id: str | None) -> None:
    run = session.current
    if run is None or run.state in ("disabled", "finished"):
        return
    if run.id == next_id:
        run.finish()  # its end has to arrive before it is opened again
    else:
        run.finish_in_background()


def _start(settings: Settings, declared: dict[str, Any]) -> Run:
    hidden: set[str] = set()
    run_id = settings.run_id or new_id()
    # A run that may exist already has a name, which only a name that is given replaces.
    given = str(declared["name"]) if declared["name"] else new_name() if settings.resume == "never" else None
    name = given or run_id
    config = as_config(declared["config"])
    found = problems(declared["intent"]) if declared["intent"] is not None else []
    about = {
        "writer": new_id(),
        "server": settings.server,
        "mode": settings.mode,
        "open": {
            "id": run_id,
            **({"name": given} if given else {}),
            "resume": settings.resume,
            "config": plain(config, hidden),
            **_optional(settings, declared, hidden),
        },
    }
    spool = Spool(_folder(settings, about), settings.spool_limit, resumes=settings.resume != "never")
    run = Run(run_id, name, spool=spool, server=settings.server, config=config, hidden=hidden)
    run.intent_problems += found
    if settings.mode == "online" and settings.server:
        run.attach(Sender(spool, settings.folder, Link(settings.server, settings.token), run.obey))
    session.keep(run)
    watch.add(run)
    _announce(run, spool)
    return run


def _optional(settings: Settings, declared: dict[str, Any], hidden: set[str]) -> dict[str, Any]:
    tags = declared["tags"]
    given = {
        "project": settings.project,
        "intent": plain(declared["intent"], hidden) if isinstance(declared["intent"], Mapping) else None,
        "tags": [str(tag) for tag in ([tags] if isinstance(tags, str) else tags)] if tags else None,
        "group": str(declared["group"]) if declared["group"] else None,
        "host": socket.gethostname(),
    }
    return {key: value for key, value in given.items() if value is not None}


def _folder(settings: Settings, about: dict[str, Any]) -> Folder:
    try:
        return Folder.create(settings.folder, about)
    except OSError as error:
        import tempfile  # noqa: PLC0415 - only a home that cannot be written needs it

        say(f"The spool folder {settings.folder} cannot be used ({error.strerror or error}); a temporary one is taken.")
        return Folder.create(Path(tempfile.mkdtemp(prefix="lineside-")), about)


def _announce(run: Run, spool: Spool) -> None:
    for sentence in run.intent_problems:
        say(sentence)
    say(f"run {run.name} → {run.url}" if run.state != "offline" else f"run {run.name} → {spool.folder.path} (offline)")


def _disabled(settings: Settings, declared: dict[str, Any]) -> Run:
    found = problems(declared["intent"]) if declared["intent"] is not None else []
    name = str(declared["name"] or "disabled")
    config = as_config(declared["config"])
    run = Run(settings.run_id or new_id(), name, config=config)
    run.intent_problems += found
    return run


def _config_or_nothing(config: Any) -> dict[str, Any]:
    try:
        return as_config(config)
    except Exception:  # noqa: BLE001 - this is already the way out
        return {}


def _unknown(others: Mapping[str, Any]) -> list[str]:
    given = [name for name, value in others.items() if value is not None]
    return [f"init() does not know {', '.join(given)}; left out."] if given else []

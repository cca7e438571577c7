"""The commands of the service: serve, import, migrate, backup, restore, prune, runs and show."""

import inspect
import json
import logging
import os
import signal
import socket
import sys
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
import uvicorn
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from lineside_server.api.patience import PATIENCE_S, patient
from lineside_server.app import create_app
from lineside_server.core.clock import SystemClock
from lineside_server.core.keeping import DAY_S, Keeping, let_go
from lineside_server.errors import LinesideError
from lineside_server.reach import Reach, reach
from lineside_server.recording import Recording, read_recording
from lineside_server.settings import Settings
from lineside_server.store.backup import back_up, restore
from lineside_server.store.connect import file_of, parse_url
from lineside_server.watch import keeping_of, open_store

USAGE, FAILED = 2, 3
BACKLOG = 2048
GRACE_S = 3  # how long open requests and sockets may hold the end
MOST_SOCKET_BYTES = 4 * 1024 * 1024  # a viewer may name ten thousand keys at once

commands = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, help="The lineside service."
)
out = Console(highlight=False, soft_wrap=True)

Server = Annotated[str | None, typer.Option(envvar="LINESIDE_SERVER", help="Address of a running service.")]
Database = Annotated[str | None, typer.Option(help="File or URL of the database, where no service runs.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def main(argv: list[str]) -> int:
    """Run one command, `argv[0]` its name; 0 fine, 2 usage, 3 failed."""
    try:
        commands(argv, prog_name="lineside", standalone_mode=True)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else FAILED
    except ValidationError as fault:
        return _say(_usage(fault), USAGE)
    except LinesideError as failure:
        return _say(str(failure), FAILED)
    except Exception:  # noqa: BLE001  # the last resort: 1 would mean that there are findings
        traceback.print_exc()
        return FAILED
    return 0


def _say(sentence: str, code: int) -> int:
    sys.stderr.write(f"lineside: {sentence}\n")
    return code


def _usage(fault: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in fault.errors()) + "."


def serve(**flags: Any) -> None:
    """Run the service until it is told to stop."""
    settings = Settings(**{name: value for name, value in flags.items() if value is not None})
    if (refusal := settings.refusal()) is not None:
        raise typer.Exit(_say(refusal, USAGE))
    clock = SystemClock()
    listener = _listen(settings)
    store = open_store(settings, clock)
    server = uvicorn.Server(server_config(settings, create_app(settings, clock, store)))
    listener.listen(BACKLOG)  # from here on a caller waits instead of being refused
    host, port = listener.getsockname()[:2]
    out.print(f"lineside is at http://{f'[{host}]' if ':' in host else host}:{port}/ with {store.url}")
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, _heard)
    server.run(sockets=[listener])


def _heard(*_: object) -> None:
    """Take the signal that uvicorn raises again once it has ended well: to be stopped is no failure."""


def _flags() -> inspect.Signature:
    """Make a flag of every setting, so that none is forgotten."""
    flags = []
    for name, field in Settings.model_fields.items():
        kind: Any = bool if field.annotation is bool else str
        option = typer.Option(help=f"{field.description} [env: LINESIDE_{name.upper()}]", show_default=False)
        flag = Annotated[kind | None, option]
        flags.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=flag))
    return inspect.Signature(flags)


serve.__signature__ = _flags()  # type: ignore[attr-defined]  # a function may carry the signature that it is asked for
commands.command()(serve)


def server_config(settings: Settings, app: Any, patience_s: float = PATIENCE_S) -> uvicorn.Config:
    """Return how the service is served: no deflate on frames, and nothing half-open that holds it or its end."""
    logging.getLogger("uvicorn.error").addFilter(_no_false_alarm)
    return uvicorn.Config(
        app,
        http=patient(patience_s),
        log_level=settings.log_level,
        access_log=settings.log_level == "debug",
        ws_per_message_deflate=False,
        ws_max_size=MOST_SOCKET_BYTES,
        timeout_graceful_shutdown=GRACE_S,
        server_header=False,
        proxy_headers=False,
    )


def _no_false_alarm(record: logging.LogRecord) -> bool:
    """Leave out what uvicorn says of every socket that was refused by an answer, as if that were a fault."""
    return "without completing handshake" not in record.getMessage()


def _listen(settings: Settings) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as failure:
        reason = failure.strerror or failure
        raise LinesideError(f"Cannot listen on {settings.host} port {settings.port}: {reason}.") from failure
    return listener


@commands.command("import")
def import_files(
    files: list[Path],
    project: str | None = None,
    server: Server = None,
    database: Database = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Take in recorded runs (ndjson, also .gz); the same file again changes nothing."""
    taken = []
    with reach(server, _settings(database)) as there:
        for file in files:
            taken.append(_import(there, read_recording(file), project))
            if not as_json:
                _tell_import(taken[-1])
    if as_json:
        _print_json(taken)


def _import(there: Reach, recording: Recording, project: str | None) -> dict[str, Any]:
    run = there.open(recording.opening(project))
    accepted, rejected = 0, []
    for seq, lines in recording.batches():
        told = there.send(run["id"], recording.writer, seq, lines)
        accepted += told["accepted"]
        rejected += [fault | {"batch": seq} for fault in told["rejected"]]
    return {"file": str(recording.path), "run": run["id"], "accepted": accepted, "rejected": rejected}


def _tell_import(taken: dict[str, Any]) -> None:
    news = f"{taken['accepted']} events" if taken["accepted"] else "nothing new"
    out.print(f"{taken['file']}: run {taken['run']}, {news}", markup=False)
    for fault in taken["rejected"]:
        out.print(f"  refused: {fault['reason']}", markup=False)


@commands.command()
def migrate(database: Database = None) -> None:
    """Bring the database up to this version; `serve` does the same at its start."""
    store = open_store(_settings(database), SystemClock())
    store.close()
    out.print(f"{store.url} is up to date.", markup=False)


@commands.command()
def backup(file: Path, database: Database = None) -> None:
    """Copy the database into a new file, whole and checked, while the service goes on."""
    size = back_up(_file_of(database), file)
    out.print(f"{file}: {size} bytes, checked", markup=False)


@commands.command("restore")
def restore_file(file: Path, database: Database = None) -> None:
    """Put a copy in place of the database, which is kept beside it; no service may be using it."""
    place = _file_of(database)
    replaced = restore(file, place, SystemClock().now())
    kept = f"; the one before is kept as {replaced.name}" if replaced else ""
    out.print(f"{place} is restored from {file}{kept}", markup=False)


@commands.command()
def prune(  # noqa: PLR0913 - its options are named at the call
    project: str | None = None,
    older_than: Annotated[float | None, typer.Option(min=0, help="Days since its end.")] = None,
    keep_last: Annotated[int | None, typer.Option(min=0, help="Ended runs of each project that stay.")] = None,
    server: Server = None,
    database: Database = None,
    *,
    dry_run: Annotated[bool, typer.Option(help="Only tell what would go.")] = False,
    as_json: AsJson = False,
) -> None:
    """Purge ended runs by age and number, or as `retention_days` and `quota_bytes` ask."""
    settings = _settings(database)
    by_hand = older_than is not None or keep_last is not None
    age = None if older_than is None else older_than * DAY_S
    keeping = Keeping(older_than=age, last=keep_last) if by_hand else keeping_of(settings)
    if keeping is None:
        raise typer.Exit(_say("Say what goes: --older-than DAYS, --keep-last N, or set a retention or a quota.", USAGE))
    with reach(server, settings) as there:
        chosen = let_go(there.holdings(project), keeping, SystemClock().now())
        gone = [one for one in chosen if dry_run or there.purge(one.run_id)]
    if as_json:
        _print_json([asdict(one) for one in gone])
        return
    for one in gone:
        size = "" if one.bytes is None else f", {one.bytes} bytes"
        out.print(f"{one.run_id}: {one.name}, {one.project}{size}", markup=False)
    out.print(f"{len(gone)} runs {'would be' if dry_run else 'were'} purged")


@commands.command()
def runs(
    project: str | None = None,
    limit: int = 50,
    server: Server = None,
    database: Database = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List the runs, the latest first."""
    with reach(server, _settings(database)) as there:
        found = there.runs(project, limit)
    if as_json:
        _print_json(found)
        return
    table = Table("run", "project", "name", "state", "step", "done", box=None)
    for run in found:
        fraction = run["progress"]["fraction"]
        done = "" if fraction is None else f"{fraction:.1%}"
        step = "" if run["last_step"] is None else str(run["last_step"])
        table.add_row(*map(_literal, (run["id"], run["project"], run["name"], run["state"], step, done)))
    out.print(table)


@commands.command()
def show(run: str, server: Server = None, database: Database = None, *, as_json: AsJson = False) -> None:
    """Show one run with the last, least and greatest value of each series."""
    with reach(server, _settings(database)) as there:
        found = there.show(run)
    if as_json:
        _print_json(found)
        return
    reason = f" ({found['state_reason']})" if found["state_reason"] else ""
    out.print(f"{found['name']}, {found['project']}: {found['state']}{reason}", markup=False)
    table = Table("series", "last", "at step", "min", "max", "points", "non-finite", box=None)
    for key, told in found["summary"].items():
        figures = (told["last"], told["last_step"], told["min"], told["max"], told["count"], told["nonfinite"])
        table.add_row(_literal(key), *("" if figure is None else str(figure) for figure in figures))
    out.print(table)


def _settings(database: str | None) -> Settings:
    return Settings(database=database) if database else Settings()


def _file_of(database: str | None) -> Path:
    file = file_of(parse_url(_settings(database).database))
    if file is None:
        raise typer.Exit(_say("PostgreSQL has its own tools for this: pg_dump and pg_restore.", USAGE))
    return file


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + os.linesep)


def _literal(text: str) -> str:
    """Keep a user's brackets from being read as markup."""
    return text.replace("[", r"\[")

"""The commands of the service: serve, import, migrate, backup, restore, prune, runs and show."""

import inspect
import signal
import socket
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
import uvicorn
from rich.table import Table

from lineside_server.api.patience import PATIENCE_S, patient
from lineside_server.app import create_app
from lineside_server.console import (
    USAGE,
    AsJson,
    Database,
    Map,
    Server,
    literal,
    mapping_of,
    out,
    print_json,
    run_app,
    say,
    settings_of,
)
from lineside_server.core.clock import SystemClock
from lineside_server.core.keeping import DAY_S, Keeping, let_go
from lineside_server.discretion import be_discreet
from lineside_server.errors import LinesideError
from lineside_server.importing import take_in
from lineside_server.reach import reach
from lineside_server.recording.folder import recordings
from lineside_server.recording.model import Recording
from lineside_server.settings import Settings
from lineside_server.store.backup import back_up, restore
from lineside_server.store.connect import file_of, parse_url
from lineside_server.store.engine import Store
from lineside_server.store.tokens import has_live_token
from lineside_server.token_file import with_token
from lineside_server.watch import keeping_of, open_store

BACKLOG = 2048
GRACE_S = 3  # how long open requests and sockets may hold the end
MOST_SOCKET_BYTES = 4 * 1024 * 1024  # a viewer may name ten thousand keys at once

commands = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, help="The lineside service."
)


def main(argv: list[str]) -> int:
    """Run one command, `argv[0]` its name; 0 fine, 2 usage, 3 failed."""
    return run_app(commands, argv)


def serve(**flags: Any) -> None:
    """Run the service until it is told to stop."""
    settings = Settings(**{name: value for name, value in flags.items() if value is not None})
    settings, made = with_token(settings)
    clock = SystemClock()
    store = open_store(settings, clock)
    try:
        listener = _admitted(settings, store)
    except BaseException:
        store.close()
        raise
    server = uvicorn.Server(server_config(settings, create_app(settings, clock, store)))
    listener.listen(BACKLOG)  # from here on a caller waits instead of being refused
    host, port = listener.getsockname()[:2]
    name = f"[{host}]" if ":" in host else host
    out.print(f"lineside is at http://{name}:{port}{settings.root_path}/ with {store.url}")
    if made:  # told where, never which: logs are kept, and read by many
        out.print(f"a token was made: it is kept in {settings.token_file}, and asked for", markup=False)
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, partial(_heard, server))
    server.run(sockets=[listener])


def _heard(server: uvicorn.Server, *_: object) -> None:
    """Take the signal that uvicorn raises again once it has ended well, and one before it heeds any: no failure."""
    if not server.started:
        raise SystemExit(0)


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
    be_discreet()
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


def _admitted(settings: Settings, store: Store) -> socket.socket:
    """Listen, where these settings with the tokens of this database may be served at all."""
    if (refusal := settings.refusal(has_tokens=has_live_token(store))) is not None:
        raise typer.Exit(say(refusal, USAGE))
    return _listen(settings)


def _listen(settings: Settings) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except OSError:
            listener.close()
            raise
    except OSError as failure:
        reason = failure.strerror or failure
        raise LinesideError(f"Cannot listen on {settings.host} port {settings.port}: {reason}.") from failure
    return listener


@commands.command("import")
def import_files(  # noqa: PLR0913 - its options are named at the call
    files: list[Path],
    project: str | None = None,
    mapped: Map = None,
    server: Server = None,
    database: Database = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Take in recorded runs: ndjson, trainer_state.json, CSV, also .gz, or a folder of them; twice is as once."""
    mapping = mapping_of(mapped)
    taken = []
    with reach(server, settings_of(database)) as there:
        for one in recordings(files, mapping):
            if isinstance(one, Recording):
                taken.append(take_in(there, one, project))
            else:
                taken.append({"file": str(one[0]), "skipped": str(one[1])})
            if not as_json:
                _tell_import(taken[-1])
    if as_json:
        print_json(taken)


def _tell_import(taken: dict[str, Any]) -> None:
    if "skipped" in taken:
        out.print(f"skipped: {taken['skipped']}", markup=False)
        return
    news = f"{taken['accepted']} events" if taken["accepted"] else "nothing new"
    out.print(f"{taken['file']}: run {taken['run']}, {news}", markup=False)
    for note in taken["notes"]:
        out.print(f"  {note}", markup=False)
    for fault in taken["rejected"]:
        out.print(f"  refused: {fault['reason']}", markup=False)


@commands.command()
def migrate(database: Database = None) -> None:
    """Bring the database up to this version; `serve` does the same at its start."""
    store = open_store(settings_of(database), SystemClock())
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
    settings = settings_of(database)
    by_hand = older_than is not None or keep_last is not None
    age = None if older_than is None else older_than * DAY_S
    keeping = Keeping(older_than=age, last=keep_last) if by_hand else keeping_of(settings)
    if keeping is None:
        raise typer.Exit(say("Say what goes: --older-than DAYS, --keep-last N, or set a retention or a quota.", USAGE))
    with reach(server, settings) as there:
        chosen = let_go(there.holdings(project), keeping, SystemClock().now())
        gone = [one for one in chosen if dry_run or there.purge(one.run_id)]
    if as_json:
        print_json([asdict(one) for one in gone])
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
    with reach(server, settings_of(database)) as there:
        found = there.runs(project, limit)
    if as_json:
        print_json(found)
        return
    table = Table("run", "project", "name", "state", "step", "done", box=None)
    for run in found:
        fraction = run["progress"]["fraction"]
        done = "" if fraction is None else f"{fraction:.1%}"
        step = "" if run["last_step"] is None else str(run["last_step"])
        table.add_row(*map(literal, (run["id"], run["project"], run["name"], run["state"], step, done)))
    out.print(table)


@commands.command()
def show(run: str, server: Server = None, database: Database = None, *, as_json: AsJson = False) -> None:
    """Show one run with the last, least and greatest value of each series."""
    with reach(server, settings_of(database)) as there:
        found = there.show(run)
    if as_json:
        print_json(found)
        return
    reason = f" ({found['state_reason']})" if found["state_reason"] else ""
    out.print(f"{found['name']}, {found['project']}: {found['state']}{reason}", markup=False)
    table = Table("series", "last", "at step", "min", "max", "points", "non-finite", box=None)
    for key, told in found["summary"].items():
        figures = (told["last"], told["last_step"], told["min"], told["max"], told["count"], told["nonfinite"])
        table.add_row(literal(key), *("" if figure is None else str(figure) for figure in figures))
    out.print(table)


def _file_of(database: str | None) -> Path:
    file = file_of(parse_url(settings_of(database).database))
    if file is None:
        raise typer.Exit(say("PostgreSQL has its own tools for this: pg_dump and pg_restore.", USAGE))
    return file

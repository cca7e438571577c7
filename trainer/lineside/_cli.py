"""The command `lineside`: what the client can do itself, and what installed extras add."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _settings
from ._folder import Folder, describe, leftovers
from ._leftovers import Outcome, ship_folder
from ._say import safe
from ._version import __version__

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from importlib.metadata import EntryPoint

FINE, USAGE, FAILED = 0, 2, 3
NEW_LINE = "\n"

_BUILT_IN = {"sync": "send what is left in the spool", "version": "print the version"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return 0 fine, 1 findings, 2 usage, 3 failed."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    command = arguments[0] if arguments else "--help"
    try:
        if command in ("-h", "--help"):
            _print(_help())
            return FINE if arguments else USAGE
        if command in ("version", "--version"):
            return _version(arguments[1:])
        if command == "sync":
            return _sync(arguments[1:])
        point = _commands().get(command)
        return _unknown(command) if point is None else run_added(point, arguments)
    except KeyboardInterrupt:
        return 130


def run_added(point: EntryPoint, arguments: list[str]) -> int:
    """Run a command of an extra, whose name comes first among the arguments."""
    try:
        entry = point.load()
    except ModuleNotFoundError as error:
        extra = point.extras[0] if point.extras else "server"
        return _complain(
            f"The command {point.name!r} needs the extra {extra!r} ({error.name} is missing): "
            f"pip install 'lineside[{extra}]'"
        )
    return int(entry(arguments) or FINE)


def _unknown(command: str) -> int:
    names = ", ".join(sorted({*_BUILT_IN, *_commands()}))
    return _complain(f"There is no command {command!r}. There are: {names}.")


def _commands() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow, and built-in commands do without

    return {point.name: point for point in entry_points(group="lineside.commands")}


def _help() -> str:
    commands = dict(_BUILT_IN)
    for name, point in _commands().items():
        commands[name] = f"from the extra {point.extras[0]!r}" if point.extras else f"from {point.module}"
    lines = [f"  {name:<10} {what}" for name, what in sorted(commands.items())]
    return "\n".join(["usage: lineside COMMAND [...]", "", *lines, "", "`lineside COMMAND --help` tells more."])


def _version(arguments: list[str]) -> int:
    options = _parser("version", "Print the version of lineside.").parse_args(arguments)
    _print(json.dumps({"version": __version__}) if options.json else f"lineside {__version__}")
    return FINE


def _sync(arguments: list[str]) -> int:
    parser = _parser("sync", "Send the spools that processes have left behind, each to the server that it names.")
    parser.add_argument("folder", nargs="?", help="a spool, or the folder that holds them")
    parser.add_argument("--dir", help="the same (default: LINESIDE_DIR, or the user's folder for state)")
    parser.add_argument("--id", help="send a run that was refused as this new one (one spool only)")
    parser.add_argument("--wait", type=float, default=30.0, help="seconds to wait for a server that is away (30)")
    options = parser.parse_args(arguments)
    root = Path(options.folder or options.dir or _settings.spool_folder(os.environ))
    if not root.is_dir():
        return _complain(f"There is no folder {root}.") if options.folder or options.dir else _report([], options)
    paths = list(leftovers(root))
    if options.id and len(paths) != 1:
        return _complain(f"--id takes one spool, and {root} holds {len(paths)}.")
    return _report([_send(path, options) for path in paths], options)


def _send(path: Path, options: argparse.Namespace) -> Outcome:
    folder = Folder.adopt(path)
    if folder is None:
        about = describe(path) or {"open": {"id": path.name}, "server": None}
        return Outcome(about["open"]["id"], about["server"] or "", "in use", reason="a live process writes it")
    if folder.about["server"] is None:
        # Recorded offline, before a server was known: from now on it belongs to this one.
        folder.about["server"] = os.environ.get("LINESIDE_SERVER") or _settings.DEFAULT_SERVER
        folder.save()
    if options.id:
        folder.about["open"] = {**folder.about["open"], "id": options.id, "resume": "never"}
        folder.save()
    return ship_folder(folder, folder.about["server"], os.environ.get("LINESIDE_TOKEN"), options.wait)


def _report(outcomes: list[Outcome], options: argparse.Namespace) -> int:
    failed = any(outcome.state not in ("sent", "in use") for outcome in outcomes)
    if options.json:
        _print(json.dumps({"spools": [outcome._asdict() for outcome in outcomes]}))
    else:
        for outcome in outcomes:
            _print(_line(outcome))
        if not outcomes:
            _print("Nothing is left to be sent.")
    return FAILED if failed else FINE


def _line(outcome: Outcome) -> str:
    if outcome.state == "sent":
        damaged = f", {outcome.damaged} damaged" if outcome.damaged else ""
        refused = f", {outcome.refused} refused" if outcome.refused else ""
        return f"{outcome.run}: {outcome.records:,} records sent to {outcome.server}{damaged}{refused}"
    return f"{outcome.run}: {outcome.state} ({outcome.reason.rstrip('.')})"


def _parser(command: str, description: str) -> argparse.ArgumentParser:
    import argparse  # noqa: PLC0415 - the client in a trainer never needs it

    parser = argparse.ArgumentParser(prog=f"lineside {command}", description=description)
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _print(text: Any) -> None:
    sys.stdout.write(f"{safe(str(text), keep=NEW_LINE)}\n")


def _complain(sentence: str) -> int:
    sys.stderr.write(f"lineside: {safe(sentence)}\n")
    return USAGE


if __name__ == "__main__":
    sys.exit(main())

"""What commands share: their options, what they print, and how they say that something was wrong."""

import json
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook
from rich.segment import Segment

from lineside_server.errors import BadInput, LinesideError
from lineside_server.recording.mapping import ColumnMap, parse_mapping
from lineside_server.settings import Settings

USAGE, FAILED = 2, 3

LAYOUT = "\n\t"  # what Rich itself lays text out with


def safe(text: str, keep: str = "") -> str:
    """Write out what a terminal would obey or not show: control characters, changes of direction, no-width spaces."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each in keep else _escaped(each) for each in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


class _Harmless(RenderHook):
    """Makes `safe` whatever is printed; Rich's own colours are told apart from text and stay."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Made(each) for each in renderables]


@dataclass(frozen=True)
class _Made:
    told: ConsoleRenderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for segment in console.render(self.told, options):
            yield segment if segment.control else segment._replace(text=safe(segment.text, LAYOUT))


out = Console(highlight=False, soft_wrap=True)
out.push_render_hook(_Harmless())

Server = Annotated[str | None, typer.Option(envvar="LINESIDE_SERVER", help="Address of a running service.")]
Database = Annotated[str | None, typer.Option(help="File or URL of the database, where no service runs.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Map = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="COLUMN=KEY", help="What a column is: a key, or @step, @time, @drop and others."),
]


def say(sentence: str, code: int) -> int:
    """Say what was wrong, and return the exit code that goes with it."""
    sys.stderr.write(f"lineside: {safe(sentence)}\n")
    return code


def run_app(app: typer.Typer, argv: Sequence[str], name: str = "lineside") -> int:
    """Run an app and return its exit code: 2 for a fault of usage, 3 for a failure, else what the command says."""
    try:
        app(list(argv), prog_name=name, standalone_mode=True)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else FAILED
    except ValidationError as fault:
        return say(_usage(fault), USAGE)
    except LinesideError as failure:
        return say(str(failure), FAILED)
    except Exception:  # noqa: BLE001  # the last resort: 1 would mean that there are findings
        traceback.print_exc()
        return FAILED
    return 0


def _usage(fault: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in fault.errors()) + "."


def settings_of(database: str | None) -> Settings:
    return Settings(database=database) if database else Settings()


def mapping_of(told: list[str] | None) -> ColumnMap:
    """Read what --map says; what cannot be read is a fault of usage."""
    try:
        return parse_mapping(told or [])
    except BadInput as fault:
        raise typer.Exit(say(str(fault), USAGE)) from fault


def print_json(value: object) -> None:
    sys.stdout.write(safe_json(json.dumps(value, ensure_ascii=False, allow_nan=False)) + os.linesep)


def safe_json(text: str) -> str:
    """Escape, as JSON does, what a terminal would obey: the value stays the same."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in text)


def literal(text: str) -> str:
    """Keep a user's brackets from being read as markup, and line breaks within a cell."""
    return safe(text).replace("[", r"\[")

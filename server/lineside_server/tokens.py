"""The commands for tokens: `lineside token create`, `list` and `revoke`."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.table import Table

from lineside_server.console import AsJson, Database, Server, literal, out, print_json, run_app, settings_of
from lineside_server.core.clock import SystemClock
from lineside_server.reach import reach

DAY_S = 86_400.0
commands = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Tokens: who may come in, and what for.",
)


class ScopeWord(StrEnum):
    read = "read"
    write = "write"
    admin = "admin"


def main(argv: list[str]) -> int:
    """Run one command, `argv` after the word `token`; 0 fine, 2 usage, 3 failed."""
    return run_app(commands, argv[1:], "lineside token")


@commands.command()
def create(  # noqa: PLR0913, PLR0917 - its options are named at the call
    name: str,
    scope: Annotated[ScopeWord, typer.Option(help="What it may do; each holds those before it.")] = ScopeWord.write,
    project: Annotated[str | None, typer.Option(help="The only project that it may see.")] = None,
    expires: Annotated[float | None, typer.Option(min=0, metavar="DAYS", help="Days until it expires.")] = None,
    server: Server = None,
    database: Database = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Make a token; it is shown this once."""
    told: dict[str, Any] = {"name": name, "scope": scope.value, "project": project}
    if expires is not None:
        told["expires_at"] = SystemClock().now() + expires * DAY_S
    with reach(server, settings_of(database)) as there:
        made = there.create_token(told)
    if as_json:
        print_json(made)
        return
    out.print(made["token"], markup=False)
    bound = f", project {made['project']}" if made["project"] else ""
    out.print(f"It is shown this once. Token {made['id']}: {made['name']}, scope {made['scope']}{bound}.", markup=False)


@commands.command("list")
def list_them(server: Server = None, database: Database = None, *, as_json: AsJson = False) -> None:
    """List the tokens, oldest first, with those that were revoked."""
    with reach(server, settings_of(database)) as there:
        found = there.tokens()
    if as_json:
        print_json(found)
        return
    table = Table("token", "name", "scope", "project", "made", "last used", "state", box=None)
    for token in found:
        words = (token["id"], token["name"], token["scope"], token["project"] or "")
        table.add_row(*map(literal, words), _day(token["created_at"]), _day(token["last_used_at"]), _state(token))
    out.print(table)


@commands.command()
def revoke(token: str, server: Server = None, database: Database = None, *, as_json: AsJson = False) -> None:
    """Revoke a token by its id, at once and for ever."""
    with reach(server, settings_of(database)) as there:
        gone = there.revoke_token(token)
    if as_json:
        print_json(gone)
        return
    out.print(f"Token {gone['id']}, {gone['name']}, is revoked.", markup=False)


def _day(at: float | None) -> str:
    return "never" if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}"


def _state(token: dict[str, Any]) -> str:
    if token["revoked_at"] is not None:
        return f"revoked {_day(token['revoked_at'])}"
    if token["expires_at"] is None:
        return "live"
    has_expired = token["expires_at"] <= SystemClock().now()
    return f"{'expired' if has_expired else 'live until'} {_day(token['expires_at'])}"

"""`lineside audit`: who did what to the service, from the service itself or from its database file."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from lineside_server.console import AsJson, Database, Server, literal, out, print_json, run_app, settings_of
from lineside_server.reach import reach

MOST = 1000
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


def main(argv: Sequence[str]) -> int:
    """Run the command: 0 fine, 2 usage, 3 failed."""
    return run_app(app, argv[1:], "lineside audit")


@app.command()
def audit(  # noqa: PLR0913, PLR0917 - its options are named at the call
    actor: Annotated[str | None, typer.Option(help="The name of a token.")] = None,
    action: Annotated[str | None, typer.Option(help="Such as run.delete or rule.put.")] = None,
    subject: Annotated[str | None, typer.Option(help="The id of what it was done to.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST)] = 50,
    server: Server = None,
    database: Database = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List who did what, the newest first."""
    asked = {"actor": actor, "action": action, "subject": subject, "limit": limit}
    with reach(server, settings_of(database)) as there:
        found = there.audit({name: value for name, value in asked.items() if value is not None})
    if as_json:
        print_json(found)
        return
    if not found:
        sys.stderr.write("lineside: nothing is on record.\n")
        return
    table = Table("when (UTC)", "who", "from", "what", "to", "project", box=None)
    for one in found:
        table.add_row(*map(literal, _cells(one)))
    out.print(table)


def _cells(one: dict[str, Any]) -> tuple[str, ...]:
    when = datetime.fromtimestamp(one["at"], UTC).isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")
    rest = (one["address"], one["action"], one["subject"], one["project"])
    return (when, one["actor"], *("" if each is None else str(each) for each in rest))

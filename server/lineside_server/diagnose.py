"""`lineside diagnose`: what is wrong with recorded runs, said without a server."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from lineside_server.console import USAGE, AsJson, Map, mapping_of, run_app, safe, safe_json, say
from lineside_server.core.findings import Level
from lineside_server.errors import BadInput
from lineside_server.live.views import alert_view, check_view, encode
from lineside_server.recording.folder import recordings
from lineside_server.recording.mapping import ColumnMap
from lineside_server.recording.model import Recording
from lineside_server.replay import Replay, replay
from lineside_server.rules.book import Book
from lineside_server.spoken import speak

FINE, FINDINGS = 0, 1

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


def main(argv: Sequence[str]) -> int:
    """Run the command: 0 with nothing above info, 1 with findings, 2 for usage, 3 when a file failed."""
    return run_app(app, argv[1:], "lineside diagnose")


@app.command()
def diagnose(
    files: Annotated[list[Path], typer.Argument(help="Recorded runs, or folders of them.")],
    mapped: Map = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Judge recorded runs: our ndjson, a trainer_state.json, a CSV table, or folders of them."""
    if missing := [str(file) for file in files if not file.exists()]:
        raise typer.Exit(say(f"There is no {' and no '.join(missing)}.", USAGE))
    judged = []
    for recording, found in _judged(files, mapping_of(mapped)):
        judged.append((recording, found))
        if not as_json:
            speak(recording.path.name, found)
    if as_json:
        told = [_json(recording, found) for recording, found in judged]
        words = encode(told[0] if len(files) == 1 and files[0].is_file() else {"runs": told})
        sys.stdout.write(safe_json(words) + "\n")
    worst = max((alert.level for _, found in judged for alert in found.alerts), default=Level.NONE)
    raise typer.Exit(FINDINGS if worst >= Level.WARNING else FINE)


def _judged(files: list[Path], mapping: ColumnMap) -> list[tuple[Recording, Replay]]:
    """Judge each; what was left out or guessed is said aside. BadInput where a file that was named is no run."""
    book, judged = Book(), []
    for one in recordings(files, mapping):
        if not isinstance(one, Recording):
            path, fault = one
            _aside(path, str(fault))
            continue
        for note in one.notes:
            _aside(one.path, note)
        rules = book.rules_for(one.start.get("project") or "", one.start.get("tags") or (), one.name)
        try:
            judged.append((one, replay(one, rules)))
        except BadInput as fault:
            if len(files) == 1 and files[0].is_file():
                raise
            _aside(one.path, str(fault))
    return judged


def _aside(path: Path, sentence: str) -> None:
    sys.stderr.write(f"lineside: {safe(f'{path.name}: {sentence}')}\n")


def _json(recording: Recording, found: Replay) -> dict[str, Any]:
    return {
        "file": str(recording.path),
        "name": found.name,
        "verdict": found.verdict,
        "findings": [alert_view(alert) for alert in found.alerts],
        "checks": [check_view(check) for check in found.checks],
    }

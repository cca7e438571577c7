"""What the figures share: their scale, children in processes of their own, and medians."""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from service import Service, service

HERE = Path(__file__).parent
LIBRARIES = ("lineside", "trackio", "tensorboardX")
SERIES = 8
Row = dict[str, float]
Figures = dict[str, Row]


@dataclass(frozen=True)
class Scale:
    """How much work a figure does; `quick` is for looking whether anything broke, not for publishing."""

    repeats: int = 3
    quick: bool = False

    def of(self, usual: int, quick: int) -> int:
        return quick if self.quick else usual


def child(script: str, *arguments: object, **environment: str) -> Row:
    """Run a script of this folder in a fresh interpreter; the JSON on its last line."""
    command = [sys.executable, str(HERE / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | environment)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")
    row: Row = json.loads(done.stdout.splitlines()[-1])
    return row


def medians(rows: Iterable[Row]) -> Row:
    rows = list(rows)
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


@contextlib.contextmanager
def fresh(*, serving: bool = True, judging: bool = False) -> Iterator[tuple[Path, Service | None]]:
    """A folder of its own, and where asked a service in it."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        yield folder / "logs", stack.enter_context(service(folder, judging=judging)) if serving else None


@contextlib.contextmanager
def serving() -> Iterator[Service]:
    with fresh() as (_, server):
        assert server is not None
        yield server

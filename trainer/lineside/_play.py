"""Plays recorded runs live: `python -m lineside._play FILE ...` logs what they hold, at their pace or faster."""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lineside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lineside._states import Status

FINE, FAILED = 0, 3
LONGEST_PAUSE_S = 2.0  # whatever the recording waited for, the audience does not
_MARKS: dict[str, Callable[[Any, dict[str, Any]], None]] = {
    "nonfinite": lambda run, event: run.nonfinite(event["step"], event["component"], event["value"], event["action"]),
    "note": lambda run, event: run.note(event["text"], event["step"]),
    "checkpoint": lambda run, event: run.checkpoint(event["path"], event["step"]),
    "epoch": lambda run, event: run.epoch(event["epoch"], event["step"]),
    "system": lambda run, event: run.system(event["values"]),
}


@dataclass(frozen=True)
class Moment:
    """What was logged at one time: values by key at a step, or an event."""

    ts: float
    step: int
    values: dict[str, float] = field(default_factory=dict)
    event: dict[str, Any] | None = None


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m lineside._play", description=__doc__)
    parser.add_argument("file", type=Path, help="a recorded run: ndjson, also .gz")
    parser.add_argument("--speed", type=float, default=1.0, help="times as fast as it was")
    parser.add_argument("--group", help="group of the run")
    parser.add_argument("--name", help="name of the run; default: as recorded")
    options = parser.parse_args(argv)
    start, moments = recorded(options.file)
    name = options.name or start.get("name")
    run = lineside.init(name=name, config=start.get("config"), intent=start.get("intent"), group=options.group)
    play(run, moments, options.speed)
    return FINE if run.finish(ending(moments)) else FAILED


def play(run: Any, moments: Sequence[Moment], speed: float, sleep: Callable[[float], None] = time.sleep) -> None:
    """Log one moment after the other, waiting between them as the recording did; a run that is asked to stop ends."""
    before = moments[0].ts if moments else 0.0
    for moment in moments:
        if run.should_stop:
            return
        sleep(min(LONGEST_PAUSE_S, max(0.0, moment.ts - before) / speed))
        before = max(before, moment.ts)
        if moment.values:
            run.log(moment.values, moment.step)
        elif moment.event is not None and moment.event["type"] in _MARKS:
            _MARKS[moment.event["type"]](run, moment.event)


def ending(moments: Sequence[Moment]) -> Status:
    """Return how the run ended; a recording that was cut short has failed."""
    last = moments[-1].event if moments else None
    told = last["status"] if last is not None and last["type"] == "finish" else None
    return "finished" if told == "finished" else "stopped" if told == "stopped" else "failed"


def recorded(path: Path) -> tuple[dict[str, Any], list[Moment]]:
    """Return the start of a recorded run, and its moments in the order of their times."""
    start, *events = _lines(path)
    moments = [moment for event in events for moment in _moments(event)]
    return start, sorted(moments, key=lambda moment: moment.ts)


def _lines(path: Path) -> list[dict[str, Any]]:
    opener: Callable[..., Any] = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def _moments(event: dict[str, Any]) -> Iterator[Moment]:
    if event["type"] == "metrics":
        yield Moment(event["ts"], event["step"], {key: float(value) for key, value in event["values"].items()})
    elif event["type"] == "columns":
        for at, step in enumerate(event["steps"]):
            row = {key: column[at] for key, column in event["columns"].items()}
            yield Moment(event["ts"][at], step, {key: float(value) for key, value in row.items() if value is not None})
    else:
        yield Moment(event["ts"], event.get("step") or 0, event=event)


if __name__ == "__main__":
    sys.exit(main())

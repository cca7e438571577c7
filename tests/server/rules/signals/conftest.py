"""The founding runs as the rules see them."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lineside_server.core.events import StoredEvent
from lineside_server.core.intent import parse_intent
from lineside_server.core.schedules import declared_rate

RUNS = Path(__file__).resolve().parents[3] / "runs" / "founding"


@pytest.fixture
def founding_run() -> Callable[[str], dict[str, Any]]:
    """Return `founding_run(name)`: series, intent, config and events, as `judge` takes them."""

    def read(name: str) -> dict[str, Any]:
        series: dict[str, tuple[list[int], list[float]]] = {}
        events: list[StoredEvent] = []
        with gzip.open(RUNS / f"{name}.jsonl.gz", "rt") as lines:
            start = json.loads(next(lines))
            for line in lines:
                event = json.loads(line)
                for key, value in event.pop("values", {}).items():
                    steps, values = series.setdefault(key, ([], []))
                    steps.append(event["step"])
                    values.append(value)
                if event["type"] == "nonfinite":
                    kind, step, ts = event.pop("type"), event.pop("step"), event.pop("ts")
                    events.append(StoredEvent(len(events) + 1, kind, step, ts, event))
        return {"series": series, "intent": start["intent"], "config": start["config"], "events": events}

    return read


@pytest.fixture
def rates() -> Callable[[dict[str, Any], Any], Any]:
    """Return `rates(intent, units)`: the learning rate that an intent declares after so many of its units."""

    def declared(intent: dict[str, Any], units: Any) -> Any:
        schedule = parse_intent(intent).schedule
        assert schedule is not None
        found = declared_rate(schedule, np.maximum(np.asarray(units, np.float64), 0.0))
        assert found is not None
        return found

    return declared

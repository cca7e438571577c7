"""Playing a recorded run: what is logged is what was recorded, in its order and at its pace."""

from __future__ import annotations

import gzip
import json
import math
from typing import TYPE_CHECKING, Any

import pytest

from lineside import _play

if TYPE_CHECKING:
    from pathlib import Path

EVENTS: list[dict[str, Any]] = [
    {"type": "start", "name": "one", "config": {"a": 1}, "intent": {}, "ts": 100.0},
    {"type": "columns", "steps": [1, 2], "ts": [100.0, 104.0], "columns": {"a": [1.0, "nan"], "b": [None, 2.0]}},
    {"type": "metrics", "step": 1, "ts": 102.0, "values": {"c": 3.0}},
    {"type": "nonfinite", "step": 2, "ts": 104.0, "component": "a", "value": "nan", "action": "none"},
    {"type": "finish", "ts": 200.0, "status": "stopped"},
]


class Witness:
    """Takes the place of a run."""

    should_stop = False

    def __init__(self) -> None:
        self.said: list[Any] = []

    def log(self, values: dict[str, float], step: int) -> None:
        self.said.append((step, {key: "nan" if math.isnan(value) else value for key, value in values.items()}))

    def nonfinite(self, *told: Any) -> None:
        self.said.append(told)


@pytest.fixture(params=[".jsonl", ".jsonl.gz"])
def recording(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"one{request.param}"
    text = "\n".join(map(json.dumps, EVENTS)).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def test_it_is_logged_as_it_was_at_the_speed_asked_for(recording: Path) -> None:
    start, moments = _play.recorded(recording)
    run, waited = Witness(), list[float]()
    _play.play(run, moments, 4.0, waited.append)
    assert start["name"] == "one"
    assert run.said == [(1, {"a": 1.0}), (1, {"c": 3.0}), (2, {"a": "nan", "b": 2.0}), (2, "a", "nan", "none")]
    assert waited == [0.0, 0.5, 0.5, 0.0, _play.LONGEST_PAUSE_S]
    assert _play.ending(moments) == "stopped"
    assert _play.ending(moments[:-1]) == "failed"


def test_a_run_that_is_asked_to_stop_ends(recording: Path) -> None:
    run = Witness()
    run.should_stop = True
    _play.play(run, _play.recorded(recording)[1], 1.0, lambda _: None)
    assert run.said == []

"""The demo: the runs that it plays are there, in a checkout and in a wheel alike."""

import importlib.util
from pathlib import Path
from typing import Any

from lineside_server.demo import parse
from lineside_server.recording.kinds import read_recording
from lineside_server.resources import recorded_runs

ROOT = Path(__file__).resolve().parents[2]


def build_hook() -> Any:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_runs_that_are_played_can_be_read_and_are_packed() -> None:
    played = recorded_runs()
    assert [read_recording(path).name for path in played] == [path.name.partition(".")[0] for path in played]
    assert list(build_hook().PLAYED) == [path.name for path in played]


def test_without_options_recorded_runs_are_played() -> None:
    options = parse([])
    assert not options.train
    assert options.fault is None
    assert parse(["--fault", "stale-eval"]).fault == "stale-eval"

"""The tape: what the client spooled, in the order of time, as a recorded run."""

from __future__ import annotations

import gzip
import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lineside
from lineside_trainer.lab.tape import ROWS, Tape, _number

if TYPE_CHECKING:
    from pathlib import Path


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def points_of(lines: list[dict[str, Any]], key: str) -> list[tuple[int, Any]]:
    columns = [line for line in lines if line["type"] == "columns" and key in line["columns"]]
    return [point for each in columns for point in zip(each["steps"], each["columns"][key], strict=True)]


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """The spool of a run of 250 steps through the real client, with a NaN at step 120."""
    run = lineside.init("lab", "any", config={"seed": 1}, intent={"epochs": 1}, mode="offline", dir=tmp_path)
    for step in range(1, 251):
        run.log_losses(step, "train", {"lm_loss": step / 3}, {"lm_loss": 1.0}, math.nan if step == 120 else step / 3)
        run.log({"lr": step / 3e3, "update": float(step)}, step=step)
    run.note("the end", step=250)
    run.finish("failed", "no more")
    return next((tmp_path / "spool").iterdir())


def test_the_recording_holds_what_was_logged(spool: Path, tmp_path: Path) -> None:
    Tape.of(spool, "a-name").write(tmp_path / "run.jsonl.gz")
    start, *lines = lines_of(tmp_path / "run.jsonl.gz")
    assert start.items() >= {"type": "start", "name": "a-name", "project": "lab", "config": {"seed": 1}}.items()
    assert start["intent"] == {"epochs": 1}
    assert points_of(lines, "update") == [(step, step) for step in range(1, 251)]
    assert points_of(lines, "lr") == [(step, step / 3e3) for step in range(1, 251)]
    assert points_of(lines, "train/lm_loss") == [(step, pytest.approx(step / 3, rel=1e-7)) for step in range(1, 251)]
    assert points_of(lines, "train/loss")[119] == (120, "nan")
    marks = [{key: line[key] for key in ("type", "step") if key in line} for line in lines if line["type"] != "columns"]
    assert marks == [{"type": "nonfinite", "step": 120}, {"type": "note", "step": 250}, {"type": "finish"}]
    assert lines[-1].items() >= {"status": "failed", "error": "no more"}.items()
    assert not {"id", "host", "resume"} & start.keys()  # of one machine and one start


def test_events_are_in_the_order_of_time_and_columns_are_short(spool: Path, tmp_path: Path) -> None:
    tape = Tape.of(spool, "a-name")
    tape.write(tmp_path / "run.jsonl.gz")
    lines = lines_of(tmp_path / "run.jsonl.gz")[1:]
    nan = next(place for place, line in enumerate(lines) if line["type"] == "nonfinite")
    before = [step for line in lines[:nan] if line["type"] == "columns" for step in line["steps"]]
    after = [step for line in lines[nan:] if line["type"] == "columns" for step in line["steps"]]
    assert max(before) == 119
    assert min(after) == 120
    assert max(len(line["steps"]) for line in lines if line["type"] == "columns") == ROWS
    assert all(round(ts, 3) == ts for line in lines if line["type"] == "columns" for ts in line["ts"])


def test_the_same_tape_gives_the_same_bytes(spool: Path, tmp_path: Path) -> None:
    tape = Tape.of(spool, "a-name")
    tape.write(tmp_path / "one.gz")
    tape.write(tmp_path / "two.gz")
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "two.gz").read_bytes()
    assert (tmp_path / "one.gz").read_bytes()[4:8] == bytes(4)  # where gzip would put the time of writing


def test_a_spool_in_use_is_refused(tmp_path: Path) -> None:
    run = lineside.init("lab", "any", mode="offline", dir=tmp_path)
    with pytest.raises(ValueError, match="is in use, or none"):
        Tape.of(next((tmp_path / "spool").iterdir()), "a-name")
    run.finish()


def test_heartbeats_follow_the_last_word_every_ten_seconds() -> None:
    tape = Tape({}, [{"type": "metrics", "step": 1, "ts": 100.0, "values": {}}])
    tape.lived_until(109.9)
    assert len(tape.events) == 1
    tape.lived_until(125.0)
    assert tape.events[1:] == [{"type": "heartbeat", "ts": 110.0}, {"type": "heartbeat", "ts": 120.0}]


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_float32_comes_back_as_itself(value: float) -> None:
    written = _number("train/loss", value)
    assert float(np.float32(json.loads(json.dumps(written)))) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_learning_rate_is_exact(value: float) -> None:
    assert json.loads(json.dumps(_number("lr", value))) == value


def test_what_is_not_finite_is_a_word() -> None:
    values = (math.nan, math.inf, -math.inf, 1e300)  # the last is finite, though no float32
    assert [_number("train/loss", value) for value in values] == ["nan", "inf", "-inf", 1e300]

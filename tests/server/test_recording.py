"""A recorded run is read the same way every time, and ends even where its file does not."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from lineside_server.api.schemas import RunOpen
from lineside_server.errors import BadInput
from lineside_server.recording import NO_END, read_recording


def write(path: Any, *events: Any) -> Any:
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return path


START = {"type": "start", "name": "My run / 1", "config": {"a": 1}, "intent": {"epochs": 1}, "ts": 5.0}
POINT = {"type": "metrics", "step": 1, "ts": 6.0, "values": {"a": 1}}


def events_of(recording: Any) -> Any:
    return [json.loads(line) for _, body in recording.batches() for line in body.splitlines()]


def test_the_opening_holds_what_the_start_says(tmp_path: Path) -> None:
    recording = read_recording(write(tmp_path / "x.jsonl", START, POINT))
    opening = recording.opening()
    assert opening["name"] == "My run / 1"
    assert opening["id"].startswith("My-run-1-")
    assert opening["started_at"] == 5.0
    assert opening["config"] == {"a": 1}
    assert opening["writer"] == recording.writer
    assert recording.opening("mine")["project"] == "mine"
    assert "project" not in opening


def test_a_name_that_no_run_may_have_is_mended(tmp_path: Path) -> None:
    start = START | {"name": "two\nlines " + "x" * 500, "project": "a\tb"}
    opening = read_recording(write(tmp_path / "x.jsonl", start)).opening()
    assert opening["name"].startswith("two lines x")
    assert len(opening["name"]) == 256
    assert opening["project"] == "a b"
    assert RunOpen.model_validate(opening)


def test_the_same_content_is_the_same_run_wherever_it_lies(tmp_path: Path) -> None:
    plain = write(tmp_path / "x.jsonl", START, POINT)
    packed = tmp_path / "y.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    other = write(tmp_path / "z.jsonl", START, POINT | {"step": 2})
    assert read_recording(plain).opening() == read_recording(packed).opening()
    assert read_recording(plain).opening()["id"] != read_recording(other).opening()["id"]


def test_a_file_without_an_end_is_finished_at_its_last_time(tmp_path: Path) -> None:
    told = events_of(read_recording(write(tmp_path / "x.jsonl", START, POINT)))
    assert told == [POINT, {"type": "finish", "ts": 6.0, "status": "finished", "error": NO_END}]


def test_a_file_with_an_end_keeps_it(tmp_path: Path) -> None:
    end = {"type": "finish", "ts": 7.0, "status": "failed", "error": "oops"}
    note = {"type": "note", "step": 1, "text": 'not "finish"'}
    assert events_of(read_recording(write(tmp_path / "x.jsonl", START, note, end))) == [note, end]


def test_long_files_are_cut_the_same_every_time(tmp_path: Path) -> None:
    recording = read_recording(write(tmp_path / "x.jsonl", START, *[POINT | {"step": step} for step in range(2500)]))
    first, second = list(recording.batches()), list(recording.batches())
    assert first == second
    assert [seq for seq, _ in first] == [1, 2, 3]
    assert len(events_of(recording)) == 2501


@pytest.mark.parametrize("content", [b"", b"\n", b"{}\n", b"[1]\n", b"not json\n", b"\x1f\x8b rubbish"])
def test_a_file_that_is_no_recorded_run_is_refused_in_words(tmp_path: Path, content: Any) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"x\.jsonl is no recorded run"):
        read_recording(path)


def test_a_file_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_recording(tmp_path / "nothing.jsonl")
    broken = tmp_path / "broken.jsonl.gz"
    broken.write_bytes(b"no gzip")
    with pytest.raises(BadInput, match="cannot be read"):
        read_recording(broken)

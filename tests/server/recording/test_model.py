"""A recorded run is the same run every time it is read, wherever it lies."""

import gzip
import json
from pathlib import Path
from typing import Any

from lineside_server.api.schemas import RunOpen
from lineside_server.recording.kinds import read_recording
from lineside_server.recording.model import NO_END

START = {"type": "start", "name": "My run / 1", "config": {"a": 1}, "intent": {"epochs": 1}, "ts": 5.0}
POINT = {"type": "metrics", "step": 1, "ts": 6.0, "values": {"a": 1}}


def lines(*events: Any) -> Any:
    return "".join(json.dumps(event) + "\n" for event in events)


def test_the_opening_holds_what_the_start_says(desk: Any) -> None:
    recording = desk.read("x.jsonl", lines(START, POINT)).recording
    opening = recording.opening()
    assert opening["name"] == "My run / 1"
    assert opening["id"].startswith("My-run-1-")
    assert opening["started_at"] == 5.0
    assert opening["config"] == {"a": 1}
    assert opening["writer"] == recording.writer
    assert recording.opening("mine")["project"] == "mine"
    assert "project" not in opening


def test_a_name_that_no_run_may_have_is_mended(desk: Any) -> None:
    start = START | {"name": "two\nlines " + "x" * 500, "project": "a\tb", "tags": ["a\nb", "", 3], "group": "\x00"}
    opening = desk.read("x.jsonl", lines(start)).recording.opening()
    assert opening["name"].startswith("two lines x")
    assert len(opening["name"]) == 256
    assert opening["project"] == "a b"
    assert opening["tags"] == ["a b", "3"]
    assert RunOpen.model_validate(opening)


def test_the_same_content_is_the_same_run_wherever_it_lies(desk: Any) -> None:
    plain = desk.write("x.jsonl", lines(START, POINT))
    packed = desk.write("y.jsonl.gz", gzip.compress(plain.read_bytes()))
    other = desk.write("z.jsonl", lines(START, POINT | {"step": 2}))
    assert read_recording(plain).opening() == read_recording(packed).opening()
    assert read_recording(plain).opening()["id"] != read_recording(other).opening()["id"]


def test_a_file_without_an_end_is_finished_at_its_last_time(desk: Any) -> None:
    told = desk.read("x.jsonl", lines(START, POINT)).events
    assert told == [POINT, {"type": "finish", "ts": 6.0, "status": "finished", "error": NO_END}]


def test_a_file_with_an_end_keeps_it(desk: Any) -> None:
    end = {"type": "finish", "ts": 7.0, "status": "failed", "error": "oops"}
    note = {"type": "note", "step": 1, "text": 'not "finish"'}
    assert desk.read("x.jsonl", lines(START, note, end)).events == [note, end]


def test_long_files_are_cut_the_same_every_time(desk: Any) -> None:
    read = desk.read("x.jsonl", lines(START, *[POINT | {"step": step} for step in range(2500)]))
    first, second = list(read.recording.batches()), list(read.recording.batches())
    assert first == second
    assert [seq for seq, _ in first] == [1, 2, 3]
    assert len(read.events) == 2501


def test_its_batches_can_be_judged_without_a_service(desk: Any) -> None:
    recording = desk.read(
        "x.jsonl", lines(START, POINT, {"type": "metrics", "step": 2, "values": {"a": "nan"}})
    ).recording
    (batch,) = recording.accepted(9.0)
    assert (batch.writer, batch.seq, batch.accepted) == (recording.writer, 1, 3)
    (columns,) = batch.columns
    assert columns.steps.tolist() == [1, 2]
    assert columns.times.tolist() == [6.0, 9.0]
    assert [event.type for event in batch.events] == ["finish"]


def test_a_file_that_is_read_in_another_way_is_another_run(desk: Any) -> None:
    text = "step,x\n1,2\n"
    plain = desk.table(text).recording
    renamed = desk.table(text, "x=loss").recording
    again = desk.table(text, "x=loss").recording
    assert renamed.opening() == again.opening()
    assert plain.opening()["id"] != renamed.opening()["id"]
    assert plain.writer != renamed.writer


def test_what_cannot_be_kept_of_a_start_is_said(desk: Any, tmp_path: Path) -> None:
    read = desk.read("x.jsonl", '{"type": "start", "config": {"lr": NaN}}\n')
    assert read.config == {"lr": "nan"}

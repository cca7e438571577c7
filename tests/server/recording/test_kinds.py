"""The content of a file says what it is; what is no run is refused in a sentence."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from lineside_server.errors import BadInput
from lineside_server.recording.kinds import read_recording

START = '{"type": "start", "name": "mine"}\n'
STATE = {"log_history": [{"step": 1, "loss": 2.5}]}
TABLE = "step,loss\n1,2.5\n2,2.25\n"


@pytest.mark.parametrize("name", ["x", "x.csv", "x.json", "x.jsonl", "x.txt.gz"])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_names_decide_nothing(desk: Any, name: str, packed: bool, encoding: str) -> None:
    def read(text: str) -> Any:
        content = text.encode(encoding)
        return desk.read(name, gzip.compress(content) if packed else content)

    assert read(START).recording.name == "mine"
    assert read(json.dumps(STATE, indent=2)).series == {"train/loss": {1: 2.5}}
    assert read(json.dumps(STATE)).series == {"train/loss": {1: 2.5}}
    assert read(TABLE).series == {"loss": {1: 2.5, 2: 2.25}}


NO_RUNS = [
    (b"", "is empty"),
    (b"\n \r\n", "is empty"),
    (b"\xef\xbb\xbf", "is empty"),
    (b"{}\n", "neither begins"),
    (b"[1]\n", "neither begins"),
    (b'{"model": {"layers": 3}}', "neither begins"),
    (b'[{"step": 1, "loss": 2}]', "neither begins"),
    (b'{"step": 1}\n{"step": 2}\n', "not an event of type start"),
    (b'{"type": "metrics", "step": 1}\n', "not an event of type start"),
    (b'{"log_history": []}', "no figures"),
    (b'{"log_history": [1, {"step": "x"}, {"step": 1}]}', "no figures"),
    (b'{"log_history": [', "not valid JSON"),
    (b'{"a":' * 200_000, "nested too deeply"),
    (b'{"type": "start", "config": {"a": "\\ud800"}}\n', "cannot be kept"),
    (b'{"type": "start", "config": 3}\n', "config must be an object"),
    (b'{"type": "start", "ts": "now"}\n', "is not a time"),
    (b'{"type": "start", "ts": -1}\n', "ts must be in Unix seconds"),
    (b"not json\n", "no column of it holds numbers"),
    (b"some words\nand more\nand 3\n", "no column of it holds numbers"),
    (b"value\nwords\n3\n4\n", "neither ndjson"),
    (b"# Notes\n\nA table, and words, and so on\nmore, of, it\n", "no column of it holds numbers"),
    (b"1,2\n3,4\n", "first line holds numbers"),
    (b"step,loss\n", "no column of it holds numbers"),
    (b"step,loss\n,\n", "no column of it holds numbers"),
    (b'step,loss\n1,2\n"' + b"x" * 200_000, "cannot be read as a table"),
    (b"\x00\x01\x02" * 100, "not a text"),
    ("step,loss\n1,2\n".encode("utf-16-le"), "not a text"),
    (b"x" * 2_000_000, "has no end"),
]


@pytest.mark.parametrize("place", range(len(NO_RUNS)))
def test_a_file_that_is_no_recorded_run_is_refused_in_words(desk: Any, place: int) -> None:
    content, reason = NO_RUNS[place]
    with pytest.raises(BadInput, match=rf"x\.jsonl is no recorded run: .*{reason}") as told:
        desk.read("x.jsonl", content)
    assert str(told.value).endswith(".")


def test_a_file_that_cannot_be_read_is_said_plainly(desk: Any, tmp_path: Path) -> None:
    whole = gzip.compress(TABLE.encode() * 100)
    for content in (whole[:-9], whole[:20], b"\x1f\x8b rubbish", whole[:10] + b"\xff" * 20):
        with pytest.raises(BadInput, match="cannot be read"):
            desk.read("x.csv.gz", content)
    with pytest.raises(BadInput, match="cannot be read"):
        read_recording(tmp_path / "nothing.jsonl")
    with pytest.raises(BadInput, match="cannot be read"):
        read_recording(tmp_path)


def test_our_own_form_needs_no_map(desk: Any) -> None:
    with pytest.raises(BadInput, match="names its series itself"):
        desk.read("x.jsonl", START, "a=b")

"""What is printed is read, never obeyed: names and texts of users do nothing to a terminal."""

import json
from pathlib import Path
from typing import Any

import pytest

from lineside_server.cli import main
from lineside_server.console import literal, out, print_json, safe
from lineside_server.diagnose import main as diagnose

ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\u2066\u200b\ufeff\r\x08\x7f"


def is_harmless(text: str) -> bool:
    return all(each.isprintable() or each in "\n\t" for each in text)


@pytest.mark.parametrize("character", [*"\x1b\x07\x9b\u202e\u2066\u200b\ufeff\r\x08\x7f\ud800"])
def test_what_a_terminal_would_obey_is_written_out(character: str) -> None:
    told = safe(f"a{character}b")
    assert told.isprintable()
    assert told.startswith("a\\")


@pytest.mark.parametrize("text", ["", "plain", "größer ≥ 5 训练 ☃", "a b", "[bold]"])
def test_what_is_read_stays_as_it_is(text: str) -> None:
    assert safe(text) == text


def test_whatever_is_printed_goes_that_way(capsys: pytest.CaptureFixture[str]) -> None:
    out.print(f"run {ESCAPES}", markup=False)
    out.print(literal(f"[red]{ESCAPES}\nsecond"))
    told = capsys.readouterr().out
    assert is_harmless(told)
    assert told.count("\n") == 2  # no line of its own
    assert "[red]" in told


def test_json_stays_the_same_value(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": ESCAPES, "plain": "ü"})
    told = capsys.readouterr().out
    assert is_harmless(told)
    assert "ü" in told
    assert json.loads(told) == {"name": ESCAPES, "plain": "ü"}


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A recorded run with such names everywhere, whose loss becomes NaN."""
    keys = {f"train/{ESCAPES}": 1.0, "train/loss": 1.0}
    lines: list[Any] = [{"type": "start", "name": ESCAPES, "project": ESCAPES, "config": {ESCAPES: ESCAPES}, "ts": 1}]
    lines += [{"type": "metrics", "step": step, "ts": step, "values": keys} for step in range(1, 50)]
    lines += [{"type": "metrics", "step": 50, "ts": 50, "values": {"train/loss": "nan"}}]
    lines += [{"type": "alert", "step": 50, "ts": 50, "title": ESCAPES, "text": ESCAPES, "level": "critical"}]
    file = tmp_path / "run.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    return file


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_judged_file_does_nothing_to_the_terminal(
    recording: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    assert diagnose(["diagnose", str(recording), *more]) == 1
    said = capsys.readouterr()
    assert is_harmless(said.out)
    assert is_harmless(said.err)
    assert "owned" in said.out


def test_runs_do_nothing_to_the_terminal(
    recording: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINESIDE_PORT", "1")
    monkeypatch.setenv("LINESIDE_DATABASE", str(tmp_path / "lineside.db"))
    for arguments in (["import", str(recording)], ["runs"], ["runs", "--json"], ["prune", "--keep-last", "0"]):
        main(arguments)
        said = capsys.readouterr()
        assert is_harmless(said.out + said.err), arguments

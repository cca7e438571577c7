"""Files of other tools become runs: through a service and without one, once however often they are named."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from lineside_server.cli import main

STATE = {
    "max_steps": 20,
    "global_step": 20,
    "log_history": [
        {"step": 10, "epoch": 1.0, "loss": 2.5, "learning_rate": 1e-4},
        {"step": 10, "epoch": 1.0, "eval_g0_loss": 2.25, "eval_g0_runtime": 1.5},
        {"step": 20, "epoch": 2.0, "loss": 2.0, "learning_rate": 0.0},
    ],
}
TABLE = "step,train_loss,lr\n1,2.5,0.1\n2,nan,0.05\n3,,0.0\n"


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home without a service: nothing listens at the usual port here."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LINESIDE_PORT", "1")


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder with a trainer state, a table and a file that is no run."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    (folder / "mine.trainer_state.json").write_text(json.dumps(STATE, indent=2))
    (folder / "other.csv.gz").write_bytes(gzip.compress(TABLE.encode()))
    (folder / "readme.md").write_text("Words about both.\n")
    return folder


@pytest.mark.parametrize("served", [True, False])
def test_a_folder_of_runs_is_taken_in_once(
    shelf: Path, served: bool, make_server: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    there = ["--server", make_server().url] if served else []
    assert main(["import", str(shelf), "--project", "p", "--json", *there]) == 0
    state, table, words = json.loads(capsys.readouterr().out)
    assert (state["accepted"], table["accepted"]) == (4, 4)
    assert state["rejected"] == table["rejected"] == []
    assert any("no pace is known" in note for note in table["notes"])
    assert "no recorded run" in words["skipped"]

    assert main(["show", table["run"], "--json", *there]) == 0
    run = json.loads(capsys.readouterr().out)
    assert run["roles"] == {"train_loss": "train.loss", "lr": "lr"}
    assert (run["summary"]["train_loss"]["count"], run["summary"]["train_loss"]["nonfinite"]) == (2, 1)
    assert run["progress"]["steps_per_s"] is None

    for path in shelf.iterdir():
        os.utime(path)
    assert main(["import", *map(str, sorted(shelf.iterdir())[:2]), *there]) == 0
    assert capsys.readouterr().out.count("nothing new") == 2
    assert main(["runs", "--json", *there]) == 0
    runs = json.loads(capsys.readouterr().out)
    assert [(run["project"], run["name"]) for run in runs] == [("p", "other"), ("p", "mine")]
    assert runs[1]["progress"]["fraction"] == 1.0


def test_what_is_done_with_a_file_is_said_in_words(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(shelf)]) == 0
    told = capsys.readouterr().out
    assert "4 events" in told
    assert "train/loss is the mean over the updates" in told
    assert "skipped: " in told
    assert main(["import", str(shelf / "readme.md")]) == 3
    assert "no recorded run" in capsys.readouterr().err


def test_columns_are_mapped_on_the_command_line(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = str(shelf / "other.csv.gz")
    asked = ["import", table, "--map", "train_loss=train/loss", "--map", "train_loss=@blank-is-nan", "--json"]
    assert main(asked) == 0
    (taken,) = json.loads(capsys.readouterr().out)
    assert main(["show", taken["run"], "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)["summary"]
    assert (summary["train/loss"]["count"], summary["train/loss"]["nonfinite"]) == (3, 2)
    assert main(["import", table, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["run"] != taken["run"]


def test_a_map_that_cannot_be_read_is_a_fault_of_usage(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(shelf), "--map", "train_loss"]) == 2
    assert "COLUMN=KEY" in capsys.readouterr().err
    assert main(["import", str(shelf / "other.csv.gz"), "--map", "lost=x"]) == 3
    assert "there is no column lost" in capsys.readouterr().err

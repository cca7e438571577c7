"""A folder is its runs: what is none of them is told, and a checkpoint stands for those before it."""

from pathlib import Path
from typing import Any

import pytest

from lineside_server.errors import BadInput
from lineside_server.recording.folder import files_of, recordings
from lineside_server.recording.model import Recording

STATE = {"log_history": [{"step": 1, "loss": 2.5}]}
TABLE = "step,loss\n1,2\n"


def names(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in files_of(folder)]


def test_a_file_is_itself(desk: Any) -> None:
    assert files_of(desk.write("a.csv", TABLE)) == [desk.folder / "a.csv"]


def test_the_state_of_an_output_folder_is_its_only_run(desk: Any) -> None:
    for name in ("trainer_state.json", "checkpoint-500/trainer_state.json", "config.json"):
        desk.write(name, STATE)
    assert names(desk.folder) == ["trainer_state.json"]
    (recording,) = recordings([desk.folder / "checkpoint-500"])
    assert isinstance(recording, Recording)
    assert recording.name == f"{desk.folder.name}/checkpoint-500"


def test_the_last_checkpoint_stands_for_all(desk: Any) -> None:
    for name in ("checkpoint-500", "checkpoint-1000", "checkpoint-90", "other"):
        desk.write(f"{name}/trainer_state.json", STATE)
    assert names(desk.folder) == ["checkpoint-1000/trainer_state.json", "other/trainer_state.json"]


def test_what_is_no_run_is_told_beside_the_runs(desk: Any) -> None:
    for name, content in {"a.csv": TABLE, "b.md": "words", "c.json": STATE, ".d.csv": TABLE, "e/f.csv": TABLE}.items():
        desk.write(name, content)
    found = list(recordings([desk.folder]))
    assert [one.path.name for one in found if isinstance(one, Recording)] == ["a.csv", "c.json"]
    assert [one[0].name for one in found if isinstance(one, tuple)] == ["b.md"]


def test_a_named_file_or_folder_without_a_run_is_a_fault(desk: Any) -> None:
    words = desk.write("in/b.md", "words")
    with pytest.raises(BadInput, match=r"b\.md is no recorded run"):
        list(recordings([words]))
    with pytest.raises(BadInput, match="in holds no recorded run"):
        list(recordings([desk.folder / "in"]))


def test_runs_are_named_after_their_folder_where_every_file_is_called_alike(desk: Any) -> None:
    assert desk.read("mine/trainer_state.json", STATE).recording.name == "mine"
    assert desk.read("logs/version_3/metrics.csv", TABLE).recording.name == "logs/version_3"
    assert desk.read("logs/second.try.csv", TABLE).recording.name == "second"

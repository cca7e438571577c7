"""Recording: each run in a process of its own, whatever becomes of it."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

FAULTS = (None, "nan-raised", "kill", "hang")
# A process of its own: it forks, and these tests may have threads.
CODE = """
import sys
from dataclasses import replace
from pathlib import Path
from lineside_trainer.config import Config, ModelShape
from lineside_trainer.lab.cases import Case
from lineside_trainer.lab.record import record_all

root = Path(sys.argv[1])
config = Config(
    teacher=ModelShape(layers=2, hidden=16), student=ModelShape(layers=1, hidden=8, heads=2), vocab_size=280,
    corpus=(str(root / "text.txt"),), max_train_tokens=320, sequence_length=8, gradient_accumulation_steps=1,
    num_train_epochs=1, save_every=0, eval_every=2,
)
cases = [Case("small", config, fault or None) for fault in sys.argv[2].split(",")]
record_all(root / "lab", cases, root / "cache", patience=1.0)
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with recordings of a tiny run: healthy, and with faults that end it in three ways."""
    root = tmp_path_factory.mktemp("record")
    (root / "text.txt").write_text("the dog sleeps and the fox jumps over it again\n" * 60, encoding="utf-8")
    command = [sys.executable, "-W", "error", "-c", CODE, str(root), ",".join(fault or "" for fault in FAULTS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return root / "lab"


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def last_step(lines: list[dict[str, Any]]) -> int:
    steps: set[int] = {step for line in lines if line["type"] == "columns" for step in line["steps"]}
    return max(steps)


def test_the_manifest_says_what_was_recorded(lab: Path) -> None:
    manifest = json.loads((lab / "runs.json").read_text(encoding="utf-8"))
    assert [line["file"] for line in manifest] == sorted(path.name for path in lab.glob("*.gz"))
    by_fault = {line["fault"]: line for line in manifest}
    assert set(by_fault) == set(FAULTS)
    assert by_fault[None].items() >= {"fault_step": None, "expected_rules": [], "first_cause": None}.items()
    assert by_fault["kill"].items() >= {"fault_step": 3, "expected_rules": ["stall"], "setting": "small"}.items()


def test_a_healthy_run_is_there_from_start_to_finish(lab: Path) -> None:
    start, *lines = lines_of(lab / "healthy-small-0.jsonl.gz")
    assert start["intent"]["total_steps"] == last_step(lines) == 5
    assert lines[-1].items() >= {"type": "finish", "status": "finished"}.items()
    assert [line["path"] for line in lines if line["type"] == "checkpoint"] == ["output/checkpoint.pt"]  # no machine's


def test_a_raised_nan_ends_as_failed(lab: Path) -> None:
    lines = lines_of(lab / "nan-raised-0.jsonl.gz")
    assert last_step(lines) == 3
    assert lines[-1]["status"] == "failed"
    assert lines[-1]["error"].endswith("lm_loss is not finite at step 3.")


def test_a_killed_run_has_everything_up_to_the_kill_and_no_end(lab: Path) -> None:
    lines = lines_of(lab / "kill-0.jsonl.gz")
    assert last_step(lines) == 2
    assert {line["type"] for line in lines} & {"finish", "heartbeat"} == set()


def test_a_hung_run_is_given_up_and_has_no_end(lab: Path) -> None:
    lines = lines_of(lab / "hang-0.jsonl.gz")
    assert last_step(lines) == 2
    assert "finish" not in {line["type"] for line in lines}

"""The command line: flags over file over defaults, help, and exit codes."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

import lineside
from lineside_trainer.__main__ import FAILED, FINE, USAGE, config_from, main, parser
from lineside_trainer.config import Config, ModelShape
from lineside_trainer.faults.catalogue import listing
from lineside_trainer.intent import intent_of
from lineside_trainer.schedule import Plan

if TYPE_CHECKING:
    from pathlib import Path


def test_flags_win_over_the_file_and_the_file_over_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "distil.json"
    path.write_text(json.dumps({"temperature": 3.0, "seed": 5}), encoding="utf-8")
    line = ["--config", str(path), "--temperature", "1.5", "--kd-top-k", "None", "--bf16", "--corpus", "a", "b"]
    config = config_from(parser().parse_args([*line, "--student", '{"layers": 1}', "--teacher", "folder/model"]))
    assert (config.temperature, config.seed, config.kd_top_k, config.bf16) == (1.5, 5, None, True)
    assert (config.corpus, config.student, config.teacher) == (("a", "b"), ModelShape(layers=1), "folder/model")
    assert config.learning_rate == Config().learning_rate


def test_without_flags_it_is_the_demo() -> None:
    assert config_from(parser().parse_args([])) == Config()


def test_help_names_every_setting_with_its_default() -> None:
    text = parser().format_help()
    for item in fields(Config):
        assert f"--{item.name.replace('_', '-')} " in text
    assert text.count("default:") >= len(fields(Config))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (["--batch-size", "0"], "batch_size is 0; it must be at least 1."),
        (["--temperature", "hot"], 'temperature is "hot"; it must be a number.'),
        (["--minutes", "0"], "minutes is 0.0; it must be above zero."),
        (["--threads", "0"], "threads is 0; it must be at least 1."),
        (["--batch-seconds", "-1"], "batch_seconds is -1.0; it must be at least 0."),
        (["--fault", "gremlin"], "There is no fault gremlin; --fault list names them."),
        (["--lab", "lab", "--fault", "gremlin"], "There is no fault gremlin; --fault list names them."),
        (
            ["--fault", "stale-eval", "--fault-at", "9"],
            "The fault stale-eval is there from the start; leave --fault-at out.",
        ),
        (["--config", "nowhere.json"], "The config nowhere.json cannot be read: No such file or directory."),
    ],
)
def test_a_wrong_setting_is_a_sentence_and_exit_2(
    line: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line) == USAGE
    assert capsys.readouterr().err == f"{sentence}\n"


def test_resume_wants_a_checkpoint_and_no_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--resume", str(tmp_path)]) == USAGE
    assert "There is no checkpoint to resume" in capsys.readouterr().err


@pytest.fixture
def small_run(tmp_path: Path) -> list[str]:
    """The flags of a whole start that takes a second, watched by the real client, which is told to be silent."""
    (tmp_path / "text.txt").write_text("the dog sleeps and the fox jumps over it again\n" * 60, encoding="utf-8")
    shapes = ["--teacher", '{"layers": 2, "hidden": 16}', "--student", '{"layers": 1, "hidden": 8, "heads": 2}']
    sizes = ["--sequence-length", "8", "--max-train-tokens", "320", "--vocab-size", "280"]
    places = ["--corpus", str(tmp_path / "text.txt"), "--cache", str(tmp_path / "cache")]
    return [*shapes, *sizes, *places, "--threads", "1", "--device", "cpu", "--mode", "disabled"]


def test_a_whole_start_ends_with_a_summary_and_0(
    small_run: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "output"
    assert main([*small_run, "--output", str(output), "--minutes", "5"]) == FINE
    told = capsys.readouterr().out
    assert "teacher: finished after 5 batches, update 5 of 5" in told
    assert "student: finished after 10 batches, update 4 of 4" in told
    assert (output / "model" / "model.safetensors").is_file()
    assert main([*small_run, "--resume", str(output)]) == USAGE
    assert "A resumed run keeps its settings" in capsys.readouterr().err
    assert main(["--resume", str(output), "--cache", str(tmp_path / "cache"), "--mode", "disabled"]) == FINE
    assert "student: finished after 10 batches, update 4 of 4" in capsys.readouterr().out


def test_a_loss_that_is_not_finite_fails_under_raise(small_run: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*small_run, "--learning-rate", "1e30", "--nonfinite-policy", "raise"]) == FAILED
    assert "is not finite at step" in capsys.readouterr().err


def test_the_faults_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--fault", "list"]) == FINE
    assert capsys.readouterr().out == f"{listing()}\n"


def test_a_fault_is_made_in_the_student_alone(small_run: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*small_run, "--fault", "nan-raised", "--fault-at", "4"]) == FAILED
    told = capsys.readouterr()
    assert "Student: gpt2" in told.out
    assert told.err == "lm_loss is not finite at step 4.\n"


def test_the_client_finds_no_fault_in_the_declared_intent() -> None:
    for config in (Config(), Config(dropout=0.1).for_teacher()):
        run = lineside.init(mode="disabled", intent=intent_of(config, Plan(100, 4, 2)))
        assert run.intent_problems == []
        run.finish()

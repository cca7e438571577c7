"""A whole start: the teacher is trained as a run of its own, cached, then the student learns from it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch

from lineside_trainer import checkpoint, models
from lineside_trainer.config import Config, ConfigError
from lineside_trainer.faults.catalogue import find
from lineside_trainer.session import Session
from lineside_trainer.teacher import cache_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Recorder


class Desk:
    """Opens recorders in place of runs, and keeps them."""

    def __init__(self, recorder: type[Recorder]) -> None:
        self.recorder = recorder
        self.runs: list[Recorder] = []
        self.stop_at: dict[str, int] = {}

    def open(self, name: str, config: dict[str, Any], intent: dict[str, Any], run_id: str | None) -> Recorder:
        run = self.recorder(name, run_id or f"{name}-{len(self.runs)}")
        run.config, run.intent, run.stop_at = config, intent, self.stop_at.get(name)
        self.runs.append(run)
        return run


@pytest.fixture
def desk(make_recorder: type[Recorder]) -> Desk:
    return Desk(make_recorder)


@pytest.fixture
def small(tiny: Config, tmp_path: Path) -> Config:
    (tmp_path / "text.txt").write_text("the dog sleeps and the fox jumps over it again\n" * 60, encoding="utf-8")
    return replace(tiny, corpus=(str(tmp_path / "text.txt"),), max_train_tokens=320, vocab_size=280)


@pytest.fixture
def session(small: Config, tmp_path: Path, desk: Desk) -> Callable[..., Session]:
    def make(config: Config = small, **other: Any) -> Session:
        return Session(config, tmp_path / "cache", desk.open, **other)

    return make


def test_teacher_then_student_and_the_second_start_finds_the_teacher(
    session: Callable[..., Session], desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session().distil(tmp_path / "output")
    teacher, student = desk.runs
    assert (teacher.name, teacher.finished) == ("teacher", "finished")
    assert (student.name, student.finished) == ("student", "finished")
    assert teacher.intent["losses"] == {"lm_loss": {"weight": 1.0}}
    assert "train/kd_loss" not in teacher.series
    assert student.intent["total_steps"] == max(student.series["train/kd_loss"])
    assert student.config["layer_pairs"] == [[1, 2], [2, 3]]
    told = capsys.readouterr().out
    assert "teacher: finished after" in told
    assert "student: finished after" in told

    session().distil(tmp_path / "output")
    again = desk.runs[2]
    assert (len(desk.runs), again.name) == (3, "student")
    assert again.series["train/loss"] == student.series["train/loss"]  # a cached teacher is the same teacher
    assert "Teacher: cached in" in capsys.readouterr().out


def test_the_trained_student_can_be_loaded_as_the_next_teacher(
    session: Callable[..., Session], small: Config, desk: Desk, tmp_path: Path
) -> None:
    session().distil(tmp_path / "output")
    folder = str(tmp_path / "output" / "model")
    session(replace(small, teacher=folder, vocab_size=257)).distil()
    assert desk.runs[-1].name == "student"
    assert desk.runs[-1].config["teacher"] == folder
    assert desk.runs[-1].config["layer_pairs"] == [[1, 1], [2, 2]]
    with pytest.raises(ConfigError, match=r"sequence_length is 16; the loaded model takes 8 tokens"):
        session(replace(small, teacher=folder, sequence_length=16)).distil()


def test_a_teacher_cut_short_teaches_and_is_finished_by_the_next_start(
    session: Callable[..., Session], desk: Desk, tmp_path: Path
) -> None:
    session(seconds=1.0, clock=lambda: 0.0, began=-100.0).distil()
    cut, student = desk.runs
    assert (cut.finished, cut.why) == (student.finished, student.why) == ("stopped", "The time is used up.")
    assert max(cut.series["lr"]) == 1
    session().distil()
    rest = desk.runs[2]
    assert (rest.name, rest.id, rest.finished) == ("teacher", cut.id, "finished")
    assert min(rest.series["lr"]) == 2
    whole = Desk(type(cut))
    Session(session().config, tmp_path / "other", whole.open).distil()
    assert cut.series["train/loss"] | rest.series["train/loss"] == whole.runs[0].series["train/loss"]


def test_the_teacher_gets_its_share_of_the_time_left(session: Callable[..., Session]) -> None:
    now = [10.0]
    made = session(seconds=103.0, began=0.0, clock=lambda: now[0])
    teacher, student, unbounded = made.deadline(0.5), made.deadline(1.0), session().deadline(1.0)
    told = []
    for now[0] in (54.9, 55.1, 99.9, 100.1):
        told.append((teacher(), student(), unbounded()))
    assert told == [(False, False, False), (True, False, False), (True, False, False), (True, True, False)]


def test_a_teacher_asked_to_stop_leaves_no_student(
    session: Callable[..., Session], desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.stop_at = {"teacher": 1}
    session().distil()
    assert [(run.name, run.finished) for run in desk.runs] == [("teacher", "stopped")]
    assert "no student is trained" in capsys.readouterr().out


def test_a_resumed_student_goes_on_as_the_same_run(session: Callable[..., Session], desk: Desk, tmp_path: Path) -> None:
    desk.stop_at = {"student": 3}
    output = tmp_path / "output"
    session().distil(output)
    desk.stop_at = {}
    session().distil(output, checkpoint.load(output))
    stopped, resumed = desk.runs[1], desk.runs[2]
    assert (stopped.finished, resumed.finished, resumed.id) == ("stopped", "finished", stopped.id)
    assert min(resumed.series["lr"]) == max(stopped.series["lr"]) + 1


def test_more_top_k_than_tokens_is_refused(session: Callable[..., Session], small: Config, desk: Desk) -> None:
    with pytest.raises(ConfigError, match=r"kd_top_k is 999; the vocabulary has \d+ tokens"):
        session(replace(small, kd_top_k=999)).distil()
    assert desk.runs == []


def test_the_language_model_alone_needs_no_teacher(session: Callable[..., Session], small: Config, desk: Desk) -> None:
    session(replace(small, loss_weights={"lm_loss": 1.0})).distil()
    assert [(run.name, run.finished) for run in desk.runs] == [("student", "finished")]
    assert desk.runs[0].config["layer_pairs"] == []


def test_a_fault_is_in_the_code_and_not_in_what_is_declared(session: Callable[..., Session], desk: Desk) -> None:
    session(fault=find("schedule-in-batches").at(None)).distil()
    teacher, student = desk.runs
    assert teacher.config["lr_scheduler"]["total_steps"] == teacher.intent["schedule"]["total"]
    assert student.config["lr_scheduler"]["total_steps"] == student.intent["total_steps"] == 20
    assert student.intent["schedule"]["total"] == 10


def test_a_fault_is_the_students_alone(session: Callable[..., Session], desk: Desk) -> None:
    session(fault=find("scheduler-never-stepped").at(None)).distil()
    teacher, student = desk.runs
    assert max(teacher.series["lr"].values()) == pytest.approx(5e-3)
    assert set(student.series["lr"].values()) == {0.0}


def test_the_settings_of_a_fault_are_declared_like_any(session: Callable[..., Session], desk: Desk) -> None:
    session(fault=find("top-k-in-training-only").at(None)).distil()
    assert desk.runs[1].config["kd_top_k"] == 4
    assert desk.runs[1].intent["losses"] == {"kd_loss": {"weight": 0.95}, "lm_loss": {"weight": 0.05}}


def test_the_cache_key_is_of_what_the_teacher_depends_on() -> None:
    key = cache_key(Config(), "digest")
    assert cache_key(Config(temperature=5.0, kd_top_k=3, eval_every=7, batch_seconds=1.0), "digest") == key
    different = [
        cache_key(Config(), "other"),
        cache_key(Config(seed=1), "digest"),
        cache_key(Config(batch_size=2), "digest"),
        cache_key(replace(Config(), teacher_training=replace(Config().teacher_training, learning_rate=1.0)), "digest"),
    ]
    assert len({key, *different}) == 5


def test_models_are_quiet_and_weights_on_the_device(session: Callable[..., Session], desk: Desk) -> None:
    session(device=torch.device("cpu")).distil()
    assert desk.runs[1].config["device"] == "cpu"
    assert models.choose_device("cpu").type == "cpu"

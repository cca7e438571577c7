"""A recorder in place of a monitored run, and models small enough for a test."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import pytest
import torch

from lineside_trainer import models
from lineside_trainer.config import Config, LrScheduler, ModelShape, TeacherTraining
from lineside_trainer.data import Blocks
from lineside_trainer.loop import Job
from lineside_trainer.losses import Objective
from lineside_trainer.models import Trainee

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

VOCABULARY = 300


class Recorder:
    """Keeps what a run reports; `stop_at` is the step from which `should_stop` is true."""

    def __init__(self, name: str = "run", run_id: str | None = None) -> None:
        self.name = name
        self.id = run_id or f"{name}-1"
        self.stop_at: int | None = None
        self.series: dict[str, dict[int, float]] = {}
        self.events: list[tuple[Any, ...]] = []
        self.lines: list[str] = []
        self.levels: list[str] = []
        self.finished: str | None = None
        self.why: str | None = None
        self.config: dict[str, Any] = {}
        self.intent: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    @property
    def should_stop(self) -> bool:
        return self.stop_at is not None and max(self.series["lr"]) >= self.stop_at

    def log(self, values: Mapping[str, float], step: int | None = None) -> None:
        assert step is not None
        for key, value in values.items():
            assert step not in self.series.setdefault(key, {}), f"{key} was logged twice at {step}"
            self.series[key][step] = value

    def log_losses(
        self,
        step: int,
        phase: str = "train",
        raw: Mapping[str, float] | None = None,
        weights: Mapping[str, float] | None = None,
        total: float | None = None,
    ) -> None:
        assert total is not None
        self.log({f"{phase}/{name}": value for name, value in (raw or {}).items()} | {f"{phase}/loss": total}, step)
        self.log({f"{phase}/weight/{name}": value for name, value in (weights or {}).items()}, step)

    def nonfinite(self, step: int, component: str, value: float, action: str) -> None:
        self.events.append(("nonfinite", step, component, str(value), action))

    def note(self, text: str, step: int | None = None) -> None:
        self.events.append(("note", step, text))

    def checkpoint(self, path: str, step: int | None = None) -> None:
        self.events.append(("checkpoint", step, path))

    def epoch(self, n: int, step: int | None = None) -> None:
        self.events.append(("epoch", step, n))

    def system(self, values: Mapping[str, float]) -> None:
        self.events.append(("system", dict(values)))

    def print_line(self, text: str, level: str = "info") -> None:
        self.lines.append(text)
        self.levels.append(level)

    def finish(self, status: str, error: str | None = None) -> None:
        self.finished, self.why = status, error

    def of(self, kind: str) -> list[tuple[Any, ...]]:
        return [event for event in self.events if event[0] == kind]


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def make_recorder() -> type[Recorder]:
    return Recorder


@pytest.fixture
def tiny() -> Config:
    """Settings of a run of 12 batches in 4 updates: two epochs of 3 + 3 batches, in groups of 2 and 1."""
    return Config(
        teacher=ModelShape(layers=3, hidden=24, heads=2),
        student=ModelShape(layers=2, hidden=16, heads=4),
        teacher_training=TeacherTraining(num_train_epochs=1, learning_rate=5e-3, gradient_accumulation_steps=1),
        vocab_size=VOCABULARY,
        sequence_length=8,
        batch_size=4,
        gradient_accumulation_steps=2,
        num_train_epochs=2,
        learning_rate=1e-3,
        lr_scheduler=LrScheduler(warmup_steps=1),
        eval_every=4,
        save_every=0,
    )


def blocks_of(sequences: int, length: int = 8) -> Blocks:
    """Return sequences that count upwards from a random start: something that can be learned."""
    start = torch.randint(0, 40, (sequences + 4, 1), generator=torch.Generator().manual_seed(1))
    rows = (start + torch.arange(length)) % 50
    return Blocks(rows[:sequences], rows[sequences:])


def objective_of(config: Config) -> Objective:
    assert isinstance(config.teacher, ModelShape)
    teacher = models.freeze(models.obtain(config.teacher, replace(config, seed=99), VOCABULARY, 0))
    student = models.obtain(config.student, config, VOCABULARY, 0)
    trainee = Trainee.beside(student, teacher)
    return Objective(trainee, config.loss_weights, teacher, config.kd_top_k, config.bf16)


@pytest.fixture
def make_objective() -> Callable[[Config], Objective]:
    return objective_of


@pytest.fixture
def make_job(tmp_path: Path) -> Callable[..., Job]:
    """Return what makes a job: its settings, its number of sequences, and anything else of Job."""

    def make(config: Config, sequences: int = 20, **other: Any) -> Job:
        objective = other.pop("objective", None) or objective_of(config)
        folder = other.pop("folder", tmp_path / "output")
        return Job(config, objective, blocks_of(sequences), torch.device("cpu"), folder, **other)

    return make

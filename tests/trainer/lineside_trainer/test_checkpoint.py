"""Checkpoints: a resumed run equals an uninterrupted one, and a crash leaves a whole file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from lineside_trainer import checkpoint
from lineside_trainer.config import ConfigError
from lineside_trainer.loop import Job, train
from lineside_trainer.reading import parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lineside_trainer.config import Config

    from .conftest import Recorder


@pytest.mark.parametrize("stop_at", [2, 5, 8])
def test_a_resumed_run_equals_an_uninterrupted_one_bit_for_bit(
    tiny: Config, make_job: Callable[..., Job], make_recorder: type[Recorder], tmp_path: Path, stop_at: int
) -> None:
    """With dropout, in the middle of an epoch, at its end, and in the next: losses, rates and weights."""
    config = replace(tiny, dropout=0.2, temperature=3.0, min_temperature=1.0)
    whole, first, second = make_recorder(), make_recorder(), make_recorder()
    uninterrupted = make_job(config, folder=tmp_path / "whole")
    train(whole, uninterrupted)
    first.stop_at = stop_at
    train(first, make_job(config, folder=tmp_path / "parts"))
    torch.manual_seed(12345)  # another process has another state
    start = checkpoint.load(tmp_path / "parts")
    resumed = make_job(parse(start.config), folder=tmp_path / "parts")
    assert start.run_id == first.id
    train(second, resumed, start)
    for key in ("train/loss", "train/feature_loss", "lr", "update", "grad_norm", "temperature", "eval/loss"):
        assert first.series.get(key, {}) | second.series[key] == whole.series[key]
        assert not first.series.get(key, {}).keys() & second.series[key].keys()
    states = uninterrupted.objective.trainee.state_dict(), resumed.objective.trainee.state_dict()
    assert states[0].keys() == states[1].keys()
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_a_finished_run_resumes_into_nothing(
    tiny: Config, make_job: Callable[..., Job], make_recorder: type[Recorder]
) -> None:
    job, again = make_job(tiny), make_recorder()
    train(make_recorder(), job)
    outcome = train(again, job, checkpoint.load(job.folder))
    assert (outcome.status, outcome.updates, outcome.steps) == ("finished", 6, 10)
    assert again.series == {}


def test_another_corpus_is_refused(tiny: Config, make_job: Callable[..., Job], make_recorder: type[Recorder]) -> None:
    job = make_job(tiny)
    train(make_recorder(), job)
    with pytest.raises(ConfigError, match=r"corpus is not the one that the checkpoint was trained on"):
        train(make_recorder(), make_job(tiny, sequences=24), checkpoint.load(job.folder))


def test_what_is_left_of_a_crash_while_saving_does_not_count(
    tiny: Config, make_job: Callable[..., Job], recorder: Recorder
) -> None:
    job = make_job(tiny)
    train(recorder, job)
    (job.folder / "checkpoint.pt.4711").write_bytes(b"half of it")
    assert checkpoint.load(job.folder).update == 6


def test_no_checkpoint_and_a_broken_one_are_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"There is no checkpoint to resume: .*checkpoint\.pt does not exist"):
        checkpoint.load(tmp_path)
    (tmp_path / "checkpoint.pt").write_bytes(b"no checkpoint")
    with pytest.raises(ConfigError, match=r"checkpoint\.pt cannot be read"):
        checkpoint.load(tmp_path)
    (tmp_path / "checkpoint.pt").write_bytes(b"")
    with pytest.raises(ConfigError, match=r"cannot be read"):
        checkpoint.load(tmp_path)
    torch.save({"update": 3}, tmp_path / "checkpoint.pt")
    with pytest.raises(ConfigError, match=r"cannot be read"):
        checkpoint.load(tmp_path)

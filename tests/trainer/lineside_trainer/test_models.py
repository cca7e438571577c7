"""Models: built from shapes by seed, loaded in words, mapped layer to layer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch

from lineside_trainer import models
from lineside_trainer.config import Config, ConfigError, ModelShape
from lineside_trainer.models import Trainee

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("family", ["gpt2", "llama"])
def test_builds_a_family_to_measure_and_loads_it_again(family: Any, tiny: Config, tmp_path: Path) -> None:
    model = models.obtain(ModelShape(family, layers=2, hidden=16, heads=2), tiny, 300, 0)
    ids = torch.arange(8).view(1, 8)
    output = model(ids, output_attentions=True, output_hidden_states=True)
    assert output.logits.shape == (1, 8, 300)
    assert [tuple(maps.shape) for maps in output.attentions] == [(1, 2, 8, 8)] * 2
    assert len(output.hidden_states) == 3
    models.save(model, tmp_path)
    loaded = models.freeze(models.load(str(tmp_path)))
    assert torch.equal(loaded(ids, output_attentions=True).attentions[1], output.attentions[1])
    assert not any(parameter.requires_grad for parameter in loaded.parameters())
    assert models.vocabulary_of(str(tmp_path)) == (300, 0, 8)


def test_weights_depend_on_the_seed_alone(tiny: Config) -> None:
    def first(config: Config) -> torch.Tensor:
        torch.rand(3)
        parameters: torch.Tensor = next(models.obtain(config.student, config, 300, 0).parameters())
        return parameters

    assert torch.equal(first(tiny), first(tiny))
    assert not torch.equal(first(tiny), first(replace(tiny, seed=1)))


def test_what_cannot_be_loaded_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot be loaded: it is no folder here, and the hub does not give it"):
        models.load("./no/such/folder")
    with pytest.raises(ConfigError, match=r"cannot be loaded: the folder holds no causal language model"):
        models.load(str(tmp_path))
    with pytest.raises(ConfigError, match=r"cannot be loaded: the folder holds no"):
        models.vocabulary_of(str(tmp_path))


def test_layers_are_spread_evenly_and_the_last_meets_the_last() -> None:
    assert models.layer_pairs(2, 4) == ((1, 2), (2, 4))
    assert models.layer_pairs(3, 3) == ((1, 1), (2, 2), (3, 3))
    assert models.layer_pairs(2, 3) == ((1, 2), (2, 3))
    assert models.layer_pairs(4, 2) == ((1, 1), (2, 1), (3, 2), (4, 2))


def test_a_student_has_a_projection_for_each_mapped_layer(tiny: Config) -> None:
    teacher, student = (models.obtain(shape, tiny, 300, 0) for shape in (tiny.teacher, tiny.student))
    trainee = Trainee.beside(student, teacher)
    assert [tuple(p.shape) for p in trainee.projections.parameters()] == [(24, 16)] * 2
    assert models.parameters_in(trainee) == models.parameters_in(student) + 2 * 24 * 16
    with pytest.raises(ConfigError, match=r"student's vocabulary has 301 tokens and the teacher's 300"):
        Trainee.beside(models.obtain(tiny.student, tiny, 301, 0), teacher)


def test_devices_by_name() -> None:
    assert models.choose_device("cpu").type == "cpu"
    if not torch.cuda.is_available():
        assert models.choose_device("auto").type == "cpu"
        with pytest.raises(ConfigError, match=r"sees no CUDA device"):
            models.choose_device("cuda:0")
    with pytest.raises(ConfigError, match=r"toaster is no device"):
        models.choose_device("toaster")

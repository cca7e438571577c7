"""Teacher and student: causal language models of transformers, and what is trained beside the student."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM
from transformers.utils import logging as transformers_logging

from lineside_trainer.config import ConfigError, ModelShape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lineside_trainer.config import Config


class Trainee(nn.Module):
    """A model in training, with a projection to the teacher's width for each mapped layer."""

    def __init__(self, model: Any, pairs: tuple[tuple[int, int], ...] = (), teacher_hidden: int = 0) -> None:
        super().__init__()
        self.model = model
        self.pairs = pairs
        width = model.config.hidden_size
        self.projections = nn.ModuleList(nn.Linear(width, teacher_hidden, bias=False) for _ in pairs)

    @classmethod
    def beside(cls, model: Any, teacher: Any) -> Trainee:
        """Return a student whose layers are mapped to the teacher's; refuse vocabularies that differ."""
        ours, theirs = model.config, teacher.config
        if ours.vocab_size != theirs.vocab_size:
            raise ConfigError(
                f"The student's vocabulary has {ours.vocab_size} tokens and the teacher's {theirs.vocab_size}; "
                "they must share one."
            )
        return cls(model, layer_pairs(ours.num_hidden_layers, theirs.num_hidden_layers), theirs.hidden_size)


def layer_pairs(student: int, teacher: int) -> tuple[tuple[int, int], ...]:
    """Return (student layer, teacher layer), from 1: evenly spread, the last to the last."""
    return tuple((layer, -(-layer * teacher // student)) for layer in range(1, student + 1))


def build(shape: ModelShape, config: Config, vocab_size: int, eos: int) -> Any:
    common: dict[str, Any] = {
        "vocab_size": vocab_size,
        "bos_token_id": eos,
        "eos_token_id": eos,
        "attn_implementation": "eager",
    }
    if shape.family == "gpt2":
        return GPT2LMHeadModel(
            GPT2Config(
                n_positions=config.sequence_length,
                n_embd=shape.hidden,
                n_layer=shape.layers,
                n_head=shape.heads,
                resid_pdrop=config.dropout,
                embd_pdrop=config.dropout,
                attn_pdrop=config.dropout,
                **common,
            )
        )
    return LlamaForCausalLM(
        LlamaConfig(
            max_position_embeddings=config.sequence_length,
            hidden_size=shape.hidden,
            intermediate_size=4 * shape.hidden,
            num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads,
            attention_dropout=config.dropout,
            **common,
        )
    )


def load(name: str) -> Any:
    """Return the model in a folder, or on the hub where it can be reached; raise ConfigError in words."""
    with quietly(), in_words(name):
        return AutoModelForCausalLM.from_pretrained(name, attn_implementation="eager", dtype=torch.float32)


def vocabulary_of(name: str) -> tuple[int, int, int | None]:
    """Return a named model's vocabulary size, end-of-text token and longest input; raise ConfigError in words."""
    with quietly(), in_words(name):
        config: Any = AutoConfig.from_pretrained(name)
    eos = config.eos_token_id[0] if isinstance(config.eos_token_id, list) else config.eos_token_id
    return config.vocab_size, 0 if eos is None else eos, getattr(config, "max_position_embeddings", None)


@contextlib.contextmanager
def in_words(name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        where = "the folder holds no causal language model that transformers can read"
        if not Path(name).is_dir():
            where = "it is no folder here, and the hub does not give it (or cannot be reached)"
        first_line = str(error).strip().partition("\n")[0]
        raise ConfigError(f"The model {name} cannot be loaded: {where}. {first_line}") from error


def save(model: Any, folder: Path) -> None:
    with quietly():
        model.save_pretrained(folder)


def obtain(source: ModelShape | str, config: Config, vocab_size: int, eos: int) -> Any:
    """Return the model that a setting names, built from its shape or loaded; new weights depend on the seed alone."""
    torch.manual_seed(config.seed)
    return load(source) if isinstance(source, str) else build(source, config, vocab_size, eos)


def freeze(model: Any) -> Any:
    return model.eval().requires_grad_(requires_grad=False)


def parameters_in(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def choose_device(name: str) -> torch.device:
    """Return the device of a name (auto: CUDA where there is one); raise ConfigError if it is not there."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise ConfigError("This torch sees no CUDA device; leave --device out or give cpu.")
    try:
        return torch.device(name)
    except RuntimeError as error:
        raise ConfigError(f"{name} is no device that torch knows; give cpu, cuda or cuda:N.") from error


def choose_threads(wanted: int | None) -> None:
    """Set torch's threads: by default half of the cores, for the service and the browser live here too."""
    torch.set_num_threads(wanted or max(1, (os.cpu_count() or 1) // 2))


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Keep transformers' bars and hints off a terminal that tells its own story."""
    log: Any = transformers_logging  # its functions carry no types
    before = log.get_verbosity()
    log.set_verbosity_error()
    log.disable_progress_bar()
    try:
        yield
    finally:
        log.set_verbosity(before)
        log.enable_progress_bar()

"""A checkpoint: everything that the next update depends on, written whole or not at all."""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from lineside_trainer.config import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from torch.optim import Optimizer

    from lineside_trainer.models import Trainee

FILE = "checkpoint.pt"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state after `update` updates.

    Learning rate, temperature and the place in the data are functions of the update and the config,
    and checkpoints fall between updates, so no schedule, sampler or half-summed gradient is kept.
    """

    config: dict[str, Any]
    run_id: str
    data: str  # fingerprint of the training sequences
    update: int
    trainee: dict[str, Any]  # the model and its projections
    optimizer: dict[str, Any]
    random_cpu: torch.Tensor
    random_cuda: list[torch.Tensor]

    def restore(self, trainee: Trainee, optimizer: Optimizer) -> None:
        """Put the state back where it was, the generators of random numbers included."""
        trainee.load_state_dict(self.trainee)
        optimizer.load_state_dict(self.optimizer)
        torch.set_rng_state(self.random_cpu)
        if self.random_cuda and torch.cuda.is_available():
            torch.cuda.set_rng_state_all(self.random_cuda)

    def save(self, folder: Path) -> Path:
        """Write to a file beside and rename it: a crash leaves the old checkpoint or the new one."""
        folder.mkdir(parents=True, exist_ok=True)
        path, beside = folder / FILE, folder / f"{FILE}.{os.getpid()}"
        with beside.open("wb") as file:
            # A shallow dict: asdict would copy every tensor.
            torch.save({name: getattr(self, name) for name in self.__dataclass_fields__}, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        return path


def load(folder: Path) -> Checkpoint:
    """Return the checkpoint in a folder; raise ConfigError in words."""
    path = folder / FILE
    try:
        return Checkpoint(**torch.load(path, map_location="cpu", weights_only=True))
    except FileNotFoundError as error:
        raise ConfigError(f"There is no checkpoint to resume: {path} does not exist.") from error
    except (RuntimeError, TypeError, EOFError, pickle.UnpicklingError) as error:
        raise ConfigError(f"The checkpoint {path} cannot be read: {str(error).partition(chr(10))[0]}") from error

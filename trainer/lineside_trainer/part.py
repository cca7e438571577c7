"""One training in a session: what tells the teacher's from the student's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from lineside_trainer.checkpoint import Checkpoint
    from lineside_trainer.config import Config
    from lineside_trainer.data import Corpus
    from lineside_trainer.losses import Objective


@dataclass(frozen=True, slots=True)
class Part:
    """A training to be done, in the settings that are its own."""

    name: str  # teacher or student
    config: Config
    objective: Objective
    corpus: Corpus
    folder: Path | None  # for checkpoint and model; None: in the cache, under the run's id
    start: Checkpoint | None

"""The terminal: what the trainer says there, and what goes to the run's log as well."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lineside_trainer.recorder import Recorder


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def tell(run: Recorder, text: str, level: str = "info") -> None:
    """Say it here, and on the run's page."""
    say(f"  {text}")
    run.print_line(text, level=level)

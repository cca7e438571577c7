"""Steps for points that were logged without one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from lineside_server.core.events import NO_STEP, Columns

LAST_STEP: Final = 2**63 - 1


def with_steps(last: int | None, columns: Sequence[Columns]) -> list[Columns]:
    """A point logged without a step gets the last step + 1, counting those before it in the same batch."""
    if not any((block.steps == NO_STEP).any() for block in columns):
        return list(columns)
    filled: list[Columns] = []
    reached = -1 if last is None else last
    for block in columns:
        steps = block.steps.tolist()
        for place, step in enumerate(steps):
            reached = min(reached + 1, LAST_STEP) if step == NO_STEP else max(reached, step)
            steps[place] = reached if step == NO_STEP else step
        filled.append(replace(block, steps=np.array(steps, np.int64)))
    return filled

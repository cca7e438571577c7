"""The nouns of what a trainer says are frozen."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from lineside_server.core.events import Batch, Columns, Event


def test_points_are_steps_times_series() -> None:
    columns = Columns(np.arange(3), np.arange(3.0), {"a": np.zeros(3), "b": np.zeros(3)})
    assert columns.points == 6


def test_a_batch_cannot_be_changed() -> None:
    batch = Batch("w", 1, (), (Event("note", 1, 0.0, {"text": "x"}),), (), 1)
    with pytest.raises(FrozenInstanceError):
        batch.seq = 2  # type: ignore[misc]  # that is the point

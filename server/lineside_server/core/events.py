"""What a trainer says, from an accepted batch to what a commit made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from lineside_server.core.findings import Alert
from lineside_server.core.runs import Run

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

# Marks a point that was logged without a step: it gets the run's last step + 1 when it is stored.
NO_STEP: Final = -1


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Points of several series at the same n steps: `values` holds (n,) arrays without missing entries; NaN is a value.

    `index` is the place of its (first) event in the batch, for naming refusals.
    """

    steps: I64
    times: F64
    values: Mapping[str, F64]
    index: int = 0

    @property
    def points(self) -> int:
        return len(self.steps) * len(self.values)


@dataclass(frozen=True, slots=True)
class Event:
    """Anything that is not metrics; `ts` is filled, `body` holds the fields beside type, step and ts.

    `index` is its place in the batch, for naming a refusal.
    """

    type: str
    step: int | None
    ts: float
    body: Mapping[str, Any]
    index: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class StoredEvent:
    id: int
    type: str
    step: int | None
    ts: float
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rejection:
    index: int
    key: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """One accepted request; `told_at` is the latest time that the trainer itself wrote on anything in it."""

    writer: str
    seq: int
    columns: tuple[Columns, ...]
    events: tuple[Event, ...]
    rejected: tuple[Rejection, ...]
    accepted: int
    told_at: float | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """A batch as stored: steps filled, events numbered; a duplicate holds no data."""

    cursor: int
    duplicate: bool
    accepted: int
    run: Run
    attempt: int
    columns: tuple[Columns, ...]
    events: tuple[StoredEvent, ...]
    commands: tuple[str, ...]
    rejected: tuple[Rejection, ...]
    writer: str = ""
    seq: int = 0


ChangeKind = Literal["batch", "run", "opened", "deleted", "judged"]


@dataclass(frozen=True, slots=True)
class Change:
    """One committed change of a run, told to listeners in the order of commit; `alerts` are as they are now."""

    run_id: str
    cursor: int
    kind: ChangeKind
    run: Run
    applied: Applied | None = None
    alerts: tuple[Alert, ...] = ()

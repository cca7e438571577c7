"""A series as it is asked for and answered."""

from dataclasses import dataclass
from typing import Literal

from lineside_server.core.events import F64, I64
from lineside_server.core.runs import Run

NonfiniteKind = Literal["nan", "inf", "-inf"]
Axis = Literal["step", "time"]


@dataclass(frozen=True, slots=True)
class SeriesQuery:
    """`keys` None means every key; both step bounds are inclusive; `attempt` None means the run as it is seen now."""

    keys: tuple[str, ...] | None = None
    from_step: int | None = None
    to_step: int | None = None
    points: int = 1000
    axis: Axis = "step"
    attempt: int | None = None


@dataclass(frozen=True, slots=True)
class NonfiniteRun:
    """Neighbouring points of one kind."""

    step: int
    last_step: int
    kind: NonfiniteKind
    count: int


@dataclass(frozen=True, slots=True)
class Damage:
    """Stored points that could not be read back: their checksum is wrong."""

    attempt: int
    first_step: int
    last_step: int
    points: int


@dataclass(frozen=True, slots=True, eq=False)
class SeriesView:
    """A series, thinned when `count` exceeds the points asked for.

    Unthinned: every point as logged, and min = max = value. Thinned: one entry a bucket: step and ts of its first
    point, `value` its last finite one (NaN if it has none), min and max over its finite points.
    """

    count: int
    thinned: bool
    step: I64
    ts: F64
    value: F64
    min: F64
    max: F64
    nonfinite: tuple[NonfiniteRun, ...]
    last: tuple[int, float, float] | None  # step, ts, value of the last point, finite or not
    corrected: int = 0  # points that a later one at the same step replaced
    damaged: tuple[Damage, ...] = ()


@dataclass(frozen=True, slots=True)
class SeriesPage:
    """Several series as of `cursor`, read in one transaction; `damaged` names unsealed batches that are unreadable."""

    cursor: int
    series: dict[str, SeriesView]
    run: Run
    damaged: tuple[Damage, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Consecutive points of one series, in step order."""

    key: str
    steps: I64
    times: F64
    values: F64


@dataclass(frozen=True, slots=True)
class Summary:
    """A whole series in figures: min and max over its finite points, `last` as logged."""

    last: float
    last_step: int
    min: float | None
    max: float | None
    count: int
    nonfinite: int

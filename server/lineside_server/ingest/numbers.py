"""Numbers as the wire has them, one by one or a column at once."""

import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lineside_server.core.events import F64, I64, NO_STEP

Mask = NDArray[np.bool_]
STEPS: Final = 2**63
NAMED: Final = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_PLAIN: Final = ({float}, {int}, {float, int})


class RefusedError(Exception):
    """Why one event or value is refused."""


class Column(NamedTuple):
    """`values` (n,); `kept` tells which entries are there, None: all; `fault` names the first that was refused."""

    values: F64
    kept: Mask | None = None
    fault: str | None = None


def value_of(raw: object) -> float:
    """A logged value: a number, or a non-finite one by name."""
    if type(raw) is float:
        return raw
    if type(raw) is int:
        try:
            return float(raw)
        except OverflowError:
            raise RefusedError("the number is beyond a double") from None
    if isinstance(raw, str) and raw in NAMED:
        return NAMED[raw]
    raise RefusedError(f"{_shown(raw)} is not a number")


def step_of(raw: object) -> int:
    """A step; a float that is a whole number is one too."""
    if type(raw) is float and raw.is_integer():
        raw = int(raw)
    if type(raw) is int and 0 <= raw < STEPS:
        return raw
    raise RefusedError(f"{_shown(raw)} is not a step: steps are whole numbers from 0 to 2^63 - 1")


def time_of(raw: object) -> float:
    if type(raw) in {int, float} and math.isfinite(value := value_of(raw)):
        return value
    raise RefusedError(f"{_shown(raw)} is not a time: times are Unix seconds")


def column_of(raw: object, n: int) -> Column:
    """A column of values for n steps. RefusedError when it has another length, or is no column at all."""
    if isinstance(raw, bytes):
        return Column(_packed(raw, "<f8", n))
    entries = _entries(raw, n)
    if set(map(type, entries)) in _PLAIN:
        try:
            return Column(np.array(entries, np.float64))
        except OverflowError:
            pass
    return _one_by_one(entries)


def steps_of(raw: object) -> tuple[I64, Mask | None, str | None]:
    """Steps, NO_STEP where there is none; which are steps at all, None: all; and what is wrong with the first other."""
    if isinstance(raw, bytes):
        steps: I64 = _packed(raw, "<i8", len(raw) // 8)
    else:
        entries = _entries(raw, None)
        if set(map(type, entries)) != {int}:
            return _steps_one_by_one(entries)
        try:
            steps = np.array(entries, np.int64)
        except OverflowError:
            return _steps_one_by_one(entries)
    if len(steps) and steps.min() < 0:
        return steps, steps >= 0, f"{steps.min()} is not a step: steps are whole numbers from 0 to 2^63 - 1"
    return steps, None, None


def times_of(raw: object, n: int, received_at: float) -> tuple[F64, float | None]:
    """Times, the time of receipt where there is none, and the latest that was told. RefusedError as `column_of`."""
    column = column_of(raw, n)
    if column.fault is not None:
        raise RefusedError(column.fault)
    told = column.values if column.kept is None else column.values[column.kept]
    if not np.isfinite(told).all():
        raise RefusedError("times must be finite")
    times = column.values if column.kept is None else np.where(column.kept, column.values, received_at)
    return times, float(told.max()) if len(told) else None


def _entries(raw: object, n: int | None) -> Sequence[Any]:
    if not isinstance(raw, list):
        raise RefusedError("it is not a list")
    if n is not None and len(raw) != n:
        raise RefusedError(f"it has {len(raw)} entries for {n} steps")
    return raw


def _packed(raw: bytes, dtype: str, n: int) -> NDArray[Any]:
    if len(raw) != 8 * n:
        raise RefusedError(f"it has {len(raw)} bytes, {n} steps take {8 * n}")
    return np.frombuffer(raw, dtype)


def _one_by_one(entries: Sequence[Any]) -> Column:
    values = np.full(len(entries), np.nan)
    kept = np.zeros(len(entries), np.bool_)
    fault = None
    for place, entry in enumerate(entries):
        if entry is None:
            continue
        try:
            values[place] = value_of(entry)
            kept[place] = True
        except RefusedError as error:
            fault = fault or f"{error} (entry {place})"
    return Column(values, None if kept.all() else kept, fault)


def _steps_one_by_one(entries: Sequence[Any]) -> tuple[I64, Mask | None, str | None]:
    steps = np.full(len(entries), NO_STEP, np.int64)
    kept = np.ones(len(entries), np.bool_)
    fault = None
    for place, entry in enumerate(entries):
        try:
            steps[place] = NO_STEP if entry is None else step_of(entry)
        except RefusedError as error:
            kept[place] = False
            fault = fault or f"{error} (entry {place})"
    return steps, None if kept.all() else kept, fault


def _shown(raw: object) -> str:
    text = repr(raw) if isinstance(raw, str | int | float | bool | None) else type(raw).__name__
    return text if len(text) <= 40 else text[:37] + "..."

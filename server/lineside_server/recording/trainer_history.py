"""The log history of the Hugging Face trainer as points under our keys."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

import numpy as np

from lineside_server.errors import BadInput
from lineside_server.ingest.words import key_fault, named
from lineside_server.recording.cells import Printed, number
from lineside_server.recording.mapping import ColumnMap
from lineside_server.recording.trainer_keys import OURS, is_summary, key_of, prefixes_of

STEPS: Final = 2**63


class Number(float):
    """A number of the file with the text that it was printed as."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        read = super().__new__(cls, text)
        read.text = text
        return read


@dataclass(slots=True)
class History:
    """The log history as points: (step, values) in the order of the file, and what else its rows say."""

    points: list[tuple[int, dict[str, float | str]]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    cells: dict[str, list[tuple[str, float]]] = field(default_factory=dict)  # as printed, and as read, by key
    left_out: set[str] = field(default_factory=set)
    rows_left_out: int = 0
    evals: list[int] = field(default_factory=list)  # the steps at which an eval was logged

    def printed(self, key: str) -> dict[str, Any] | None:
        """Return how the figures of a series were printed, as `Printed` tells it."""
        cells, values = zip(*self.cells[key], strict=True)
        printed = Printed()
        printed.take(cells, np.array(values))
        return printed.told()


def parse_state(text: str) -> Any:
    """Read JSON as the trainer writes it, bare NaN and Infinity included. ValueError or RecursionError otherwise."""
    return json.loads(text, parse_float=Number)


def history_of(rows: Sequence[Any], mapping: ColumnMap) -> History:
    """Read the log history row by row; what cannot be read is counted."""
    history = History()
    step, said = 0, None
    for row in rows:
        told = row.get("step", step) if isinstance(row, dict) else None
        if not isinstance(told, (int, float)) or not (0 <= told < STEPS and float(told).is_integer()):
            history.rows_left_out += 1
            continue
        step = int(told)
        if is_summary(row):
            history.summary |= {name: scalar(value) for name, value in row.items() if name not in ("step", "epoch")}
            continue
        values = _values(row, history, mapping)
        if "epoch" in values and said == (said := (step, values["epoch"])):
            del values["epoch"]  # the row before said it of the same step
        if any(key.startswith("eval/") for key in values):
            history.evals.append(step)
        if values:
            history.points.append((step, values))
    return history


def _values(row: Mapping[str, Any], history: History, mapping: ColumnMap) -> dict[str, float | str]:
    prefixes = prefixes_of(row)
    values: dict[str, float | str] = {}
    for name, told in row.items():
        if name == "step" or name in mapping.dropped:
            continue
        value = figure(told)
        key = mapping.keys.get(name) or (name if OURS.get(name) in row else key_of(name, prefixes))
        if key in values and name in mapping.keys:
            raise BadInput(f"Two figures would be {key}.")
        key = name if key in values else key
        if value is None or key_fault(key) is not None:
            if told is not None:
                history.left_out.add(name)
            continue
        values[key] = value if math.isfinite(value) else named(value)
        history.cells.setdefault(key, []).append((told.text if isinstance(told, Number) else str(told), value))
    return values


def figure(told: object) -> float | None:
    """Return a number, also one in words such as NaN, or None for anything else."""
    if isinstance(told, str):
        try:
            return number(told)
        except ValueError:
            return None
    if isinstance(told, bool) or not isinstance(told, (int, float)):
        return None
    try:
        return float(told)
    except OverflowError:
        return None


def scalar(told: object) -> Any:
    """Return a scalar as JSON has it, None for anything else."""
    match told:
        case bool():
            return told
        case float():
            return float(told) if math.isfinite(told) else named(told)
        case int():
            return told if abs(told) < STEPS else str(told)
        case str():
            return told.encode(errors="replace").decode()
    return None

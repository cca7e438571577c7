"""How a table is read as a run: which column is the step, the time, a series, or said once and for all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from lineside_server.core.intent import Intent
from lineside_server.core.roles import role_of
from lineside_server.errors import BadInput
from lineside_server.ingest.words import key_fault
from lineside_server.recording.columns import (
    ELAPSED,
    OF_WANDB,
    STEPS,
    TOTAL_STEPS,
    UPDATES,
    WALLS,
    is_epoch,
    words,
)
from lineside_server.recording.mapping import ColumnMap
from lineside_server.recording.survey import Column, Survey
from lineside_server.recording.times import Clock, elapsed_clock, no_clock, wall_clock

MOST_NAMED: Final = 10


@dataclass(frozen=True, slots=True)
class Series:
    place: int
    comma: bool
    blank_is_nan: bool
    said_once: bool  # an epoch is said anew with every row of a step; once is enough


@dataclass(slots=True)
class Plan:
    """`step` is None where rows are counted instead; `notes` are sentences on what was guessed or left out."""

    clock: Clock
    step: Column | None = None
    total_steps: int | None = None
    series: dict[str, Series] = field(default_factory=dict)  # by key
    constants: dict[str, Any] = field(default_factory=dict)
    printed: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def plan_of(survey: Survey, mapping: ColumnMap, end: float) -> Plan:
    """Decide on every column; `end` is the Unix time at which the file was last written.

    BadInput where the mapping asks for what the columns do not hold, or no column holds numbers.
    """
    columns = {column.name: column for column in survey.columns}
    mapping.check(columns)
    plan = Plan(no_clock(end))
    taken = set(mapping.dropped)
    _choose_step(plan, columns, mapping)
    taken |= _choose_clock(plan, columns, mapping, end) | _choose_total(plan, columns, mapping)
    if plan.step is not None and not is_epoch(plan.step.name):
        taken.add(plan.step.name)
    if plan.step is not None:
        taken |= {name for name in columns if words(name) in OF_WANDB}
    wordy: list[str] = []
    for column in survey.columns:
        if column.name in taken and column.name not in mapping.keys | dict.fromkeys(mapping.blank_is_nan):
            continue
        if column.is_series or (column.name in mapping.blank_is_nan and not column.words):
            _add_series(plan, column, mapping)
        elif column.filled and column.constant:
            plan.constants[column.name] = column.text
        elif column.filled:
            wordy.append(column.name)
    _tell(plan, survey, wordy)
    return plan


def steps_are(plan: Plan) -> str:
    """Return what a step of the run is: a step as the table has it, an epoch or a row."""
    if plan.step is None:
        return "row"
    return "epoch" if is_epoch(plan.step.name) else "step"


def intent_of(plan: Plan) -> dict[str, Any]:
    """Return what the columns themselves declare."""
    intent: dict[str, Any] = {} if plan.total_steps is None else {"total_steps": plan.total_steps}
    if plan.step is not None and words(plan.step.name) in UPDATES:
        intent["step_unit"] = "update"
    return intent


def _choose_step(plan: Plan, columns: dict[str, Column], mapping: ColumnMap) -> None:
    told = mapping.parts.get("step")
    if told is not None:
        if not columns[told].is_steps:
            raise BadInput(f"The column {told} cannot be the step: steps are whole numbers from 0 on, in most rows.")
        plan.step = columns[told]
        return
    fit = [column for column in columns.values() if words(column.name) in STEPS and column.is_steps]
    fit = [column for column in fit if not is_epoch(column.name) or not (column.falls or column.repeats)]
    fit = [column for column in fit if column.name not in mapping.dropped and column.name not in mapping.keys]
    fit.sort(key=lambda column: (column.falls * 20 > column.numbers, STEPS.index(words(column.name))))
    plan.step = fit[0] if fit else None


def _choose_clock(plan: Plan, columns: dict[str, Column], mapping: ColumnMap, end: float) -> set[str]:
    """Set the clock; return the columns that are no series because they tell the time."""
    if (told := mapping.parts.get("time")) is not None:
        clock = wall_clock(columns[told])
        if clock is None:
            raise BadInput(f"The column {told} cannot be the time: it holds neither Unix times nor dates in ISO 8601.")
    elif (told := mapping.parts.get("elapsed")) is not None:
        clock = elapsed_clock(columns[told], end, told=True)
        if clock is None:
            raise BadInput(f"The column {told} cannot be the time since the start: it holds no seconds.")
    else:
        free = [column for name, column in columns.items() if name not in mapping.columns]
        walls = [(column.name, wall_clock(column)) for column in free if words(column.name) in WALLS]
        spans = [(column.name, elapsed_clock(column, end)) for column in free if words(column.name) in ELAPSED]
        told, clock = next(((name, clock) for name, clock in walls + spans if clock is not None), ("", None))
    if clock is None:
        return set()
    plan.clock = clock
    return {told}


def _choose_total(plan: Plan, columns: dict[str, Column], mapping: ColumnMap) -> set[str]:
    told = mapping.parts.get("total_steps")
    last = 1.0 if plan.step is None else plan.step.most
    for name, column in columns.items():
        named = name == told if told is not None else words(name) in TOTAL_STEPS and name not in mapping.columns
        if named and column.is_steps and column.least == column.most >= max(last, 2):
            plan.total_steps = int(column.most)
            return {name}
    if told is not None:
        raise BadInput(f"The column {told} cannot be the length of the run: it holds no one number beyond every step.")
    return set()


def _add_series(plan: Plan, column: Column, mapping: ColumnMap) -> None:
    key = mapping.keys.get(column.name, column.name)
    if (fault := key_fault(key)) is not None:
        plan.notes.append(f"The column {key[:40]!r} cannot be a series and is left out: {fault}.")
        return
    if key in plan.series:
        raise BadInput(f"Two columns would be {key}.")
    role = role_of(key, Intent())
    plan.series[key] = Series(column.place, column.comma, column.name in mapping.blank_is_nan, role == "epoch")
    if role is not None and (printed := column.printed.told()) is not None:
        plan.printed[key] = printed
    if column.words:
        plan.notes.append(
            f"{column.words} cells of {column.name} are no numbers and are left out, such as {column.word!r}."
        )


def _tell(plan: Plan, survey: Survey, wordy: Sequence[str]) -> None:
    """Say what was guessed and what was left out."""
    if plan.step is None:
        plan.notes.insert(0, "No column tells the step: the rows are counted, from 1.")
    elif is_epoch(plan.step.name):
        plan.notes.insert(0, f"No column tells the step: {plan.step.name} stands in for it.")
    if plan.step is not None and plan.step.falls:
        plan.notes.append(f"The step goes back {plan.step.falls} times; the rows are taken in order of their steps.")
    if plan.clock.kind == "none":
        plan.notes.append("No column tells the time: all points bear the time of the file, and no pace is known.")
    if wordy:
        more = f" and {len(wordy) - MOST_NAMED} more" if len(wordy) > MOST_NAMED else ""
        plan.notes.append(f"Left out, because they hold words: {', '.join(wordy[:MOST_NAMED])}{more}.")
    tally = survey.tally
    if tally.overlong:
        plan.notes.append(f"{tally.overlong} rows have more cells than there are columns and are left out.")
    if tally.headers:
        plan.notes.append(
            f"The names of the columns stand {tally.headers} more times among the rows: several logs in one."
        )
    if tally.cut:
        plan.notes.append("The last row is cut off and left out.")

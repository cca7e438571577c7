"""Tables: CSV and its like, one row for each step or part of one, as W&B, Lightning, Keras and many scripts write."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import msgspec

from lineside_server.ingest.words import named
from lineside_server.recording.cells import number
from lineside_server.recording.keys import told_roles
from lineside_server.recording.layout import Layout, Tally, layout_of, rows_of
from lineside_server.recording.mapping import ColumnMap
from lineside_server.recording.model import Recording, finish, no_run
from lineside_server.recording.naming import run_name
from lineside_server.recording.plan import Plan, intent_of, plan_of, steps_are
from lineside_server.recording.source import digest_of
from lineside_server.recording.survey import survey_of

_encode: Final = msgspec.json.Encoder().encode


def read_table(path: Path, head: str, mapping: ColumnMap) -> Recording:
    """Read a table as a run; `head` is its beginning. BadInput says why it cannot be one."""
    layout = layout_of(path, head)
    survey = survey_of(layout)
    plan = plan_of(survey, mapping, path.stat().st_mtime)
    if not plan.series:
        raise no_run(path, "no column of it holds numbers")
    if len(layout.raw) == 1 and survey.columns[0].words:
        raise no_run(path, "it is neither ndjson, nor a trainer state, nor a table")
    start = _start(path, layout, plan)
    return Recording(path, digest_of(path, mapping.salt), start, lambda: _lines(layout, plan), tuple(plan.notes))


def _start(path: Path, layout: Layout, plan: Plan) -> dict[str, Any]:
    roles, notes = told_roles(plan.series)
    plan.notes.extend(notes)
    if len(layout.runs) > 1:
        plan.notes.append(f"{len(layout.runs)} runs of W&B stand side by side; each wants a table of its own.")
    config = {
        **plan.constants,
        "_read_as": "table",
        "_steps": steps_are(plan),
        "_clock": plan.clock.kind,
        "_printed": plan.printed,
        "_notes": plan.notes,
    }
    return {
        "type": "start",
        "name": layout.runs[0] if len(layout.runs) == 1 else run_name(path),
        "config": config,
        "intent": intent_of(plan) | ({"roles": roles} if roles else {}),
        "ts": plan.clock.now,
    }


def _lines(layout: Layout, plan: Plan) -> Iterator[bytes]:
    clock = replace(plan.clock)  # it goes on from row to row
    said: dict[str, tuple[int, float | str]] = {}
    rows = _rows(layout, plan)
    if plan.step is not None and plan.step.falls:  # excerpts, or runs one behind the other: the service sorts as well
        rows = iter(sorted(rows, key=lambda one: one[0]))
    for step, row in rows:
        ts = clock.at(row)
        values = {}
        for key, series in plan.series.items():
            value = _value(row[series.place], comma=series.comma, blank_is_nan=series.blank_is_nan)
            if value is None or (series.said_once and said.get(key) == (step, value)):
                continue
            values[key] = value
            if series.said_once:
                said[key] = (step, value)
        if values:
            yield _encode({"type": "metrics", "step": step, "ts": ts, "values": values})
    yield finish(clock.now)


def _rows(layout: Layout, plan: Plan) -> Iterator[tuple[int, list[str]]]:
    """Return the rows that have a step, or stand behind one that has."""
    step: int | None = None
    for place, row in enumerate(rows_of(layout, Tally()), start=1):
        step = place if plan.step is None else _step(row[plan.step.place], step)
        if step is not None:
            yield step, row


def _step(cell: str, before: int | None) -> int | None:
    """Return the step of a row; one without belongs to the step before it."""
    try:
        return int(cell)
    except ValueError:
        told = number(cell)
        return before if told is None else int(told)


def _value(cell: str, *, comma: bool, blank_is_nan: bool) -> float | str | None:
    try:
        value = number(cell, comma=comma)
    except ValueError:
        return None
    if value is None:
        return "nan" if blank_is_nan else None
    return value if abs(value) < float("inf") else named(value)

"""The life of an alert: inactive, pending, firing, resolved, on the clock of the data alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from lineside_server.core.findings import Finding, Level
from lineside_server.rules.model import Hold, Reading

Phase = Literal["inactive", "pending", "firing"]
Kind = Literal["fired", "raised", "refreshed", "resolved"]


@dataclass(slots=True)
class Case:
    """One rule and subject: where it stands, and since when; `points` counts those of the present stretch."""

    phase: Phase = "inactive"
    level: int = 0
    since_step: int = 0
    since_time: float = 0.0
    points: int = 0
    clear_step: int = 0
    clear_time: float = 0.0
    clear_points: int = 0  # 0: the newest point is a breach
    opened_step: int = 0
    last_step: int = 0


@dataclass(frozen=True, slots=True)
class Transition:
    """What became of a case at a step; `finding` is of that moment, None for one that is resolved."""

    rule: str
    subject: str
    kind: Kind
    step: int
    time: float
    level: Level
    opened_step: int
    last_step: int
    finding: Finding | None = None
    reason: str | None = None


def advance(rule: str, case: Case, reading: Reading, hold: Hold) -> Iterator[Transition]:
    """Carry a case over the points of a reading; the finding of a case that fires is refreshed at its last breach."""
    if len(reading.steps) == 0 or (case.phase == "inactive" and not reading.levels.any()):
        return
    told, newest = True, 0
    breach = reading.levels > 0
    edges = [0, *(np.flatnonzero(np.diff(breach)) + 1).tolist(), len(breach)]
    for begin, end in pairwise(edges):
        if breach[begin]:
            for transition in _breach(rule, case, reading, hold, (begin, end)):
                yield transition
            newest, case.clear_points = end - 1, 0
            told = case.phase != "firing" or case.last_step == reading.steps[newest]
            case.last_step = int(reading.steps[newest]) if case.phase == "firing" else case.last_step
            continue
        for transition in _clear(rule, case, reading, hold, (begin, end)):
            if not told:
                yield _told(rule, case, reading, newest, "refreshed")
                told = True
            yield transition
    if not told:
        yield _told(rule, case, reading, newest, "refreshed")


def _breach(rule: str, case: Case, reading: Reading, hold: Hold, span: tuple[int, int]) -> Iterator[Transition]:
    begin, end = span
    if case.phase == "inactive":
        case.phase, case.points = "pending", 0
        case.since_step, case.since_time = int(reading.steps[begin]), float(reading.times[begin])
        case.level = 0
    at = begin
    if case.phase == "pending":
        at = _reached(reading, span, (case.points, case.since_step, case.since_time), hold)
        case.points += end - begin
        if at >= end:
            case.level = max(case.level, int(reading.levels[begin:end].max()))
            return
        case.phase, case.opened_step = "firing", int(reading.steps[at])
        case.level = max(case.level, int(reading.levels[begin : at + 1].max()))
        case.last_step = case.opened_step
        yield _told(rule, case, reading, at, "fired")
    worse = np.flatnonzero(reading.levels[at:end] > case.level)
    while worse.size:
        at += int(worse[0])
        case.level, case.last_step = int(reading.levels[at]), int(reading.steps[at])
        yield _told(rule, case, reading, at, "raised")
        worse = np.flatnonzero(reading.levels[at:end] > case.level)


def _clear(rule: str, case: Case, reading: Reading, hold: Hold, span: tuple[int, int]) -> Iterator[Transition]:
    begin, end = span
    if case.phase == "pending":
        case.phase, case.level = "inactive", 0
    if case.phase == "inactive":
        return
    if case.clear_points == 0:
        case.clear_step, case.clear_time = int(reading.steps[begin]), float(reading.times[begin])
    keep = Hold(hold.keep_points, hold.keep_steps, hold.keep_seconds)
    at = _reached(reading, span, (case.clear_points, case.clear_step, case.clear_time), keep)
    case.clear_points += end - begin
    if at >= end:
        return
    step, time = int(reading.steps[at]), float(reading.times[at])
    yield Transition(rule, reading.subject, "resolved", step, time, Level(case.level), case.opened_step, case.last_step)
    case.phase, case.level, case.clear_points = "inactive", 0, 0


def _reached(reading: Reading, span: tuple[int, int], since: tuple[int, int, float], hold: Hold) -> int:
    """Return the first place in the span at which all that the hold asks has passed, or the end."""
    begin, end = span
    points, step, time = since
    first = begin + max(0, hold.points - points - 1)
    if first >= end:
        return end
    due = np.ones(end - first, np.bool_)
    if hold.steps:
        due &= reading.steps[first:end] - step >= hold.steps
    if hold.seconds:
        due &= reading.times[first:end] - time >= hold.seconds
    found = np.flatnonzero(due)
    return first + int(found[0]) if found.size else end


def _told(rule: str, case: Case, reading: Reading, at: int, kind: Kind) -> Transition:
    step, time = int(reading.steps[at]), float(reading.times[at])
    level = Level(case.level)
    return Transition(
        rule, reading.subject, kind, step, time, level, case.opened_step, case.last_step, reading.tell(at)
    )

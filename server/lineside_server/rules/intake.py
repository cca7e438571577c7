"""The watermark: what came in, in whatever batches, becomes stretches of whole steps in one order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from lineside_server.core.events import I64, Columns, StoredEvent
from lineside_server.rules.tape import Points

GAP_S: Final = 30.0  # how long a missing batch, or a slower writer, is waited for
IDLE_S: Final = 10.0  # after so long without a word the newest step is judged as it stands


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """One stored batch of a writer, and when the server got it."""

    writer: str
    seq: int
    columns: tuple[Columns, ...]
    events: tuple[StoredEvent, ...]
    at: float


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """An event and its place on the step axis: it counts once all points up to `step` have."""

    step: int
    event: StoredEvent


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """All that is known of the steps from one to another; `marks` are in order of their steps."""

    points: Mapping[str, Points]
    marks: tuple[Mark, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.points or self.marks)


@dataclass(slots=True)
class _Writer:
    due: int  # the seq that comes next
    reached: int = -1  # its newest step
    heard_at: float = 0.0
    logged_at: float | None = None  # when it last brought points
    finished: bool = False
    waiting: dict[int, Arrival] = field(default_factory=dict)


class Intake:
    """Takes arrivals in, gives stretches out.

    The points of a series count in the order in which its writer logged them: one below the newest of its own series
    is counted in `late` and not judged, one at the same step replaces it as long as that step is not complete.
    """

    def __init__(self, judged: Mapping[str, int] | None = None) -> None:
        self.newest: dict[str, int] = dict(judged or {})  # of each key, as taken in
        self.late = 0
        self._judged: dict[str, int] = dict(judged or {})  # the newest step of each key that was given out
        self._writers: dict[str, _Writer] = {}
        self._points: dict[str, list[Points]] = {}
        self._marks: list[Mark] = []
        self._heard_at = 0.0
        self._refilled: int | None = None  # the newest step that was read from the store

    @property
    def holds(self) -> int:
        """How many points wait to be complete."""
        return sum(len(part) for parts in self._points.values() for part in parts)

    def misses(self, now: float) -> bool:
        """Whether a batch is missing that may still come."""
        return any(writer.waiting and now - writer.heard_at < GAP_S for writer in self._writers.values())

    def expect(self, due: Mapping[str, int]) -> None:
        """Know writers from before, by the seq that is due next of each."""
        for name, seq in due.items():
            self._writers.setdefault(name, _Writer(seq))

    def take(self, arrival: Arrival, first_seq: int = 1) -> None:
        """Take a batch in; `first_seq` is what a writer that was not met before is expected to begin with."""
        self._heard_at = max(self._heard_at, arrival.at)
        writer = self._writers.get(arrival.writer)
        if writer is None:
            writer = self._writers[arrival.writer] = _Writer(min(first_seq, arrival.seq), heard_at=arrival.at)
        if arrival.seq < writer.due:
            self._pass(writer, arrival)  # it was waited for in vain: what is still new of it counts
            return
        writer.waiting[arrival.seq] = arrival
        self._drain(writer)

    def refill(self, stretch: Stretch, now: float) -> None:
        """Take in what was read from the store: series by series in order, behind all that was taken in before."""
        self._heard_at = max(self._heard_at, now)
        self._marks.extend(stretch.marks)
        for key, points in stretch.points.items():
            self._points.setdefault(key, []).append(points)
            self.newest[key] = int(points.steps[-1])
            self._refilled = max(self._refilled or 0, self.newest[key])

    def release(self, now: float, *, ended: bool = False) -> Stretch:
        """Return what is complete: the steps below the newest, or all where the run has ended or fell silent."""
        for writer in self._writers.values():
            if ended or now - writer.heard_at >= GAP_S:
                self._skip(writer)
        silent = ended or now - self._heard_at >= IDLE_S
        return self.complete(None if silent else self._front(now))

    def complete(self, front: int | None) -> Stretch:
        """Return all below a step, or all; what comes for it later is late."""
        return Stretch(self._cut_points(front), self._cut_marks(front))

    def _drain(self, writer: _Writer) -> None:
        while writer.due in writer.waiting:
            arrival = writer.waiting.pop(writer.due)
            writer.due += 1
            writer.heard_at = max(writer.heard_at, arrival.at)
            self._pass(writer, arrival)

    def _skip(self, writer: _Writer) -> None:
        """Give up waiting for what is missing."""
        while writer.waiting:
            writer.due = min(writer.waiting)
            self._drain(writer)

    def _pass(self, writer: _Writer, arrival: Arrival) -> None:
        parts: dict[str, list[Points]] = {}
        for event in arrival.events:
            self._marks.append(Mark(place_of(event, arrival.columns, writer.reached), event))
            writer.finished = writer.finished or event.type == "finish"
        for column in arrival.columns:
            for key, values in column.values.items():
                parts.setdefault(key, []).append(Points(column.steps, column.times, values))
            writer.reached = max(writer.reached, int(column.steps.max()))
            writer.logged_at = arrival.at
        for key, found in parts.items():
            self._take_points(key, _merged(found))

    def _take_points(self, key: str, points: Points) -> None:
        newest = max(self.newest.get(key, -1), self._judged.get(key, -1) + 1)
        steps = points.steps
        if steps[0] < newest or (steps[1:] < steps[:-1]).any():
            points = self._in_order(points, newest)
        if len(points):
            self._points.setdefault(key, []).append(points)
            self.newest[key] = int(points.steps[-1])

    def _in_order(self, points: Points, newest: int) -> Points:
        seen = np.maximum.accumulate(np.concatenate([[newest], points.steps]))[:-1]
        fit = points.steps >= seen
        self.late += int(len(fit) - np.count_nonzero(fit))
        return Points(points.steps[fit], points.times[fit], points.values[fit])

    def _front(self, now: float) -> int | None:
        """Return the first step that may still grow: the newest of the slowest writer that is at work."""
        working = [
            writer.reached
            for writer in self._writers.values()
            if writer.logged_at is not None and not writer.finished and now - writer.logged_at < GAP_S
        ]
        return min(working) if working else self._refilled

    def _cut_points(self, front: int | None) -> dict[str, Points]:
        ready: dict[str, Points] = {}
        rest: dict[str, list[Points]] = {}
        for key, parts in self._points.items():
            joined = _latest(parts)
            end = len(joined) if front is None else int(np.searchsorted(joined.steps, front))
            if end:
                ready[key] = joined[:end]
                self._judged[key] = int(joined.steps[end - 1])
            if end < len(joined):
                rest[key] = [joined[end:]]
        self._points = rest
        return ready

    def _cut_marks(self, front: int | None) -> tuple[Mark, ...]:
        due = [mark for mark in self._marks if front is None or mark.step < front]
        self._marks = [] if front is None else [mark for mark in self._marks if mark.step >= front]
        return tuple(sorted(due, key=lambda mark: mark.step))


def place_of(event: StoredEvent, parts: Iterable[Columns | Points], reached: int) -> int:
    """Return the step of an event, or the newest step that was logged before it; `reached` where none of these was."""
    if event.step is not None:
        return event.step
    earlier: list[I64] = [part.steps[part.times <= event.ts] for part in parts]
    return max([reached, *(int(steps.max()) for steps in earlier if steps.size)])


def _merged(parts: Sequence[Points]) -> Points:
    """Join the points of a series that lie in several columns of a batch: by step, and as they came at one step.

    A client gathers steps of equal keys into columns, so that a series may lie in two that interleave. What goes back
    within a column stays behind what it went back from.
    """
    if len(parts) == 1:
        return parts[0]
    reached = np.concatenate([np.maximum.accumulate(part.steps) for part in parts])
    order = np.argsort(reached, kind="stable")
    joined = [
        np.concatenate(arrays)[order] for arrays in zip(*((p.steps, p.times, p.values) for p in parts), strict=True)
    ]
    return Points(*joined)


def _latest(parts: Sequence[Points]) -> Points:
    """Join parts in step order; of points at one step the latest holds."""
    joined = parts[0]
    for part in parts[1:]:
        joined = joined.joined(part)
    last = np.concatenate([joined.steps[1:] > joined.steps[:-1], [True]])
    return joined if last.all() else Points(joined.steps[last], joined.times[last], joined.values[last])

"""A run made by hand, judged by one rule, in one piece and in random pieces: both must say the same."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from lineside_server.core.events import Columns, StoredEvent
from lineside_server.core.findings import Check
from lineside_server.rules.examine import Examiner
from lineside_server.rules.intake import Arrival, Intake
from lineside_server.rules.knowledge import facts_of, refine
from lineside_server.rules.machine import Transition
from lineside_server.rules.model import Rule
from lineside_server.rules.tape import Points, Tape

LONGEST_PIECE = 40


class Judged:
    """What a rule said of a run."""

    def __init__(self, examiner: Examiner, transitions: Sequence[Transition]) -> None:
        self.examiner = examiner
        self.all = list(transitions)
        self.transitions = [one for one in transitions if one.kind != "refreshed"]

    @property
    def fired(self) -> list[Transition]:
        return [one for one in self.transitions if one.kind == "fired"]

    @property
    def quiet(self) -> bool:
        return not self.fired

    def newest(self, subject: str | None = None) -> list[Transition]:
        """The newest word on each alert."""
        latest = {(t.subject, t.opened_step): t for t in self.all if t.finding is not None}
        return [one for one in latest.values() if subject in (None, one.subject)]

    @property
    def check(self) -> Check:
        (check,) = self.examiner.checks()
        return check

    def essence(self) -> list[tuple[Any, ...]]:
        return sorted(
            (t.step, t.subject, t.kind, int(t.level), t.opened_step, t.finding.title if t.finding else "")
            for t in self.transitions
        )


@dataclass
class Scenario:
    """`series` maps a key to (steps, values); `times` gives the time of a step in seconds."""

    series: Mapping[str, tuple[Sequence[int], Sequence[float]]]
    intent: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    events: Sequence[StoredEvent] = ()
    params: Any = None
    ended: bool = True
    times: Callable[[int], float] = lambda step: step * 0.5

    def examiner(self, rule: type[Rule]) -> Examiner:
        return Examiner([rule(self.params)], facts_of(self.config, self.intent), refine)

    def points(self, key: str) -> Points:
        steps, values = (np.asarray(part) for part in self.series[key])
        return Points(steps.astype(np.int64), np.array([self.times(int(s)) for s in steps]), values.astype(np.float64))

    def whole(self) -> Iterator[Arrival]:
        points = {key: self.points(key) for key in self.series}
        columns = tuple(Columns(one.steps, one.times, {key: one.values}) for key, one in points.items() if len(one))
        yield Arrival("w", 1, columns, tuple(self.events), at=0.0)

    def pieces(self) -> Iterator[Arrival]:
        pick, seq = random.Random(7), 1
        rows = sorted((int(step), key) for key, (steps, _) in self.series.items() for step in steps)
        at = {key: {int(step): place for place, step in enumerate(steps)} for key, (steps, _) in self.series.items()}
        events = sorted(self.events, key=lambda event: event.ts)
        while rows:
            size = pick.randint(1, LONGEST_PIECE)
            part, rows = rows[:size], rows[size:]
            due = [event for event in events if not rows or event.ts < self.times(rows[0][0])]
            events = events[len(due) :]
            columns = []
            for step, key in part:
                value = float(self.series[key][1][at[key][step]])
                columns.append(Columns(np.array([step]), np.array([self.times(step)]), {key: np.array([value])}))
            yield Arrival("w", seq, tuple(columns), tuple(due), at=0.0)
            seq += 1

    def restarted(self, before: Examiner, rule: type[Rule]) -> Examiner:
        """Another examiner as after a restart: saved state, and the past read again from the series."""
        saved, tape = before.save(), Tape()
        for key, (count, first_step, from_step, to_step) in saved["tracks"].items():
            points = self.points(key)
            low, first, high = np.searchsorted(points.steps, [from_step, first_step + 1, to_step + 1])
            tape.restore(key, count, points[: int(first)], points[int(low) : int(high)])
        examiner = self.examiner(rule)
        examiner.facts = before.facts
        examiner.load(saved, tape)
        return examiner


def play(scenario: Scenario, rule: type[Rule], arrivals: Sequence[Arrival], restart_at: int | None) -> Judged:
    examiner, intake = scenario.examiner(rule), Intake()
    said: list[Transition] = []
    for place, arrival in enumerate(arrivals):
        if place == restart_at:
            examiner = scenario.restarted(examiner, rule)
        intake.take(arrival)
        said += examiner.examine(intake.release(0.0))
    said += examiner.examine(intake.release(0.0, ended=scenario.ended), ended=scenario.ended)
    return Judged(examiner, said)


@pytest.fixture
def judge() -> Callable[..., Judged]:
    """Return `judge(RuleClass, {key: (steps, values)}, intent=, config=, events=, params=, ended=, times=)`.

    The run is judged whole, and again in pieces of 1 to 40 rows with a restart in the middle; the two must agree.
    """

    def run(rule: type[Rule], series: Any, **rest: Any) -> Judged:
        scenario = Scenario(series, **rest)
        whole = play(scenario, rule, list(scenario.whole()), None)
        pieces = list(scenario.pieces())
        again = play(scenario, rule, pieces, len(pieces) // 2)
        assert not whole.examiner.broken
        assert not again.examiner.broken
        assert again.essence() == whole.essence()
        assert again.check == whole.check
        return whole

    return run

"""Examining a run: the rules look at each stretch in turn, and what they say becomes transitions."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import numpy as np

from lineside_server.core.facts import Facts
from lineside_server.core.findings import Check
from lineside_server.rules.intake import Mark, Stretch
from lineside_server.rules.machine import Case, Transition, advance
from lineside_server.rules.model import Rule, Scene, Silence
from lineside_server.rules.tape import Points, Tape, Track

STEPS_AT_ONCE: Final = 4096  # points of a series a stretch: it bounds the memory of a look
log = logging.getLogger(__name__)
Refine = Callable[[Facts, Tape, Sequence[Mark]], Facts]


@dataclass(slots=True)
class Examiner:
    """The rules at work on one run. `refine` brings the facts up to date with each stretch, before the rules look."""

    rules: Sequence[Rule]
    facts: Facts
    refine: Refine
    tape: Tape = field(default_factory=Tape)
    cases: dict[str, dict[str, Case]] = field(default_factory=lambda: defaultdict(dict))
    broken: dict[str, str] = field(default_factory=dict)
    through: int = -1
    scene: Scene | None = None

    def examine(self, stretch: Stretch, *, ended: bool = False) -> list[Transition]:
        """Look at all of a stretch; how it was cut makes no difference to what comes out."""
        transitions: list[Transition] = []
        for part in _parts(stretch, self.tape.tracks):
            transitions += self._look(part, ended=False)
        if ended:
            transitions += self._look(Stretch({}), ended=True)
        return transitions

    def hear_silence(self, silence: Silence) -> list[Transition]:
        """Let the rules that judge silence say whether it lasts too long."""
        told: list[Transition] = []
        for rule in self.rules:
            reading = rule.overdue(silence) if rule.id not in self.broken else None
            if reading is not None:
                case = self.cases[rule.id].setdefault(reading.subject, Case())
                told += advance(rule.id, case, reading, reading.hold or rule.hold)
        return [transition for transition in told if transition.kind != "refreshed"]  # or each moment would be news

    def checks(self) -> list[Check]:
        """Say how each rule stands."""
        return [self._check(rule) for rule in self.rules]

    def forget(self, rule_id: str) -> None:
        """Know nothing of a rule: it begins afresh, or is gone."""
        self.cases.pop(rule_id, None)
        self.broken.pop(rule_id, None)

    def save(self) -> dict[str, Any]:
        """Return what cannot be rebuilt from the series, as plain values."""
        return {
            "rules": {rule.id: [rule.mark, rule.save()] for rule in self.rules},
            "cases": msgspec.to_builtins({rule: cases for rule, cases in self.cases.items() if cases}),
            "broken": self.broken,
            "through": self.through,
            "tracks": {key: _extent(track) for key, track in self.tape.tracks.items()},
        }

    def load(self, saved: Mapping[str, Any], tape: Tape) -> frozenset[str]:
        """Go on from what was saved; `tape` holds the past as it was then. Returns the ids of rules that changed."""
        for rule_id, cases in saved["cases"].items():
            self.cases[rule_id] = msgspec.convert(cases, dict[str, Case])
        self.broken, self.through, self.tape = dict(saved["broken"]), saved["through"], tape
        marks = {rule.id: rule.mark for rule in self.rules}
        changed = {rule_id for rule_id, (mark, _) in saved["rules"].items() if marks.get(rule_id) != mark}
        for rule_id in changed:
            self.forget(rule_id)
        for rule in self.rules:
            if rule.id in saved["rules"] and rule.id not in changed:
                rule.load(saved["rules"][rule.id][1])
        self.facts = self.refine(self.facts, tape, ())
        return frozenset(changed)

    def _look(self, part: Stretch, *, ended: bool) -> list[Transition]:
        watched = frozenset(self.facts.roles).union(*(rule.watches(self.facts) for rule in self.rules))
        begin = self.through + 1
        self.tape.add(part.points, watched)
        self.facts = self.refine(self.facts, self.tape, ())
        self.through = max([self.through, *(int(points.steps[-1]) for points in part.points.values())])
        self.scene = Scene(
            facts=self.facts,
            tracks=self.tape.tracks,
            from_step=begin,
            to_step=self.through,
            events=tuple(mark.event for mark in part.marks),
            ended=ended,
            by_role=_by_role(self.facts, self.tape),
        )
        transitions = [transition for rule in self.rules for transition in self._apply(rule, self.scene)]
        if part.marks:  # what they declare counts from the next step on
            self.facts = self.refine(self.facts, self.tape, part.marks)
        return transitions

    def _apply(self, rule: Rule, scene: Scene) -> list[Transition]:
        """Let one rule look; its failure is its own."""
        if rule.id in self.broken:
            return []
        cases = self.cases[rule.id]
        try:
            return [
                transition
                for reading in rule.observe(scene)
                for transition in advance(
                    rule.id, cases.setdefault(reading.subject, Case()), reading, reading.hold or rule.hold
                )
            ]
        except Exception as error:  # one rule must not stop the others, nor the run
            log.exception("The rule %s failed at step %d.", rule.id, scene.to_step)
            self.broken[rule.id] = f"{type(error).__name__}: {error}"
            return []

    def _check(self, rule: Rule) -> Check:
        if rule.id in self.broken:
            reason = f"The rule failed and is off for this run ({self.broken[rule.id]})."
            return Check(rule.id, "not_checked", reason, broken=self.broken[rule.id])
        phases = {subject: case for subject, case in self.cases[rule.id].items() if case.phase != "inactive"}
        firing = sorted(subject for subject, case in phases.items() if case.phase == "firing")
        if firing:
            return Check(rule.id, "firing", f"Firing since step {min(phases[one].opened_step for one in firing):,}.")
        if phases:
            since = min(case.since_step for case in phases.values())
            return Check(rule.id, "pending", f"A breach since step {since:,} is not confirmed yet.")
        if self.scene is None:
            return Check(rule.id, "not_checked", "Nothing has been logged yet.")
        try:
            standing = rule.standing(self.scene)
        except Exception as error:
            log.exception("The rule %s could not say how it stands.", rule.id)
            return Check(rule.id, "not_checked", "The rule could not say how it stands.", broken=str(error))
        return Check(rule.id, standing.verdict, standing.reason)


def _extent(track: Track) -> tuple[int, int, int, int]:
    """Return count, last step of the very beginning, and first and last step of the kept past."""
    past = track.all[max(0, len(track.all) - track.kept) :]
    return track.count, int(track.first.steps[-1]), int(past.steps[0]), int(past.steps[-1])


def _by_role(facts: Facts, tape: Tape) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for key in tape.tracks:
        if key in facts.roles:
            found[facts.roles[key]].append(key)
    return {role: tuple(sorted(keys, key=lambda key: (len(key), key))) for role, keys in found.items()}


def _parts(stretch: Stretch, known: Mapping[str, object]) -> Iterator[Stretch]:
    """Cut where a series begins, behind each event, and so that no part is too long; the marks end their part."""
    begins = {int(points.steps[0]) - 1 for key, points in stretch.points.items() if key not in known}
    longest = max(stretch.points.values(), key=len, default=Points())
    bounds = {int(step) for step in longest.steps[STEPS_AT_ONCE - 1 :: STEPS_AT_ONCE]}
    last = max((int(points.steps[-1]) for points in stretch.points.values()), default=-1)
    marks = list(stretch.marks)
    after = -1
    for end in sorted({end for end in begins | bounds | {mark.step for mark in marks} if end < last} | {last}):
        points = {key: part for key, whole in stretch.points.items() if len(part := _between(whole, after, end))}
        due = [mark for mark in marks if mark.step <= end or end == last]
        if points or due:
            yield Stretch(points, tuple(due))
        marks, after = marks[len(due) :], end


def _between(points: Points, after: int, upto: int) -> Points:
    first, end = np.searchsorted(points.steps, [after, upto], side="right")
    return points[int(first) : int(end)]

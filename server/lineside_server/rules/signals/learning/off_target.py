"""A declared target is missed at its time, or the course of the run excludes it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from lineside_server.core.facts import Facts
from lineside_server.core.findings import Finding, Level
from lineside_server.core.projection import FEWEST, projected
from lineside_server.rules.model import Hold, Reading, Rule, Scene, Standing, levels_of, not_checked, passing
from lineside_server.rules.signals.learning.targets import Target, others_of, targets_of
from lineside_server.rules.tape import Track

BINS = 128  # stretches of the way to a target; each gives one value of its course


@dataclass(frozen=True)
class Limits:
    fraction: float = 0.25  # of the way to a target, before which nothing is projected
    recent: int = 10  # points of the series that divides
    bin_points: int = 64  # points that stand for a stretch of the way
    held: int = 3  # projections in a row that exclude the target


@dataclass
class Course:
    """How a target's metric went: a value for each stretch of the way, and where the newest stands."""

    steps: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    excluded: int = 0  # projections in a row
    low: float | None = None  # of the newest projection
    high: float | None = None
    last: float | None = None
    last_step: int = -1
    missed: bool = False
    passed: bool = False  # its time has come


@dataclass
class Memory:
    courses: dict[str, Course] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Word:
    """What is said of a target at a point of its metric."""

    step: int
    time: float
    level: Level
    value: float
    passed: bool
    interval: tuple[float, float] | None


class OffTarget(Rule):
    id, title, family = "off-target", "a declared target out of reach", "learning"
    Params, State = Limits, Memory
    params: Limits
    state: Memory

    def watches(self, facts: Facts) -> frozenset[str]:
        return frozenset(key for target in targets_of(facts.intent) for key in target.keys)

    def observe(self, scene: Scene) -> Iterable[Reading]:
        for target in targets_of(scene.facts.intent):
            track = scene.tracks.get(target.metric)
            if track is None or not len(track.new) or not target.due:
                continue
            course = self.state.courses.setdefault(target.said, Course())
            words = [
                word
                for place in self._places(track, target)
                if (word := self._word(scene, target, course, track, place))
            ]
            if words:
                yield _reading(target, words)

    def standing(self, scene: Scene) -> Standing:
        targets, others = targets_of(scene.facts.intent), others_of(scene.facts.intent)
        also = f" The other targets are looked after by {' and '.join(others)}." if others else ""
        if not targets:
            return not_checked(
                f"No target for a metric is declared: add `intent={{'targets': [{{'metric': 'eval/loss', 'below': 2.5, "
                f"'by_epoch': 1}}]}}`.{also}"
            )
        said = [self._said(scene, target) for target in targets]
        told = " ".join(text for _, text in said) + also
        return passing(told) if all(checked for checked, _ in said) else not_checked(told)

    def _said(self, scene: Scene, target: Target) -> tuple[bool, str]:
        """Return whether a target is checked, and how it stands, in a sentence."""
        absent = next((key for key in target.keys if key not in scene.tracks), None)
        if absent is not None:
            return False, f'{target.said}: {absent} is not logged; add `lineside.log({{"{absent}": …}})`.'
        if not target.due:
            return False, f"{target.said}: the length of the run is not declared; add `total_steps` to the intent."
        course = self.state.courses.get(target.said, Course())
        now = "" if course.last is None else f" {course.last:.4g} at step {course.last_step:,};"
        if course.passed:
            return True, f"{target.said}:{now} met."
        part = scene.to_step / target.due
        if part < self.params.fraction:
            need = f"no projection before {self.params.fraction:.0%} of the run: {part:.1%} is done"
            return False, f"{target.said}:{now} {need} ({scene.to_step:,} of {target.due:,} steps)."
        if course.low is None or course.high is None:
            return False, f"{target.said}:{now} a projection needs {FEWEST} points in the last half of the way."
        return True, f"{target.said}:{now} projected between {course.low:.4g} and {course.high:.4g}."

    def _places(self, track: Track, target: Target) -> list[int]:
        """Return the new points (their index in `all`) at which something can change: the first of each stretch."""
        due, steps = target.due or 1, track.all.steps
        bins = steps * BINS // due
        before = bins[track.fresh - 1] if track.fresh else -1
        fresh = bins[track.fresh :]
        opens = np.concatenate([[fresh[0] > before], fresh[1:] > fresh[:-1]])
        return [int(place) for place in track.fresh + np.flatnonzero(opens)]

    def _word(self, scene: Scene, target: Target, course: Course, track: Track, place: int) -> Word | None:
        """Take in the stretch that ends before a point, and say how the target stands there."""
        due, step = target.due or 1, int(track.all.steps[place])
        value = self._value(scene, target, track, step)
        if value is None:
            return None
        if step >= due:
            return self._when_due(target, course, track, (place, value))
        course.steps, course.values = [*course.steps, step][-BINS:], [*course.values, value][-BINS:]
        course.last, course.last_step = value, step
        if step < self.params.fraction * due:
            return None
        half = next(place for place, at in enumerate(course.steps) if 2 * at >= step)  # how it went lately
        interval = projected(np.array(course.steps[half:], np.float64), np.array(course.values[half:]), float(due))
        if interval is None:
            return None
        course.low, course.high = interval
        course.excluded = course.excluded + 1 if target.excluded(interval) else 0
        level = Level.WARNING if course.excluded >= self.params.held else Level.NONE
        return Word(step, float(track.all.times[place]), level, value, passed=False, interval=interval)

    def _when_due(self, target: Target, course: Course, track: Track, at: tuple[int, float]) -> Word:
        """Judge at the target's time: by the point at it, or else by the last one before."""
        place, value = at
        step = int(track.all.steps[place])
        if not course.passed:
            before = course.last if step > (target.due or 1) else None
            course.passed = True
            course.missed = not (target.met(value) or (before is not None and target.met(before)))
        course.missed = course.missed and not target.met(value)
        course.last, course.last_step = value, step
        level = Level.WARNING if course.missed else Level.NONE
        return Word(step, float(track.all.times[place]), level, value, passed=True, interval=None)

    def _value(self, scene: Scene, target: Target, track: Track, step: int) -> float | None:
        """Return the metric as of a step: what stands for the stretch that ends there, over the other series."""
        due = target.due or 1
        points = track.before(step, self.params.bin_points)
        begun = step - max(1, due // BINS)
        values = points.values[int(np.searchsorted(points.steps, begun, side="right")) :]
        values = values[np.isfinite(values)]
        if not values.size:
            return None
        value = float(np.median(values))
        if target.over is None:
            return value
        other = scene.tracks.get(target.over)
        below = other.before(step, self.params.recent).values if other is not None else np.empty(0)
        below = below[np.isfinite(below)]
        divisor = float(np.median(below)) if below.size else 0.0
        return value / divisor if divisor != 0 and math.isfinite(value / divisor) else None


def _reading(target: Target, words: list[Word]) -> Reading:
    levels = levels_of(len(words))
    levels[:] = [word.level for word in words]
    steps = np.array([word.step for word in words], np.int64)
    times = np.array([word.time for word in words])
    return Reading(target.said, steps, times, levels, lambda i: _finding(target, words[i]), Hold(keep_points=2))


def _finding(target: Target, word: Word) -> Finding:
    sign = "below" if target.below else "above"
    observed: dict[str, object] = {"value": word.value}
    if word.interval is None:
        title = (
            f"{target.name} is {word.value:.4g} at step {word.step:,}; {sign} {target.bound:g} was due {target.when}"
        )
        formula = f"{target.name} = {word.value:.4g}, due {sign} {target.bound:g} {target.when}"
    else:
        low, high = word.interval
        title = f"{target.name} is heading for {low:.4g} to {high:.4g}; {sign} {target.bound:g} is due {target.when}"
        observed |= {"projected_low": low, "projected_high": high}
        formula = "90% interval of the median slope (Theil-Sen), straight on in the steps and in their logarithm"
    return Finding(
        title=title,
        observed=observed,
        expected={sign: target.bound, "by_step": target.due},
        window=(word.step, word.step),
        keys=target.keys,
        formula=formula,
        clues={"passed": word.passed},
        actions=(_action(target, word),),
    )


def _action(target: Target, word: Word) -> str:
    if word.passed or target.due is None:
        return f"Decide whether {target.bound:g} is still what this run is for; it went past its time without it."
    left = 1 - word.step / target.due
    return (
        f"Decide whether the {left:.0%} of the way that is left is worth it: on this course the target is not reached."
    )

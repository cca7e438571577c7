"""A loss that jumps and stays up for several batches: one bad batch is told apart from a spike."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from lineside_server.core.events import F64, I64
from lineside_server.core.findings import Finding, Level
from lineside_server.rules.clues import sound, standing_at
from lineside_server.rules.losses import planned_rates, train_loss
from lineside_server.rules.model import Levels, Reading, Rule, Scene, Standing, levels_of, not_checked, passing
from lineside_server.rules.tape import Points, Track
from lineside_server.rules.windows import (
    Flags,
    finite,
    medians,
    preceding,
    recent,
    streaks,
    trailing,
)


@dataclass(slots=True)
class Spike:
    """A spike that lasts: where it began, from what level, above what it counts, its worst value and its outliers."""

    key: str = ""
    onset: int = -1
    base: float = 0.0
    limit: float = 0.0
    worst: float = 0.0
    outliers: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A series with what stands out of it: `outliers`, `centre` and `limit` begin `old` points before the new ones.

    `confirmed` are places among the new points at which a spike is certain.
    """

    track: Track
    old: int
    outliers: Flags
    centre: F64
    limit: F64
    confirmed: I64
    levels: Levels
    courses: list["Course"] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """A spike over the new points `begin` to `end`, and how it stood before them."""

    begin: int
    end: int
    before: Spike


class LossSpike(Rule):
    id, title, family = "loss-spike", "a loss that jumps and stays up", "numerics"

    @dataclass(frozen=True)
    class Params:
        window: int = 64  # points before, of which there must be `least`
        least: int = 16
        deviations: float = 8.0  # median absolute deviations above the median
        rise: float = 0.1  # and so much of the median
        common: float = 0.1  # share of the window from which on values as high are its other mode, and no outliers
        in_a_row: int = 3
        of_late: int = 5  # outliers among the last `late` points
        late: int = 10
        unrecovered: int = 200  # steps until it is critical

    @dataclass
    class State:
        outliers: int = 0  # of the total, in all
        spikes: int = 0
        spike: Spike | None = None

    @np.errstate(all="ignore")
    def observe(self, scene: Scene) -> list[Reading]:
        total, lines = train_loss(scene), dict[str, Line]()
        for track in _losses(scene):
            if len(track.new):
                lines[track.key] = self._line(scene, track, lines.get(total.key) if total is not None else None)
        if total is not None and total.key in lines:
            line = lines[total.key]
            self.state.outliers += int(np.count_nonzero(line.outliers[line.old :]))
        touched = {self.state.spike.key} if self.state.spike is not None else set()
        self._follow(lines)
        touched |= {key for key, line in lines.items() if line.courses}
        return [self._reading(scene, line) for key, line in lines.items() if key in touched]

    def standing(self, scene: Scene) -> Standing:
        losses = _losses(scene)
        if not losses:
            return not_checked('No train loss is logged: add `lineside.log({"loss": loss.item()})`.')
        track, spikes = losses[0], self.state.spikes
        if track.count <= self.params.least:
            return not_checked(f"{track.count} points of {track.key} are too few: {self.params.least + 1} are needed.")
        single = f"{self.state.outliers:,} outlier batches" if self.state.outliers != 1 else "One outlier batch"
        past = "no spike" if not spikes else f"{spikes:,} spikes, all over" if spikes > 1 else "one spike, over"
        return passing(f"{single} among {track.count:,} points of {track.key}, {past}.")

    def _line(self, scene: Scene, track: Track, total: Line | None) -> Line:
        outliers, centre, limit = self._outliers(scene, track)
        if total is not None and outliers.any():
            outliers &= self._weighs(scene, track, centre, total)
        late, old = self.params.late, len(outliers) - len(track.new)
        if not outliers.any():
            nothing = np.empty(0, np.int64)
            return Line(track, old, outliers, centre, limit, nothing, levels_of(len(track.new)))
        many = np.convolve(outliers, np.ones(late, np.int64))[: len(outliers)] >= self.params.of_late
        sure = outliers & ((streaks(outliers) >= self.params.in_a_row) | many)
        return Line(track, old, outliers, centre, limit, np.flatnonzero(sure[old:]), levels_of(len(track.new)))

    def _outliers(self, scene: Scene, track: Track) -> tuple[Flags, F64, F64]:
        """Return which points stand out, with the median and the limit of each: the new ones and `late` - 1 before."""
        params, late = self.params, self.params.late - 1
        points, begin = recent(track, params.window + late)
        first = max(0, begin - late)
        values = finite(points.values)
        windows = preceding(values, params.window)[first:]
        centre = medians(windows, params.least)
        limit = centre + params.rise * np.abs(centre)
        above = np.flatnonzero(values[first:] > limit)
        if above.size:  # the spread of the others is of no use
            spread = medians(np.abs(windows[above] - centre[above, None]), params.least)
            limit[above] = np.maximum(limit[above], centre[above] + params.deviations * spread)
        outliers: Flags = values[first:] > limit
        for at in np.flatnonzero(outliers).tolist():
            before = windows[at][np.isfinite(windows[at])]
            usual = np.count_nonzero(before > limit[at]) > params.common * len(before)
            outliers[at] = not usual and not self._restarted(scene, points[: first + at + 1])
        return outliers, centre, limit

    def _weighs(self, scene: Scene, track: Track, centre: F64, total: Line) -> Flags:
        """Return where the jump of a term, by its weight, is as large as one of the total must be."""
        begin, first = track.fresh - (len(centre) - len(track.new)), total.track.fresh - total.old
        points = track.all[begin:]
        place = np.searchsorted(total.track.all.steps[first:], points.steps, side="right") - 1
        level = np.where(place >= 0, np.abs(total.centre[np.maximum(place, 0)]), np.nan)
        weighs: Flags = (finite(points.values) - centre) * _weight(scene, track.key) > self.params.rise * level
        return weighs

    def _restarted(self, scene: Scene, points: Points) -> bool:
        """Return whether the declared rate has risen to more than twice of what it was within the window."""
        if scene.facts.intent.schedule is None:
            return False
        rates = planned_rates(scene, points.steps[-self.params.window :])
        known = rates[np.isfinite(rates)]
        return bool(len(known) > 0 and np.isfinite(rates[-1]) and rates[-1] > 2.0 * known.min())

    def _follow(self, lines: Mapping[str, Line]) -> None:
        """Go from spike to spike: the series that is sure first leads, until the median of its last ten is back."""
        state, step = self.state, -1
        while True:
            if state.spike is None:
                sure = [
                    (s, n, key) for n, (key, line) in enumerate(lines.items()) if (s := _first_sure(line, step)) >= 0
                ]
                if not sure:
                    return
                step, _, key = min(sure)
                state.spike = self._opened(lines[key], step)
            if state.spike.key not in lines:
                return
            line = lines[state.spike.key]
            at = int(np.searchsorted(line.track.new.steps, step))
            end = self._carry(line, state.spike, at)
            if end >= len(line.track.new):
                return
            step, state.spike, state.spikes = int(line.track.new.steps[end]), None, state.spikes + 1

    def _carry(self, line: Line, spike: Spike, at: int) -> int:
        """Set the levels of a spike from one new point on; return the place at which it is over."""
        track, new, late = line.track, line.track.new, self.params.late
        points, begin = recent(track, late)
        level_now = medians(trailing(finite(points.values), late)[begin + at :], 1)
        since = np.arange(at, len(new)) + track.fresh - int(np.searchsorted(track.all.steps, spike.onset))
        back = np.flatnonzero((level_now <= spike.limit) & (since >= late))
        end = at + int(back[0]) if back.size else len(new)
        lasting = (new.steps[at:end] - spike.onset >= self.params.unrecovered) & (since[: end - at] >= late)
        line.levels[at:end] = np.where(lasting, Level.CRITICAL, Level.WARNING)
        line.courses.append(Course(at, end, replace(spike)))
        spike.worst = float(np.nanmax(np.append(finite(new.values[at:end]), spike.worst)))
        spike.outliers += int(np.count_nonzero(line.outliers[line.old + at : line.old + end]))
        return end

    def _opened(self, line: Line, step: int) -> Spike:
        """Return the spike that the point at a step makes sure, as it stood before that point."""
        track, late = line.track, self.params.late
        upto = line.old + int(np.searchsorted(track.new.steps, step)) + 1
        first = max(0, upto - late) + int(np.flatnonzero(line.outliers[:upto][-late:])[0])
        begin = track.fresh - line.old
        return Spike(
            key=track.key,
            onset=int(track.all.steps[begin + first]),
            base=float(line.centre[first]),
            limit=float(line.limit[first]),
            worst=float(np.nanmax(finite(track.all.values[begin + first : begin + upto]))),
            outliers=int(np.count_nonzero(line.outliers[first : upto - 1])),
        )

    def _reading(self, scene: Scene, line: Line) -> Reading:
        track, new = line.track, line.track.new

        @np.errstate(all="ignore")
        def tell(i: int) -> Finding:
            course = next(course for course in reversed(line.courses) if course.begin <= i)
            spike, step = course.before, int(new.steps[i])
            worst = float(np.nanmax(np.append(finite(new.values[course.begin : i + 1]), spike.worst)))
            count = spike.outliers + int(np.count_nonzero(line.outliers[line.old + course.begin : line.old + i + 1]))
            title = f"{track.key} jumped from {spike.base:.4g} to {worst:.4g} at step {spike.onset:,}: {count} outliers"
            if line.levels[i] == Level.CRITICAL:
                title = f"{title}, and not back after {step - spike.onset:,} steps"
            return Finding(
                title,
                sound({"worst": worst, "outliers": count, "onset_step": spike.onset, "value": float(new.values[i])}),
                {"median_before": spike.base, "limit": spike.limit},
                (spike.onset, step),
                (track.key,),
                f"an outlier exceeds the median of the {self.params.window} points before it by "
                f"{self.params.deviations:g} median absolute deviations and by {self.params.rise:.0%}",
                {"worst": worst, "base": spike.base, "outliers": count, "lasted": step - spike.onset}
                | standing_at(scene, spike.onset),
            )

        return Reading(track.key, new.steps, new.times, line.levels, tell)


def _losses(scene: Scene) -> list[Track]:
    """Return the train total and its terms: what hits one term may be lost in the sum."""
    total = train_loss(scene)
    return [
        *([] if total is None else [total]),
        *(track for track in scene.of("train.component") if track is not total),
    ]


def _weight(scene: Scene, key: str) -> float:
    """Return the declared weight of a term as it is logged, 1 where none is declared."""
    intent = scene.facts.intent
    term = intent.losses.get(key.rpartition("/")[2])
    weight = term.weight if term is not None and intent.components_are != "weighted" else None
    return 1.0 if weight is None else weight


def _first_sure(line: Line, step: int) -> int:
    steps = line.track.new.steps[line.confirmed]
    place = int(np.searchsorted(steps, step))
    return int(steps[place]) if place < len(steps) else -1

"""Values that are not finite, in a series or told by the trainer: which, when, and what was done with them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from lineside_server.core.events import F64, I64
from lineside_server.core.findings import Finding, Level
from lineside_server.rules.clues import standing_at
from lineside_server.rules.losses import level_at, train_loss
from lineside_server.rules.model import Levels, Reading, Rule, Scene, Standing, not_checked, passing
from lineside_server.rules.outbursts import Source, among, sources_in
from lineside_server.rules.tape import Track
from lineside_server.rules.windows import Flags

DONE: Final = {
    "clamped_to_zero": ", clamped to zero",
    "skipped_step": ", its update skipped",
    "filtered": ", left out of the log",
    "raised": ", and it ended the run",
}
MOST: Final = 64  # subjects that are told apart; what comes later counts under the last of them
NAMED: Final = 8  # of what goes along


@dataclass(slots=True)
class Bad:
    """What has been not finite, over its whole life; `recent` are its steps within the last window."""

    count: int = 0
    first: int = -1
    last: int = -1
    recent: list[int] = field(default_factory=list)
    firing: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Bout:
    """The steps (n,) of a stretch at which a subject was not finite, their levels, and what else was not then."""

    steps: I64
    times: F64
    levels: Levels
    sources: Sequence[Source]
    along: Sequence[str] = ()


class NonFinite(Rule):
    id, title, family = "nonfinite", "values that are not finite", "numerics"

    @dataclass(frozen=True)
    class Params:
        window: int = 100  # steps
        many: int = 3  # in the window: critical
        keep: int = 1000  # steps for which it is still told after the last
        scaler_updates: int = 30  # of the beginning, in which a loss scaler looks for its scale

    @dataclass
    class State:
        subjects: dict[str, Bad] = field(default_factory=dict)
        leader: str = ""  # of the training's own series that were not finite last
        hot: int = -1  # the last step at which one of them was not
        along: list[str] = field(default_factory=list)  # what went with the leader
        defined: dict[str, bool] = field(default_factory=dict)  # other series with such values: ever finite?

    @np.errstate(all="ignore")
    def observe(self, scene: Scene) -> list[Reading]:
        sources = sources_in(scene)
        bouts: dict[str, list[Bout]] = {}
        own = [source for source in sources if source.rank is not None]
        hot = np.unique(np.concatenate([[self.state.hot], *(source.steps for source in own)]))
        if own:
            bouts = self._outbursts(scene, own)
        for source in sources:
            if source.rank is None and (bout := self._alone(scene, source, hot)) is not None:
                bouts.setdefault(self._subject(source.name), []).append(bout)
        self._note_finite(scene)
        due = [name for name, bad in self.state.subjects.items() if bad.firing and self._over(bad, scene.to_step)]
        return [self._reading(scene, name, bouts.get(name, [])) for name in {**bouts, **dict.fromkeys(due)}]

    def standing(self, scene: Scene) -> Standing:
        if not scene.tracks:
            return not_checked('Nothing has been logged yet: add `lineside.log({"loss": loss.item()})`.')
        past = sum(bad.count for bad in self.state.subjects.values())
        if past:
            return passing(f"None in the last {self.params.keep:,} steps; {past:,} so far.")
        points = sum(track.count for track in scene.tracks.values())
        return passing(f"All {points:,} points of {len(scene.tracks)} series are finite.")

    def _outbursts(self, scene: Scene, sources: Sequence[Source]) -> dict[str, list[Bout]]:
        """One subject for each outburst: the series that was not finite first leads, the others go along."""
        state = self.state
        steps, first = np.unique(np.concatenate([source.steps for source in sources]), return_index=True)
        times = np.concatenate([source.times for source in sources])[first]
        levels = self._levels(scene, sources, steps)
        far = np.diff(steps, prepend=state.hot) > self.params.window
        far[0] |= state.hot < 0
        begins = np.flatnonzero(far).tolist()
        bouts: dict[str, list[Bout]] = {}
        for low, high in zip(sorted({0, *begins}), [*(b for b in begins if b), len(steps)], strict=True):
            if far[low]:
                new = [source for source in sources if source.at(int(steps[low])) is not None]
                state.leader = self._subject(min(new, key=lambda source: (source.rank, source.name)).name)
                state.along = []
            part = slice(low, high)
            bout = Bout(steps[part], times[part], levels[part], sources, tuple(state.along))
            bouts.setdefault(state.leader, []).append(bout)
            state.along = _along(bout, state.leader, int(steps[high - 1]))
        state.hot = int(steps[-1])
        return bouts

    def _levels(self, scene: Scene, sources: Sequence[Source], steps: I64) -> Levels:
        """Return the levels by what is not finite; how often it is comes on top, but for those below zero."""
        levels = np.full(len(steps), Level.WARNING, np.int8)
        soft = ~among(steps, [source for source in sources if not source.soft])
        levels[soft] = Level.INFO
        levels[soft & (scene.updates(steps) < self.params.scaler_updates)] = -Level.INFO
        grave = among(steps, [source for source in sources if source.evaluated and not source.soft])
        ended = [
            step
            for source in sources
            for step, done in zip(source.steps, source.done, strict=False)
            if done == "raised"
        ]
        levels[grave | np.isin(steps, ended)] = Level.CRITICAL
        return levels

    def _alone(self, scene: Scene, source: Source, hot: I64) -> Bout | None:
        """Return the bout of a series beside the training's own, but for what goes along with an outburst of those.

        `hot` are the steps at which one of those was not finite, the last one before the stretch included.
        """
        newest = hot[np.maximum(np.searchsorted(hot, source.steps, side="right") - 1, 0)]
        led = (newest >= 0) & (newest <= source.steps) & (source.steps - newest <= self.params.window)
        defined = self._defined(scene.tracks[source.name], source.steps)
        worst = Level.CRITICAL if source.evaluated else Level.WARNING
        levels = np.where(defined, worst, -Level.INFO).astype(np.int8)[~led]
        return Bout(source.steps[~led], source.times[~led], levels, [source]) if len(levels) else None

    def _defined(self, track: Track, steps: I64) -> Flags:
        """Return at which steps (n,) a series had been finite before: one that never was is undefined, not ill."""
        new = track.new
        before = self.state.defined.get(track.key, track.count > len(new))
        sound = new.steps[np.isfinite(new.values)]
        self.state.defined[track.key] = before or len(sound) > 0
        flags: Flags = (np.searchsorted(sound, steps) > 0) | before
        return flags

    def _note_finite(self, scene: Scene) -> None:
        for key, defined in self.state.defined.items():
            if not defined and np.isfinite(scene.tracks[key].new.values).any():
                self.state.defined[key] = True

    def _subject(self, name: str) -> str:
        known = self.state.subjects
        return name if name in known or len(known) < MOST else next(reversed(known))

    def _over(self, bad: Bad, step: int) -> bool:
        over: bool = step >= bad.last + self.params.keep
        return over

    def _reading(self, scene: Scene, name: str, bouts: Sequence[Bout]) -> Reading:
        """Return the steps at which a subject was not finite, and those at which it is told no longer."""
        bad = self.state.subjects.setdefault(name, Bad())
        bouts = sorted(bouts, key=lambda bout: int(bout.steps[0]))
        steps, place = np.unique(np.concatenate([np.empty(0, np.int64), *(b.steps for b in bouts)]), return_index=True)
        times = np.concatenate([np.empty(0), *(bout.times for bout in bouts)])[place]
        base = np.concatenate([np.empty(0, np.int8), *(bout.levels for bout in bouts)])[place]
        known = np.concatenate([np.array(bad.recent, np.int64), steps])
        often = np.arange(len(bad.recent), len(known)) - np.searchsorted(known, steps - self.params.window, "right") + 1
        levels = np.where(often >= self.params.many, Level.CRITICAL, np.where(often > 1, Level.WARNING, Level.INFO))
        levels = np.where(base < 0, Level.INFO, np.maximum(levels, base)).astype(np.int8)
        ends = np.concatenate([[bad.last] if bad.firing else [], steps]).astype(np.int64) + self.params.keep
        ends = ends[ends < np.append(ends[1:] - self.params.keep, scene.to_step + 1)]
        before, first = bad.count, bad.first if bad.count else int(steps[0])
        if len(steps):
            bad.count, bad.first, bad.last, bad.firing = before + len(steps), first, int(steps[-1]), True
            bad.recent = known[known > bad.last - self.params.window].tolist()
        bad.firing = bad.firing and not self._over(bad, scene.to_step)
        points = np.concatenate([steps, ends])
        order = np.argsort(points, kind="stable")
        moments = np.concatenate([times, [_time_at(scene, int(end)) for end in ends]])
        level = np.concatenate([levels, np.zeros(len(ends), np.int8)])

        @np.errstate(all="ignore")
        def tell(i: int) -> Finding:
            at = int(order[i])
            step = int(steps[at])
            bout = next(bout for bout in reversed(bouts) if bout.steps[0] <= step)
            return _finding(scene, name, bout, (first, step, before + at + 1, int(often[at])), self.params.window)

        return Reading(name, points[order], moments[order], level[order], tell)


def _along(bout: Bout, leader: str, upto: int) -> list[str]:
    """Return what went along with a leader from the first step of its bout to another."""
    begin = int(bout.steps[0])
    found = [(int(one.steps[at]), one.name) for one in bout.sources if (at := _first_from(one, begin)) is not None]
    names = [*bout.along, *(name for step, name in sorted(found) if step <= upto)]
    return [name for name in dict.fromkeys(names) if name != leader][:NAMED]


def _first_from(source: Source, step: int) -> int | None:
    place = int(np.searchsorted(source.steps, step))
    return place if place < len(source.steps) else None


def _time_at(scene: Scene, step: int) -> float:
    return max(
        (float(past.times[-1]) for track in scene.tracks.values() if len(past := track.before(step, 1))), default=0.0
    )


def _finding(scene: Scene, name: str, bout: Bout, figures: tuple[int, int, int, int], window: int) -> Finding:
    """Return what is said of a step: `figures` are its subject's first step, the step, how many so far and of late."""
    first, step, count, often = figures
    here = [(source, at) for source in bout.sources if (at := source.at(step)) is not None]
    source, at = min(here, key=lambda one: (one[0].name != name, one[0].rank if one[0].rank is not None else 9))
    said = source.said[at] if source.said else step
    done = source.done[at] if source.done else ""
    value = _word(float(source.values[at]))
    so_far = "one so far" if count == 1 else f"{count:,} so far"
    if often > 1:
        title = f"{name} is {value} again at step {said:,}{DONE.get(done, '')}: {often} in {window} steps, {so_far}"
    else:
        title = f"{name} is {value} at step {said:,}{DONE.get(done, '')}; {so_far}"
    observed = {"component": name, "value": value, "step": said, "so_far": count, f"in_last_{window}_steps": often}
    if done:
        observed["action"] = done
    if also := _along(bout, name, step):
        observed["also"] = also
    return Finding(
        title,
        observed,
        {"nonfinite": 0},
        (min(first, said), step),
        (name, *also),
        "a value counts where it is NaN, inf or -inf, before any filter",
        {**_clues(scene, step), "count": count, "often": often, "action": done, "first": first, "soft": source.soft},
    )


def _clues(scene: Scene, step: int) -> dict[str, Any]:
    """Return how the run stood before: its loss against that of a while ago, gradient, rate and loss scale."""
    clues: dict[str, Any] = {}
    loss = train_loss(scene)
    if loss is not None:
        near, ago = level_at(loss, step - 1, 8), level_at(loss, step - 1, 128)
        if np.isfinite(near) and np.isfinite(ago):
            clues |= {"loss_before": near, "loss_a_while_ago": ago}
    return clues | standing_at(scene, step - 1)


def _word(value: float) -> str:
    return "NaN" if np.isnan(value) else "infinite" if value > 0 else "minus infinite"

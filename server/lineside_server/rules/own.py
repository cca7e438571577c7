"""The rule of the user's own: a series reduced over a window and compared with a figure, or one that stays away."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final, Literal, cast

import numpy as np

from lineside_server.core.events import F64, I64
from lineside_server.core.facts import Facts
from lineside_server.core.findings import Finding
from lineside_server.rules.model import Hold, Reading, Rule, Scene, Standing, not_checked, passing
from lineside_server.rules.reduce import Reduction, reduced
from lineside_server.rules.tape import Track
from lineside_server.rules.windows import Flags

Op = Literal["<", "<=", ">", ">=", "==", "!="]
OPS: Final[dict[str, tuple[Callable[[F64, float], Flags], str]]] = {
    "<": (np.less, "below"),
    "<=": (np.less_equal, "at or below"),
    ">": (np.greater, "above"),
    ">=": (np.greater_equal, "at or above"),
    "==": (np.equal, "exactly"),
    "!=": (np.not_equal, "other than"),
}
_NAMES: Final = {
    "median": "median",
    "mean": "mean",
    "min": "least",
    "max": "greatest",
    "slope": "slope",
    "share": "mean",
}


@dataclass(frozen=True, slots=True)
class OwnParams:
    """`op` and `value` compare; where they are None the rule is on absence, for steps and seconds that are not 0."""

    metric: str
    over: str | None
    reduce: Reduction
    window: int  # points of each series
    op: Op | None
    value: float | None
    absent_steps: int
    absent_seconds: float
    level: int
    title: str | None
    hold: Hold


@dataclass(slots=True)
class Begun:
    """Where the run begins: from there on a series that never came is absent."""

    step: int = -1
    time: float = 0.0


class Own(Rule):
    id = "own"
    title = "A rule of your own"
    family = "user"
    Params = OwnParams
    State = Begun

    params: OwnParams
    state: Begun

    def __init__(self, params: OwnParams) -> None:
        super().__init__(params)
        self.hold = params.hold

    def observe(self, scene: Scene) -> Iterable[Reading]:
        if self.params.op is None:
            return self._absences(scene)
        return self._comparisons(scene)

    def standing(self, scene: Scene) -> Standing:
        told = self.params
        metric = scene.tracks.get(told.metric)
        if told.op is None:
            if metric is None:
                return passing(f"{told.metric} has not come yet.")
            return passing(f"{told.metric} came last at step {metric.last_step:,} of {scene.to_step:,}.")
        over = None if told.over is None else scene.tracks.get(told.over)
        for key, track in ((told.metric, metric), (told.over, over)):
            if key is not None and track is None:
                return not_checked(f'{key} is not logged: add `run.log({{"{key}": …}})`.')
            if track is not None and track.count < told.window:
                had = f"{track.count} of the {told.window} points that the window needs"
                return not_checked(f"{key} has {had}.")
        assert metric is not None, "it was just looked for"
        value = float(self._values(np.array([len(metric.all)]), metric, over)[0])
        if not np.isfinite(value):
            return not_checked(f"{self._what()} is not finite.")
        return passing(f"{self._what()} is {value:.4g}; it fires {OPS[told.op][1]} {told.value:g}.")

    def watches(self, facts: Facts) -> frozenset[str]:  # noqa: ARG002 - the same for every run
        return frozenset({self.params.metric, self.params.over or self.params.metric})

    def _comparisons(self, scene: Scene) -> Iterable[Reading]:
        told = self.params
        metric = scene.tracks.get(told.metric)
        over = None if told.over is None else scene.tracks.get(told.over)
        if metric is None or not len(metric.new) or (told.over is not None and over is None):
            return
        assert told.op is not None, "else it is on absence"
        assert told.value is not None, "it goes with op"
        ends = np.arange(metric.fresh, len(metric.all)) + 1
        values = self._values(ends, metric, over)
        with np.errstate(invalid="ignore"):
            breach = np.isfinite(values) & OPS[told.op][0](values, told.value)
        begins = metric.all.steps[np.maximum(ends - told.window, 0)]
        tell = partial(self._compared, values, begins, metric.new.steps)
        yield self._reading(metric.new.steps, metric.new.times, breach, tell)

    def _values(self, ends: I64, metric: Track, over: Track | None) -> F64:
        """Return what is compared (n,) behind each of n points of the metric; NaN where a window is not full."""
        told = self.params
        values = reduced(told.reduce, metric.all, ends, told.window)
        if over is None:
            return values
        steps = metric.all.steps[ends - 1]
        by = reduced(told.reduce, over.all, np.searchsorted(over.all.steps, steps, side="right"), told.window)
        with np.errstate(all="ignore"):
            return np.where(by == 0, np.nan, values / by)

    def _compared(self, values: F64, begins: I64, steps: I64, at: int) -> Finding:
        told, value = self.params, float(values[at])
        word = OPS[told.op or "<"][1]
        what = self._what()
        divided = f" / {told.reduce}({told.over})" if told.over else ""
        return Finding(
            title=told.title or f"{what} is {value:.4g}, {word} {told.value:g}",
            observed={what: value},
            expected={f"not {word}": told.value},
            window=(int(begins[at]), int(steps[at])),
            keys=(told.metric, *([told.over] if told.over else ())),
            formula=f"{told.reduce}({told.metric}){divided} {told.op} {told.value:g}, window {told.window}",
        )

    def _what(self) -> str:
        told = self.params
        whose = f"{told.metric} / {told.over}" if told.over else told.metric
        if told.reduce == "last":
            return whose
        if told.reduce == "share":
            return f"The share of {told.metric} in {told.over} over {told.window} points"
        return f"The {_NAMES[told.reduce]} of {whose} over {told.window} points"

    def _absences(self, scene: Scene) -> Iterable[Reading]:
        steps, times = _moments(scene)
        if not len(steps):
            return
        if self.state.step < 0:
            self.state.step, self.state.time = int(steps[0]), float(times[0])
        since_step, since_time = self._last_seen(scene.tracks.get(self.params.metric), steps)
        absent = np.ones(len(steps), np.bool_)
        if self.params.absent_steps:
            absent &= steps - since_step >= self.params.absent_steps
        if self.params.absent_seconds:
            with np.errstate(invalid="ignore"):
                absent &= times - since_time >= self.params.absent_seconds
        yield self._reading(steps, times, absent, partial(self._missed, since_step, steps))

    def _last_seen(self, metric: Track | None, steps: I64) -> tuple[I64, F64]:
        """Return step and time (n,) of the metric's newest point as of each of n steps, or where the run began."""
        if metric is None:
            return np.full(len(steps), self.state.step), np.full(len(steps), self.state.time)
        at = np.searchsorted(metric.all.steps, steps, side="right") - 1
        came, place = at >= 0, np.maximum(at, 0)
        return (
            np.where(came, metric.all.steps[place], self.state.step),
            np.where(came, metric.all.times[place], self.state.time),
        )

    def _missed(self, since: I64, steps: I64, at: int) -> Finding:
        told = self.params
        last, step = int(since[at]), int(steps[at])
        parts = [f"{told.absent_steps:,} steps"] if told.absent_steps else []
        parts += [f"{told.absent_seconds:g} s"] if told.absent_seconds else []
        return Finding(
            title=told.title or f"{told.metric} has not come for {' and '.join(parts)}, since step {last:,}",
            observed={"last step of it": last, "step": step},
            expected={"within": " and ".join(parts)},
            window=(last, step),
            keys=(told.metric,),
            formula=f"absent({told.metric}) for {' and '.join(parts)}",
        )

    def _reading(self, steps: I64, times: F64, breach: Flags, tell: Callable[[int], Finding]) -> Reading:
        return Reading(self.params.metric, steps, times, np.where(breach, self.params.level, 0).astype(np.int8), tell)


@lru_cache(maxsize=4096)
def own_rule(rule_id: str, title: str) -> type[Own]:
    """Return the class of a rule of that id, the same one each time."""
    return cast("type[Own]", type("Own", (Own,), {"id": rule_id, "title": title}))


def _moments(scene: Scene) -> tuple[I64, F64]:
    """Return each new step of any series, and the latest time that was logged with it, (n,) each."""
    new = [track.new for track in scene.tracks.values() if len(track.new)]
    if not new:
        return np.empty(0, np.int64), np.empty(0)
    steps, times = np.concatenate([one.steps for one in new]), np.concatenate([one.times for one in new])
    order = np.lexsort((times, steps))
    steps, times = steps[order], times[order]
    last = np.append(steps[1:] > steps[:-1], True)
    return steps[last], times[last]

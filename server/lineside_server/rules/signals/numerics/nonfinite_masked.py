"""Zeros that stand where a value that was not finite has been: masked before anybody could see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lineside_server.core.findings import Finding, Level
from lineside_server.rules.losses import level_at, train_loss
from lineside_server.rules.model import Hold, Reading, Rule, Scene, Standing, levels_of, not_checked, passing
from lineside_server.rules.resolution import printed_of, resolution
from lineside_server.rules.tape import Points, Track
from lineside_server.rules.windows import recent

LOOKED_AT = 256  # points before a zero, to tell what is usual
FILTER = "logging_nan_inf_filter"
MOST = 64  # components whose reports are remembered
NAMED = 16  # steps of a component that the trainer told of, and are not told again


class NonFiniteMasked(Rule):
    id, title, family = "nonfinite-masked", "zeros that hide values that were not finite", "numerics"

    @dataclass(frozen=True)
    class Params:
        resolutions: float = 50.0  # the values beside the zero are above so many
        usual: float = 0.05  # share of exact zeros among the last points from which on zero is nothing unusual
        keep: int = 1000  # steps for which it is still told
        filter_after: int = 50  # points without a gradient norm, where a filter is on

    @dataclass
    class State:
        reported: dict[str, list[int]] = field(default_factory=dict)  # by component: steps that `nonfinite` tells
        count: dict[str, int] = field(default_factory=dict)
        filtered: bool = False  # told that a filter is on

    @np.errstate(all="ignore")
    def observe(self, scene: Scene) -> list[Reading]:
        self._note_reports(scene)
        total, norm = train_loss(scene), scene.one("grad_norm")
        readings = [self._terms(scene, track) for track in scene.of("train.component") if track is not total]
        if total is not None:
            readings.append(self._total(scene, total, norm))
            readings.append(self._filter(scene, total, norm))
        return [reading for reading in readings if reading is not None]

    def standing(self, scene: Scene) -> Standing:
        terms, total = scene.of("train.component"), train_loss(scene)
        if total is None and not terms:
            return not_checked('No train loss is logged: add `lineside.log({"loss": loss.item()})`.')
        if not terms and scene.one("grad_norm") is None:
            return not_checked(
                "A NaN that is masked shows in the terms of the loss or in the norm of its gradient, and neither is "
                "logged: `lineside.watch(model)` logs the norm."
            )
        looked = [track.key for track in terms] or [total.key if total is not None else ""]
        return passing(f"No exact zero hides a value in {', '.join(looked[:4])}.")

    def _note_reports(self, scene: Scene) -> None:
        reported = self.state.reported
        for event in scene.events:
            name = event.body.get("component")
            if event.type == "nonfinite" and isinstance(name, str) and event.step is not None:
                reported[name] = [*reported.get(name, []), event.step][-NAMED:]
        while len(reported) > MOST:
            del reported[next(iter(reported))]

    def _terms(self, scene: Scene, track: Track) -> Reading | None:
        """Judge each point of a term by whether the one before it is an exact zero between values."""
        if not len(track.new):
            return None
        points, begin = recent(track, 2)
        values = np.abs(points.values)
        between = np.zeros(len(values), np.bool_)
        between[2:] = (values[1:-1] == 0.0) & (values[:-2] > 0.0) & (values[2:] > 0.0)
        hidden = [
            at for at in np.flatnonzero(between[begin:]).tolist() if self._hides(scene, track, points, begin + at)
        ]
        steps = {int(points.steps[begin + at]): int(points.steps[begin + at - 1]) for at in hidden}
        return self._reading(scene, track, hidden, steps, "")

    def _hides(self, scene: Scene, track: Track, points: Points, at: int) -> bool:
        """Return whether the zero before a point is no value of the term: its neighbours are far above, zeros rare."""
        step = int(points.steps[at - 1])
        if any(step in self.state.reported.get(name, ()) for name in (track.key, track.key.rpartition("/")[2])):
            return False  # `nonfinite` tells it
        past = track.before(int(points.steps[at - 2]), LOOKED_AT).values
        if np.count_nonzero(past == 0.0) > self.params.usual * len(past):
            return False
        least = self.params.resolutions * resolution(past, printed_of(scene.facts.config, track.key))
        return bool(min(abs(points.values[at - 2]), abs(points.values[at])) > least)

    def _total(self, scene: Scene, total: Track, norm: Track | None) -> Reading | None:
        """Judge the total: exactly zero where its gradient is not finite; with a sound one it is a loss of RL."""
        new = total.new
        if norm is None or not len(new):
            return None
        zero = np.flatnonzero(new.values == 0.0)
        hidden = [
            at for at in zero.tolist() if (value := norm.at(int(new.steps[at]))) is not None and not np.isfinite(value)
        ]
        steps = {int(new.steps[at]): int(new.steps[at]) for at in hidden}
        return self._reading(scene, total, hidden, steps, f" while {norm.key} is not finite")

    def _reading(
        self, scene: Scene, track: Track, hidden: list[int], zeros: Mapping[int, int], beside: str
    ) -> Reading | None:
        """`hidden` are places among the new points, `zeros` maps their steps to those of the zeros."""
        new, count = track.new, self.state.count.get(track.key, 0)
        if not hidden and not count:
            return None
        levels = levels_of(len(new))
        levels[hidden] = Level.WARNING
        self.state.count[track.key] = count + len(hidden)

        def tell(i: int) -> Finding:
            step = zeros[int(new.steps[i])]
            so_far = count + hidden.index(i) + 1
            usual = level_at(track, step - 1, 16)
            return Finding(
                f"{track.key} is exactly 0 at step {step:,}{beside}, where {usual:.4g} is usual; "
                f"{'one' if so_far == 1 else f'{so_far:,}'} so far",
                {"value": 0.0, "step": step, "so_far": so_far},
                {"value": usual},
                (step, int(new.steps[i])),
                (track.key,),
                f"x(s) = 0 exactly, beside values above {self.params.resolutions:g} times the resolution of the series",
                {"usual": usual, "so_far": so_far, **_clues(scene, step)},
            )

        hold = Hold(keep_steps=self.params.keep)
        return Reading(track.key, new.steps, new.times, levels, tell, hold)

    def _filter(self, scene: Scene, total: Track, norm: Track | None) -> Reading | None:
        """Tell, once, of a filter that is declared to be on while nothing logged would show what it hides."""
        if self.state.filtered or not len(total.new) or norm is not None or not _filters(scene.facts.config):
            return None
        place = self.params.filter_after - 1 - (total.count - len(total.new))
        if place >= len(total.new):
            return None
        place, self.state.filtered = max(place, 0), True
        new = total.new[place : place + 1]
        step = int(new.steps[0])

        def tell(_: int) -> Finding:
            return Finding(
                f"{FILTER} is on and no gradient norm is logged: a loss that is NaN would not show",
                {FILTER: True, "grad_norm": "not logged"},
                {FILTER: False},
                (step, step),
                (total.key,),
                clues={"filter": True},
            )

        return Reading("config", new.steps, new.times, np.array([Level.INFO], np.int8), tell)


def _filters(config: Mapping[str, Any]) -> bool:
    """Return whether the config says that values which are not finite are kept out of the log."""
    told = config.get(FILTER)
    if told is None:
        told = next((part[FILTER] for part in config.values() if isinstance(part, Mapping) and FILTER in part), None)
    return told is True


def _clues(scene: Scene, step: int) -> dict[str, Any]:
    norm = scene.one("grad_norm")
    value = norm.at(step) if norm is not None else None
    return {} if value is None else {"grad_norm": value if np.isfinite(value) else "not finite"}

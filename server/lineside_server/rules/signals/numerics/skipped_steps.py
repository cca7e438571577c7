"""Updates that are left out, and a loss scale that falls: the run trains less than it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from lineside_server.core.events import I64
from lineside_server.core.findings import Finding, Level
from lineside_server.rules.clues import sound, standing_at
from lineside_server.rules.losses import clock
from lineside_server.rules.model import Reading, Rule, Scene, Standing, levels_of, not_checked, passing
from lineside_server.rules.tape import Track
from lineside_server.rules.windows import recent

FLOORS: Final = ("min_loss_scale", "loss_scale_min", "min_scale")
SKIPPED: Final = "skipped_step"
KEPT: Final = 1024  # places of skipped updates that are remembered, should the count of updates stand still
MOST: Final = 64  # halvings that are counted at one point, and remembered


class SkippedSteps(Rule):
    id, title, family = "skipped-steps", "updates that are left out", "numerics"

    @dataclass(frozen=True)
    class Params:
        window: int = 200  # updates
        after: int = 200  # updates from which on it is judged
        share: float = 0.05  # of the window: warning
        most: float = 0.25  # of the window: critical
        search: int = 30  # updates in which a loss scaler looks for its scale
        halvings: int = 3  # within `halving_window` updates
        halving_window: int = 50
        floor: float = 1.0  # of the loss scale, where the config does not say it

    @dataclass
    class State:
        updates: list[int] = field(default_factory=list)  # at which updates were skipped, those of the window
        counts: list[int] = field(default_factory=list)  # how many at each
        total: int = 0
        first: int = -1  # update of the first point of the loss scale
        highest: float = 0.0  # loss scale so far
        fallen: list[int] = field(default_factory=list)  # updates at which the scale was halved, once for each time

    @np.errstate(all="ignore")
    def observe(self, scene: Scene) -> list[Reading]:
        readings = []
        counter, scale = scene.one("skipped"), scene.one("loss_scale")
        ticking = counter or clock(scene)
        if ticking is not None and len(ticking.new):
            skipped = self._counted(counter) if counter is not None else self._reported(scene)
            readings.append(self._skips(scene, ticking, skipped))
        if scale is not None and len(scale.new):
            readings.append(self._scale(scene, scale))
        return readings

    def standing(self, scene: Scene) -> Standing:
        counter, scale, reported = scene.one("skipped"), scene.one("loss_scale"), self.state.total
        if counter is None and scale is None and not reported:
            return not_checked(
                "Neither skipped updates nor a loss scale are logged: "
                "`lineside.watch(model, optimizer, scaler=scaler)` logs both."
            )
        looked = [track.key for track in (counter, scale) if track is not None] or ["the trainer's reports"]
        return passing(f"{reported:,} updates were skipped, none too often, by {' and '.join(looked)}.")

    def _counted(self, counter: Track) -> tuple[I64, I64]:
        """Return the steps at which the count of skipped updates grew, and by how much."""
        points, begin = recent(counter, 1)
        grown = np.diff(points.values, prepend=points.values[:1])[begin:]
        more: I64 = np.where(np.isfinite(grown) & (grown > 0), np.round(grown), 0).astype(np.int64)
        return counter.new.steps[more > 0], more[more > 0]

    def _reported(self, scene: Scene) -> tuple[I64, I64]:
        """Return the steps at which the trainer told of skipped updates; several batches of one update are one."""
        told = [event for event in scene.events if event.type == "nonfinite" and event.body.get("action") == SKIPPED]
        steps = np.unique(np.array([event.step for event in told if event.step is not None], np.int64))
        updates, first = np.unique(scene.updates(steps), return_index=True)
        fresh = first[~np.isin(updates, self.state.updates)]
        return steps[fresh], np.ones(len(fresh), np.int64)

    def _skips(self, scene: Scene, ticking: Track, skipped: tuple[I64, I64]) -> Reading:
        """Judge each point by how many of the last 200 updates were skipped, but for those of the scaler's search."""
        state, params, new = self.state, self.params, ticking.new
        updates = np.concatenate([np.array(state.updates, np.int64), scene.updates(skipped[0])])
        counts = np.concatenate([np.array(state.counts, np.int64), skipped[1]])
        before, now = state.total - sum(state.counts), scene.updates(new.steps)
        state.total += int(skipped[1].sum())
        counted = np.where(updates >= params.search, counts, 0)
        sums, alls = np.concatenate([[0], np.cumsum(counted)]), np.concatenate([[0], np.cumsum(counts)])
        upto = len(state.updates) + np.searchsorted(skipped[0], new.steps, side="right")
        among = sums[upto] - sums[np.searchsorted(updates, now - params.window, side="right")]
        share = among / params.window
        levels = levels_of(len(new))
        levels[share > params.share] = Level.WARNING
        levels[share > params.most] = Level.CRITICAL
        levels[now < params.after] = Level.NONE
        kept = updates > (now[-1] - params.window if len(now) else 0)
        state.updates, state.counts = updates[kept][-KEPT:].tolist(), counts[kept][-KEPT:].tolist()
        total = before + alls[upto]

        def tell(i: int) -> Finding:
            step, update, count = int(new.steps[i]), int(now[i]), int(among[i])
            return Finding(
                f"{count} of the last {params.window} updates were skipped, as of update {update:,}",
                {"skipped": count, "share": float(share[i]), "in_all": int(total[i])},
                {"share": params.share},
                (int(new.steps[np.searchsorted(now, update - params.window)]), step),
                (ticking.key,),
                f"skipped updates among the last {params.window} / {params.window}",
                {"share": float(share[i]), **standing_at(scene, step)},
            )

        return Reading("updates", new.steps, new.times, levels, tell)

    def _scale(self, scene: Scene, track: Track) -> Reading:
        """Judge the loss scale: how often it was halved of late, and whether it lies on its floor."""
        state, params, new = self.state, self.params, track.new
        points, begin = recent(track, 1)
        now = scene.updates(new.steps)
        state.first = int(now[0]) if state.first < 0 else state.first
        ratio = np.concatenate([[1.0] * (1 - begin), points.values[:-1] / points.values[1:]])
        halved = np.where(np.isfinite(ratio) & (ratio > 1.0), np.round(np.log2(np.maximum(ratio, 1.0))), 0).astype(
            np.int64
        )
        halved[now < state.first + params.search] = 0
        halved[
            np.diff(scene.updates(points.steps), prepend=now[:1][: 1 - begin])[-len(new) :] > params.halving_window
        ] = 0
        fallen = np.concatenate([np.array(state.fallen, np.int64), np.repeat(now, np.minimum(halved, MOST))])
        upto = len(state.fallen) + np.cumsum(np.minimum(halved, MOST))
        often = upto - np.searchsorted(fallen, now - params.halving_window, side="right")
        floor = _floor(scene.facts.config, params.floor)
        highest = np.maximum.accumulate(np.maximum(np.where(np.isfinite(new.values), new.values, 0.0), state.highest))
        at_floor = (new.values <= floor) & (highest > 2.0 * floor)
        levels = levels_of(len(new))
        levels[often >= params.halvings] = Level.WARNING
        levels[at_floor] = Level.CRITICAL
        state.highest = float(highest[-1])
        state.fallen = fallen[fallen > now[-1] - params.halving_window][-MOST:].tolist()

        def tell(i: int) -> Finding:
            step, value = int(new.steps[i]), float(new.values[i])
            title = f"The loss scale was halved {often[i]} times in {params.halving_window} updates, to {value:g}"
            if at_floor[i]:
                title = f"The loss scale lies at its floor of {floor:g} (it was {highest[i]:g})"
            return Finding(
                f"{title}, at step {step:,}",
                sound({"loss_scale": value, "halvings": int(often[i]), "highest": float(highest[i])}),
                {"halvings": params.halvings, "floor": floor},
                (int(track.before(step, params.halving_window).steps[0]), step),
                (track.key,),
                f"log2(the scale before / the scale after), summed over the last {params.halving_window} updates",
                {"at_floor": bool(at_floor[i]), "halvings": int(often[i]), **standing_at(scene, step)},
            )

        return Reading("loss-scale", new.steps, new.times, levels, tell)


def _floor(config: Mapping[str, Any], otherwise: float) -> float:
    parts = [config, *(part for part in config.values() if isinstance(part, Mapping))]
    told = next((part[name] for part in parts for name in FLOORS if name in part), None)
    return float(told) if isinstance(told, (int, float)) and not isinstance(told, bool) and told > 0 else otherwise

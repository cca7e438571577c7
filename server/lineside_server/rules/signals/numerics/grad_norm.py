"""The norm of the gradient: far above its usual, or clipped most of the time; evidence for others."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lineside_server.core.events import F64
from lineside_server.core.findings import Finding, Level
from lineside_server.rules.model import Reading, Rule, Scene, Standing, levels_of, not_checked, passing
from lineside_server.rules.tape import Track
from lineside_server.rules.windows import medians, preceding, recent

CLIPS: Final = ("max_grad_norm", "gradient_clip_val", "clip_grad_norm", "grad_clip", "clip_grad", "gradient_clipping")


class GradNorm(Rule):
    id, title, family = "grad-norm", "a gradient far above its usual, or always clipped", "numerics"

    @dataclass(frozen=True)
    class Params:
        window: int = 256  # points before
        least: int = 16
        times: float = 10.0  # the median of the window
        of_late: int = 3  # among the last `late` points
        late: int = 5
        clip_window: int = 500  # steps
        clip_share: float = 0.5

    @dataclass
    class State:
        high: int = 0  # points far above, in all

    @np.errstate(all="ignore")
    def observe(self, scene: Scene) -> list[Reading]:
        track = scene.one("grad_norm")
        if track is None or not len(track.new):
            return []
        bound = _bound(scene.facts.config)
        readings = [self._high(track)]
        return readings if bound is None else [*readings, self._clipped(track, bound)]

    def standing(self, scene: Scene) -> Standing:
        track = scene.one("grad_norm")
        if track is None:
            return not_checked("No gradient norm is logged: `lineside.watch(model)` logs it.")
        if track.count <= self.params.least:
            return not_checked(f"{track.count} points of {track.key} are too few: {self.params.least + 1} are needed.")
        return passing(f"{self.state.high:,} of {track.count:,} points are {self.params.times:g} times the usual.")

    def _high(self, track: Track) -> Reading:
        params, new = self.params, track.new
        points, begin = recent(track, params.window + params.late - 1)
        first = max(0, begin - params.late + 1)
        logs = np.where(np.isfinite(points.values) & (points.values > 0), np.log(points.values), np.nan)
        usual = medians(preceding(logs, params.window)[first:], params.least)
        high = logs[first:] > usual + np.log(params.times)
        late = np.convolve(high, np.ones(params.late, np.int64))[: len(high)] >= params.of_late
        levels = levels_of(len(new))
        levels[(high & late)[begin - first :]] = Level.INFO
        self.state.high += int(np.count_nonzero(high[begin - first :]))
        medians_here: F64 = np.exp(usual[begin - first :])

        def tell(i: int) -> Finding:
            step, value, median = int(new.steps[i]), float(new.values[i]), float(medians_here[i])
            return Finding(
                f"{track.key} is {value:.4g} at step {step:,}, {value / median:.3g} times its usual {median:.4g}",
                {"grad_norm": value},
                {"median_before": median, "limit": median * params.times},
                (int(track.before(step, params.window).steps[0]), step),
                (track.key,),
                f"log norm > median of the log norms of the {params.window} points before + ln {params.times:g}",
                {"grad_norm": value, "median": median},
            )

        return Reading("norm", new.steps, new.times, levels, tell)

    def _clipped(self, track: Track, bound: float) -> Reading:
        """Judge the share of the points of the last 500 steps that is above the declared bound."""
        params, new, every = self.params, track.new, track.all
        clipped = np.concatenate([[0], np.cumsum(every.values > bound)])
        ends = np.arange(track.fresh, len(every)) + 1
        begins = np.searchsorted(every.steps, new.steps - params.clip_window, side="right")
        count = ends - begins
        share = (clipped[ends] - clipped[begins]) / count
        full = (new.steps - track.first.steps[0] >= params.clip_window) & (count >= 10)
        levels = levels_of(len(new))
        levels[full & (share > params.clip_share)] = Level.INFO

        def tell(i: int) -> Finding:
            step = int(new.steps[i])
            return Finding(
                f"{share[i]:.0%} of the updates of {params.clip_window} steps are clipped to {bound:g}",
                {"clipped_share": float(share[i]), "points": int(count[i])},
                {"clipped_share": params.clip_share, "max_grad_norm": bound},
                (max(0, step - params.clip_window), step),
                (track.key,),
                f"points above the declared bound / points, over the last {params.clip_window} steps",
                {"clipped_share": float(share[i]), "bound": bound},
            )

        return Reading("clipping", new.steps, new.times, levels, tell)


def _bound(config: Mapping[str, Any]) -> float | None:
    """Return the norm that gradients are declared to be clipped to, None for none."""
    parts = [config, *(part for part in config.values() if isinstance(part, Mapping))]
    told = next((part[name] for part in parts for name in CLIPS if name in part), None)
    return float(told) if isinstance(told, (int, float)) and not isinstance(told, bool) and told > 0 else None

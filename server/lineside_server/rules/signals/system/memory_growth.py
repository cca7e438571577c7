"""Memory that grows and grows."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lineside_server.core.events import F64, I64
from lineside_server.core.findings import Finding, Level
from lineside_server.rules.model import Hold, NoState, Reading, Rule, Scene, Standing, levels_of, not_checked, passing
from lineside_server.rules.tape import Points, Track
from lineside_server.rules.trend import kendall, theil_sen

SAMPLES = 48  # values of the window that the trend is taken over


class MemoryGrowth(Rule):
    id, title, family = "memory-growth", "memory that grows with the run", "system"
    hold = Hold(points=2, keep_points=2)  # of the looks that are taken

    @dataclass(frozen=True)
    class Params:
        settle: int = 32  # points at the beginning, while allocators fill their caches
        least: int = 128  # points behind them, before a first look
        window: int = 1024  # points at most
        every: int = 32  # points between two looks
        tau: float = 0.8  # Kendall's, above which it is a trend
        growth: float = 0.02  # of what it was, over the window
        lasts: float = 0.5  # of the slope, at least, in the later half

    State = NoState

    def observe(self, scene: Scene) -> Iterable[Reading]:
        for track in scene.of("memory"):
            looks = self._looks(track)
            if len(looks):
                yield self._reading(track, looks, scene)

    def standing(self, scene: Scene) -> Standing:
        tracks = scene.of("memory")
        if not tracks:
            return not_checked("No memory is logged: add `run.log({'memory_bytes': torch.cuda.memory_allocated()})`.")
        most = max(track.count for track in tracks)
        if most < self.params.settle + self.params.window:
            return not_checked(
                f"{most} points of memory are too few: it takes {self.params.settle + self.params.window}."
            )
        return passing(f"{', '.join(track.key for track in tracks[:3])} does not grow steadily.")

    def _looks(self, track: Track) -> list[int]:
        """Return the places among all kept points at which a look is due: by count, so that any cut has the same."""
        gone = track.count - len(track.all)
        places = range(track.fresh, len(track.all))
        least = self.params.settle + self.params.least
        return [at for at in places if gone + at + 1 >= least and (gone + at + 1) % self.params.every == 0]

    def _reading(self, track: Track, looks: list[int], scene: Scene) -> Reading:
        settled = max(0, self.params.settle - (track.count - len(track.all)))
        trends = [self._trend(track.all[max(settled, at + 1 - self.params.window) : at + 1]) for at in looks]
        levels = levels_of(len(looks))
        levels[[trend is not None for trend in trends]] = Level.WARNING

        def tell(i: int) -> Finding:
            trend = trends[i]
            assert trend is not None, "told of breaches alone"
            return self._finding(track, trend, scene)

        return Reading(track.key, track.all.steps[looks], track.all.times[looks], levels, tell)

    def _trend(self, points: Points) -> "Trend | None":
        good = np.isfinite(points.values)
        if np.count_nonzero(good) < self.params.least // 2:
            return None
        steps, values = _sampled(points.steps[good], points.values[good])
        slope, (tau, _) = theil_sen(steps, values), kendall(values)
        grown = slope * (steps[-1] - steps[0])
        half = len(steps) // 2
        if theil_sen(steps[half:], values[half:]) < self.params.lasts * slope:
            return None  # it settles
        if tau <= self.params.tau or values[0] <= 0 or grown <= self.params.growth * values[0]:
            return None
        return Trend(float(slope), tau, float(values[0]), float(values[-1]), (int(steps[0]), int(steps[-1])))

    def _finding(self, track: Track, trend: "Trend", scene: Scene) -> Finding:
        full = _limit(scene, trend.last)
        left = None if full is None else (full - trend.last) / trend.slope
        until = f"; full in about {left:,.0f} steps" if left is not None else ""
        percent = 100 * (trend.last / trend.first - 1)
        return Finding(
            title=f"{track.key} grew by {percent:.1f}% from step {trend.window[0]:,} to {trend.window[1]:,}{until}",
            observed={"per_step": trend.slope, "first": trend.first, "last": trend.last, "kendall_tau": trend.tau},
            expected={"kendall_tau": f"at most {self.params.tau}"},
            window=trend.window,
            keys=(track.key,),
            formula="Theil-Sen slope and Kendall's tau over the window",
            clues={"limit": full, "steps_left": left},
        )


@dataclass(frozen=True, slots=True)
class Trend:
    slope: float
    tau: float
    first: float
    last: float
    window: tuple[int, int]


def _sampled(steps: I64, values: F64) -> tuple[F64, F64]:
    at = np.unique(np.linspace(0, len(steps) - 1, SAMPLES).astype(np.int64))
    return steps[at].astype(np.float64), values[at]


def _limit(scene: Scene, last: float) -> float | None:
    """Return the memory there is, where the config says it, in the unit of the series."""
    for name in ("memory_total", "memory_total_bytes", "gpu_memory_total", "memory_limit_bytes"):
        told: Any = scene.facts.config.get(name)
        if isinstance(told, int | float) and not isinstance(told, bool) and told > last:
            return float(told)
    return None

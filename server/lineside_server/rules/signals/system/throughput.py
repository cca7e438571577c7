"""The speed of training: whether a step takes longer than it did at the beginning of the run."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lineside_server.core.events import F64
from lineside_server.core.findings import Finding, Level
from lineside_server.rules.model import Hold, Reading, Rule, Scene, Standing, not_checked, passing
from lineside_server.rules.signals.system.pace import Pace, pace_of, paced
from lineside_server.rules.tape import Track
from lineside_server.rules.windows import Flags

NO_TIME = "No time is logged with the points: send `ts`, or log with `lineside.log`, which does."


class Throughput(Rule):
    id, title, family = "throughput", "steps that take longer than before", "system"
    hold = Hold(points=16, keep_points=64)

    @dataclass(frozen=True)
    class Params:
        warmup_steps: int = 50  # left out, as are the intervals before the second point behind them
        base: int = 128  # intervals behind those: how long a step takes in this run
        recent: int = 64  # intervals that are compared with them
        change: float = 1.10  # of the usual slow against the usual quick: warning
        severe: float = 1.30  # critical
        lasting_s: float = 60.0  # or, in a run that is younger, as long as it went before, but
        least_s: float = 10.0

    @dataclass
    class State:
        since: float | None = None  # when the change began that lasts still

    def observe(self, scene: Scene) -> Iterable[Reading]:
        track = paced(scene)
        base = None if track is None else self._base(track)
        if track is None or base is None or not len(track.new) or _curriculum(scene):
            return
        past = track.all[max(0, track.fresh - self.params.recent) :]
        pace = pace_of(past)
        if len(pace.seconds) < self.params.recent:
            return
        quick, slow, usual = self._recent(pace)
        steps, times = pace.steps[self.params.recent - 1 :], pace.times[self.params.recent - 1 :]
        settled = steps > base.steps[-1]
        levels = np.where(quick > self.params.severe * base.slow, Level.CRITICAL, 0)
        levels = np.where((levels == 0) & (quick > self.params.change * base.slow), Level.WARNING, levels)
        levels = np.where((levels == 0) & (slow * self.params.change < base.quick), Level.INFO, levels)
        # A quartile has changed when three quarters of its window have: so far back the change began.
        began = pace.times[self.params.recent // 4 - 1 :][: len(times)]
        lasts = self._lasts(settled & (levels > 0), (began, times), float(track.first.times[0]))
        levels = np.where(lasts, levels, 0).astype(np.int8)

        def tell(i: int) -> Finding:
            return self._finding(track, base, (float(quick[i]), float(slow[i]), float(usual[i])), int(steps[i]))

        yield Reading("train", steps, times, levels, tell)

    def standing(self, scene: Scene) -> Standing:
        track = paced(scene)
        if track is None:
            return not_checked(NO_TIME)
        if _curriculum(scene):
            return not_checked("A sequence-length curriculum is declared: steps may take longer as it goes on.")
        base = self._base(track)
        if base is None:
            needed = self.params.base + self.params.warmup_steps
            return not_checked(f"Too few steps with times of their own: {needed} are needed to know the usual pace.")
        return passing(f"A step took {_seconds(base.usual)} at the beginning, and takes about as long still.")

    def _base(self, track: Track) -> "Base | None":
        """Return the pace of the beginning, None until it is known."""
        first = track.first
        behind = (
            first[int(np.searchsorted(first.steps, first.steps[0] + self.params.warmup_steps)) :]
            if len(first)
            else first
        )
        pace = pace_of(behind[: self.params.base + 1])
        good = np.isfinite(pace.seconds)
        if np.count_nonzero(good) < self.params.base or not pace.seconds[good].any():
            return None
        quick, usual, slow = np.quantile(pace.seconds[good], [0.25, 0.5, 0.75])
        return Base(pace.steps, float(quick), float(usual), float(slow)) if usual > 0 else None

    def _recent(self, pace: Pace) -> tuple[F64, F64, F64]:
        """Return the quick quartile, the slow one and the median of the intervals up to each."""
        windows = sliding_window_view(np.where(np.isfinite(pace.seconds), pace.seconds, 0.0), self.params.recent)
        ordered = np.sort(windows, axis=1)
        n = self.params.recent
        return ordered[:, n // 4], ordered[:, 3 * n // 4], ordered[:, n // 2]

    def _lasts(self, changed: Flags, span: tuple[F64, F64], begun: float) -> Flags:
        """Tell where a change has lasted long enough to matter."""
        began, times = span
        begins = changed & ~np.concatenate([[self.state.since is not None], changed[:-1]])
        before = -np.inf if self.state.since is None else self.state.since
        since = np.maximum.accumulate(np.concatenate([[before], np.where(begins, began, -np.inf)]))[1:]
        self.state.since = float(since[-1]) if changed[-1] else None
        long_enough: Flags = times - since >= np.clip(since - begun, self.params.least_s, self.params.lasting_s)
        return changed & long_enough

    def _finding(self, track: Track, base: "Base", now: tuple[float, float, float], step: int) -> Finding:
        _, _, usual = now
        ratio = usual / base.usual
        word = "longer" if ratio >= 1 else "less long"
        change = f"{abs(ratio - 1) * 100:.0f}% {word}"
        return Finding(
            title=f"A step takes {_seconds(usual)}, {change} than the {_seconds(base.usual)} of the beginning",
            observed={"seconds_per_step": usual, "ratio": ratio},
            expected={"seconds_per_step": base.usual},
            window=(int(base.steps[0]), step),
            keys=(track.key,),
            formula=f"median of {self.params.recent} intervals / median of {self.params.base} at the beginning",
            clues={"ratio": ratio, "base_quick": base.quick, "base_slow": base.slow},
        )


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """Seconds a step at the beginning: the quick quartile, the median, the slow quartile."""

    steps: Any
    quick: float
    usual: float
    slow: float


def _curriculum(scene: Scene) -> bool:
    told = {**scene.facts.config, **scene.facts.told}
    return any("curriculum" in str(name).lower() and bool(value) for name, value in told.items())


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"

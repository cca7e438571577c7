"""Silence: no step for far longer than steps take in this run, by when the server heard of it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lineside_server.core.findings import Finding, Level
from lineside_server.rules.model import Reading, Rule, Scene, Silence, Standing, levels_of, not_checked, passing
from lineside_server.rules.signals.system.pace import paced
from lineside_server.rules.windows import median_of

SUBJECT = "train"


class Stall(Rule):
    id, title, family = "stall", "no step for far too long", "system"

    @dataclass(frozen=True)
    class Params:
        least_s: float = 60.0
        steps: float = 10.0  # usual steps
        gap: float = 1.5  # of the longest gap so far, an eval or a checkpoint
        severe: float = 3.0  # of the bound: critical
        beat_s: float = 30.0  # a client that lives is heard from three times in it
        window: int = 64  # intervals that say what is usual

    @dataclass
    class State:
        usual_s: float = 0.0  # between two points
        longest_s: float = 0.0
        last_time: float = -1.0

    def observe(self, scene: Scene) -> Iterable[Reading]:
        track = paced(scene)
        if track is None or not len(track.new):
            return
        took = np.diff(track.all.times[max(0, track.fresh - 1) :])
        good = took[np.isfinite(took) & (took >= 0)]
        if len(good):
            self.state.longest_s = max(self.state.longest_s, float(good.max()))
        usual = median_of(np.diff(track.all.times[-self.params.window :]), least=1)
        self.state.usual_s = usual if np.isfinite(usual) and usual > 0 else self.state.usual_s
        self.state.last_time = float(track.all.times[-1])
        yield Reading(SUBJECT, track.new.steps, track.new.times, levels_of(len(track.new)), _nothing)

    def standing(self, scene: Scene) -> Standing:
        if paced(scene) is None:
            return not_checked("Silence is judged while a run is live, by when the service heard of it.")
        return passing(f"A step takes about {self.state.usual_s:.3g} s; silence is told after {self.bound_s():,.0f} s.")

    def bound_s(self) -> float:
        """Return how many seconds without a step are too many."""
        usual, longest = self.params.steps * self.state.usual_s, self.params.gap * self.state.longest_s
        return float(max(self.params.least_s, usual, longest))

    def overdue(self, silence: Silence) -> Reading | None:
        """Return a reading of one point, the present moment, where the silence lasts too long."""
        bound = self.bound_s()
        if silence.points_s <= bound:
            return None
        levels = levels_of(1)
        levels[0] = Level.CRITICAL if silence.points_s > self.params.severe * bound else Level.WARNING

        def tell(_: int) -> Finding:
            return self._finding(silence, bound)

        return Reading(SUBJECT, np.array([silence.step]), np.array([silence.at]), levels, tell)

    def _finding(self, silence: Silence, bound: float) -> Finding:
        beats = silence.word_s < self.params.beat_s
        what = "its process lives: heartbeats come" if beats else "nothing at all is heard of it"
        return Finding(
            title=f"No step after {silence.step:,} for more than {_spoken(bound)}; {what}",
            observed={"silent_s": round(silence.points_s, 1), "without_a_word_s": round(silence.word_s, 1)},
            expected={"silent_s": f"at most {bound:,.0f}"},
            window=(silence.step, silence.step),
            keys=(),
            formula="max(60 s, 10 usual steps, 1.5 of the longest gap so far), by the server's clock",
            clues={"beats": beats, "usual_s": self.state.usual_s},
        )


def _nothing(_: int) -> Finding:
    raise AssertionError("nothing is told of a step that came")


def _spoken(seconds: float) -> str:
    return f"{seconds:,.0f} s" if seconds < 300 else f"{seconds / 60:,.0f} min"

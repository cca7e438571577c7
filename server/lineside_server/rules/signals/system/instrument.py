"""The instrument itself: clocks that go back, steps that leave gaps or come late."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lineside_server.core.findings import Finding, Level
from lineside_server.rules.model import Hold, Reading, Rule, Scene, Standing, levels_of, not_checked, passing
from lineside_server.rules.signals.system.pace import NO_CLOCK, ROLES
from lineside_server.rules.tape import Track

STRIDES = 16  # strides that say what is usual


class Instrument(Rule):
    id, title, family = "instrument", "what is wrong with the log itself", "system"
    hold = Hold(keep_points=512)

    @dataclass(frozen=True)
    class Params:
        back_s: float = 1.0  # by which the trainer's clock may go back
        gap: float = 20.0  # usual strides that are a gap

    @dataclass
    class State:
        backs: int = 0
        gaps: int = 0

    def observe(self, scene: Scene) -> Iterable[Reading]:
        track = next((one for role in ROLES[:1] if (one := scene.one(role)) is not None), None)
        if track is None or not len(track.new):
            return
        if scene.facts.config.get("_clock") != NO_CLOCK:
            yield self._clock(track)
        yield self._cadence(track)

    def standing(self, scene: Scene) -> Standing:
        if scene.one("train.loss") is None:
            return not_checked("No train loss is logged by whose steps the log could be looked at.")
        return passing("Steps and times of the train loss follow each other without gaps and without going back.")

    def _clock(self, track: Track) -> Reading:
        levels = levels_of(len(track.new))
        begin = max(0, track.fresh - 1)
        took = np.diff(track.all.times[begin:])
        back = took < -self.params.back_s
        levels[len(levels) - len(took) :][back] = Level.INFO
        self.state.backs += int(back.sum())

        def tell(i: int) -> Finding:
            at = track.fresh + i
            by = float(track.all.times[at - 1] - track.all.times[at])
            step = int(track.all.steps[at])
            return _finding(
                track, f"The trainer's clock went back by {by:,.0f} s at step {step:,}", step, {"back_s": by}
            )

        return Reading("clock", track.new.steps, track.new.times, levels, tell)

    def _cadence(self, track: Track) -> Reading:
        levels = levels_of(len(track.new))
        usual = self._usual(track)
        strides = np.diff(track.all.steps[max(0, track.fresh - 1) :])
        if usual is not None:
            wide = strides > self.params.gap * usual
            late = np.arange(track.count - len(strides), track.count) > STRIDES
            levels[len(levels) - len(strides) :][wide & late] = Level.INFO
            self.state.gaps += int((wide & late).sum())

        def tell(i: int) -> Finding:
            at = track.fresh + i
            low, high = int(track.all.steps[at - 1]), int(track.all.steps[at])
            title = f"Nothing of {track.key} between the steps {low:,} and {high:,}; every {usual:,.0f} steps are usual"
            return _finding(track, title, high, {"from_step": low, "to_step": high})

        return Reading("cadence", track.new.steps, track.new.times, levels, tell)

    def _usual(self, track: Track) -> float | None:
        """Return the stride of the beginning, None before it is known."""
        strides = np.diff(track.first.steps[: STRIDES + 1])
        return float(np.median(strides)) if len(strides) == STRIDES else None


def _finding(track: Track, title: str, step: int, observed: dict[str, float]) -> Finding:
    return Finding(title, observed, {}, (step, step), (track.key,), "neighbouring points")

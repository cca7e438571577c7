"""A resumed run that does not go on where it was: the loss, the learning rate or the epoch jumps."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from lineside_server.core.events import F64
from lineside_server.core.findings import Finding, Level
from lineside_server.rules.model import Hold, Reading, Rule, Scene, Standing, levels_of, not_checked, passing
from lineside_server.rules.tape import Track

ROLES = ("train.loss", "lr", "epoch")


class ResumeJump(Rule):
    id, title, family = "resume-jump", "a resume that does not go on where it was", "system"
    hold = Hold(keep_points=256)

    @dataclass(frozen=True)
    class Params:
        points: int = 16  # of each side
        spreads: float = 4.0  # median absolute deviations that the loss may move by
        loss: float = 0.10  # and the part of itself
        rate: float = 1.5  # factor by which the learning rate may move at once

    @dataclass
    class State:
        judged: dict[str, int] = field(default_factory=dict)  # by key, the step of the resume that was looked at

    def observe(self, scene: Scene) -> Iterable[Reading]:
        begun = scene.facts.attempt_step
        if scene.facts.attempt < 2:
            return
        for role in ROLES:
            track = scene.one(role)
            if track is not None and len(track.new) and track.all.steps[-1] >= begun:
                yield from self._look(role, track, begun)

    def standing(self, scene: Scene) -> Standing:
        if scene.facts.attempt < 2:
            return not_checked("The run was not resumed.")
        if not self.state.judged:
            return not_checked(
                f"Fewer than {self.params.points} points on either side of step {scene.facts.attempt_step:,}."
            )
        return passing(f"It went on at step {scene.facts.attempt_step:,} where it was.")

    def _look(self, role: str, track: Track, begun: int) -> Iterable[Reading]:
        """Look once, when enough has come behind the resume."""
        at = int(np.searchsorted(track.all.steps, begun))
        need = self.params.points if role == "train.loss" else 1
        due = at + need - 1
        levels = levels_of(len(track.new))
        jump = None
        if at > 0 and track.fresh <= due < len(track.all):
            jump = self._jump(role, track, at)
            self.state.judged[track.key] = begun
            if jump is not None:
                levels[due - track.fresh] = Level.WARNING

        def tell(_: int) -> Finding:
            assert jump is not None, "told of breaches alone"
            return self._finding(role, track, jump, begun)

        yield Reading(role.removeprefix("train."), track.new.steps, track.new.times, levels, tell)

    def _jump(self, role: str, track: Track, at: int) -> tuple[float, float] | None:
        """Return the figure before and after, where they do not belong together."""
        n = self.params.points if role == "train.loss" else 1
        before, after = track.all.values[max(0, at - n) : at], track.all.values[at : at + n]
        before, after = before[np.isfinite(before)], after[np.isfinite(after)]
        if not len(before) or not len(after):
            return None
        old, new = float(np.median(before)), float(np.median(after))
        if role == "epoch":
            return (old, new) if new < old - 1e-9 else None
        if role == "lr":
            return (old, new) if self._rate_jumps(track.all.values[max(0, at - 2) : at + 1]) else None
        spread = float(np.median(np.abs(before - old)))
        far = max(self.params.spreads * spread, self.params.loss * abs(old))
        return (old, new) if len(before) >= n // 2 and abs(new - old) > far else None

    def _rate_jumps(self, values: F64) -> bool:
        """Tell whether the last of up to three rates is far from the one before, and from where the two led."""
        old, new = values[-2], values[-1]
        low, high = sorted((abs(old), abs(new)))
        led = 2 * old - values[0] if len(values) == 3 else old
        return bool(high > self.params.rate * low and abs(new - led) > (1 - 1 / self.params.rate) * high)

    def _finding(self, role: str, track: Track, jump: tuple[float, float], begun: int) -> Finding:
        old, new = jump
        return Finding(
            title=f"After the resume at step {begun:,}, {track.key} is {new:.4g}; it was {old:.4g}",
            observed={track.key: new},
            expected={track.key: old},
            window=(max(0, begun - 1), begun),
            keys=(track.key,),
            formula=f"median of {self.params.points} points on either side"
            if role == "train.loss"
            else "neighbouring points",
            clues={"role": role, "old": old, "new": new},
        )

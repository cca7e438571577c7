"""An eval that has stopped improving: a note, unless something else explains it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lineside_server.core.findings import Finding, Level
from lineside_server.rules.clues import standing_at
from lineside_server.rules.losses import eval_losses, eval_name, on_training_data, planned_rates
from lineside_server.rules.model import Hold, NoState, Reading, Rule, Scene, Standing, levels_of, not_checked, passing
from lineside_server.rules.tape import Track
from lineside_server.rules.trend import kendall, theil_sen

HUGE: Final = 1e150  # beyond it differences overflow


class Plateau(Rule):
    id, title, family = "plateau", "an eval that no longer improves", "learning"

    @dataclass(frozen=True)
    class Params:
        evals: int = 10
        change: float = 0.002  # of the median over these evals
        p: float = 0.05  # of no trend, by Kendall's test
        high: float = 0.5  # of the peak: above it, with a decay to come, a plateau is what is due

    State = NoState
    hold = Hold(keep_points=10)  # it is over when a whole window has moved

    @np.errstate(all="ignore")
    def observe(self, scene: Scene) -> list[Reading]:
        held_out = [track for track in eval_losses(scene) if len(track.new) and not on_training_data(track)]
        return [self._eval(scene, track) for track in held_out]

    def standing(self, scene: Scene) -> Standing:
        losses = eval_losses(scene)
        if not losses:
            return not_checked('No eval loss is logged: add `lineside.log({"eval/loss": value}, step=step)`.')
        most = max(losses, key=lambda track: track.count)
        if most.count < self.params.evals:
            return not_checked(f"{most.count} evals of {most.key}; {self.params.evals} are needed.")
        evals, newest = self.params.evals, most.last_step
        change, p = _change(most, newest, evals)[0], _no_trend(most, newest, evals)
        return passing(f"{most.key} changed by {change:+.2%} over its last {self.params.evals} evals (p {p:.2g}).")

    def _eval(self, scene: Scene, track: Track) -> Reading:
        new, params = track.new, self.params
        levels = levels_of(len(new))
        for i, step in enumerate(new.steps.tolist()):
            change, known = _change(track, step, params.evals)
            flat = known and abs(change) < params.change
            if flat and _no_trend(track, step, params.evals) > params.p and not self._decay_to_come(scene, step):
                levels[i] = Level.INFO

        def tell(i: int) -> Finding:
            step = int(new.steps[i])
            change, p = _change(track, step, params.evals)[0], _no_trend(track, step, params.evals)
            window = track.before(step, params.evals)
            return Finding(
                f"{track.key} has changed by {change:+.2%} over {params.evals} evals, at step {step:,}",
                {"change": change, "p_no_trend": p, "median": float(np.median(window.values))},
                {"change": -params.change},
                (int(window.steps[0]), step),
                (track.key,),
                f"Theil-Sen slope * span / median of the last {params.evals} evals; p of no trend by Kendall's test",
                {"change": change, **standing_at(scene, step)},
            )

        return Reading(eval_name(track.key), new.steps, new.times, levels, tell)

    def _decay_to_come(self, scene: Scene, step: int) -> bool:
        """Return whether the declared rate is still high and will fall: the loss comes down with it."""
        schedule = scene.facts.intent.schedule
        if schedule is None or schedule.kind.startswith("constant"):
            return False
        rate = planned_rates(scene, np.array([step], np.int64))[0]
        due: bool = rate > self.params.high * schedule.peak
        return due


def _change(track: Track, step: int, evals: int) -> tuple[float, bool]:
    """Return the relative change over the last evals as of a step, and whether there are enough of them."""
    points = track.before(step, evals)
    x, y = points.steps.astype(np.float64), points.values
    if len(points) < evals or not np.isfinite(y).all():
        return 0.0, False
    median = abs(float(np.median(y)))
    if not 0 < median < HUGE:
        return 0.0, False
    return theil_sen(x, y) * float(x[-1] - x[0]) / median, True


def _no_trend(track: Track, step: int, evals: int) -> float:
    values = track.before(step, evals).values
    return kendall(values)[1] if np.isfinite(values).all() else 1.0

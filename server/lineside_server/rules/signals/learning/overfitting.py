"""An eval loss that rises while the train loss falls: what was trained since the best eval is wasted."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from lineside_server.core.findings import Finding, Level
from lineside_server.rules.clues import standing_at
from lineside_server.rules.losses import eval_losses, level_at, on_training_data, rises, train_loss
from lineside_server.rules.model import Reading, Rule, Scene, Standing, levels_of, not_checked, passing
from lineside_server.rules.resolution import printed_of, resolution
from lineside_server.rules.tape import Track


@dataclass(slots=True)
class Best:
    """An eval set: its best, the step and the train loss of then, its first value, and how it stands now."""

    value: float = float("inf")
    step: int = -1
    train: float = float("nan")
    start: float = float("nan")
    evals: int = 0
    above: int = 0  # evals in a row that are above the best
    now: float = float("nan")
    at: int = -1
    train_now: float = float("nan")
    over: bool = False  # it overfits

    @property
    def times(self) -> float:
        return self.now / self.value


class Overfitting(Rule):
    id, title, family = "overfitting", "eval rises while train falls", "learning"

    @dataclass(frozen=True)
    class Params:
        rise: float = 1.05  # times the best eval
        evals: int = 2  # in a row
        resolutions: float = 2.0  # of the eval series; a smaller move is rounding
        train_points: int = 8  # whose median is the train loss at an eval

    @dataclass
    class State:
        evals: dict[str, Best] = field(default_factory=dict)

    @np.errstate(all="ignore")
    def observe(self, scene: Scene) -> list[Reading]:
        train = train_loss(scene)
        if train is None:
            return []
        held_out = [track for track in eval_losses(scene) if len(track.new) and not on_training_data(track)]
        return [self._evals(scene, held_out, train)] if held_out else []

    def standing(self, scene: Scene) -> Standing:
        if train_loss(scene) is None:
            return not_checked('No train loss is logged: add `lineside.log({"loss": loss.item()})`.')
        known = [(key, best) for key, best in self.state.evals.items() if best.step >= 0]
        if not known:
            return not_checked('No eval loss is logged: add `lineside.log({"eval/loss": value}, step=step)`.')
        key, best = known[0]
        if best.evals <= self.params.evals:
            return not_checked(f"{best.evals} evals of {key}; {self.params.evals + 1} are needed.")
        return passing(
            f"{key}, at its best {best.value:.4g} at step {best.step:,}, is not {self.params.rise - 1:.0%} above that."
        )

    def _evals(self, scene: Scene, tracks: Sequence[Track], train: Track) -> Reading:
        """Judge each eval of each set; all sets are one subject, told by the one that is farthest from its best."""
        new = [track.new for track in tracks]
        steps, first = np.unique(np.concatenate([points.steps for points in new]), return_index=True)
        times = np.concatenate([points.times for points in new])[first]
        levels, worst = levels_of(len(steps)), []
        for i, step in enumerate(steps.tolist()):
            for track in tracks:
                if (value := track.at(step)) is not None and np.isfinite(value):
                    self._eval(scene, track, (step, value), level_at(train, step, self.params.train_points))
            over = {key: best for key, best in self.state.evals.items() if best.over}
            levels[i] = Level.WARNING if over else Level.NONE
            key = max(over, key=lambda key: over[key].times, default="")
            worst.append((key, replace(over[key]), len(over)) if over else None)

        def tell(i: int) -> Finding:
            told = worst[i]
            assert told is not None  # it is asked of breaches alone
            return self._finding(scene, train, int(steps[i]), told)

        return Reading("eval", steps, times, levels, tell)

    def _eval(self, scene: Scene, track: Track, point: tuple[int, float], train: float) -> None:
        """Compare an eval with the best before it, and the train loss of then and now."""
        best, params, (step, value) = self.state.evals.setdefault(track.key, Best()), self.params, point
        best.evals += 1
        best.start = value if np.isnan(best.start) else best.start
        above = rises(np.array([value]), np.array([best.value]), params.rise, best.start)[0]
        best.above = best.above + 1 if above else 0
        if value < best.value:
            best.value, best.step, best.train = value, step, train
        best.now, best.at, best.train_now = value, step, train
        best.over = bool(best.above >= params.evals and train < best.train) and self._visible(
            scene, track, step, value - best.value
        )

    def _finding(self, scene: Scene, train: Track, step: int, told: tuple[str, Best, int]) -> Finding:
        key, best, sets = told
        others = f" ({sets} sets do so)" if sets > 1 else ""
        above = f"{best.times - 1:.0%} above" if best.times < 10 else f"{best.times:.3g} times"
        return Finding(
            f"{key} is {best.now:.4g} at step {best.at:,}, {above} its best of step {best.step:,}, "
            f"while train fell{others}",
            {"eval": best.now, "train": best.train_now, "times_best": best.times, "steps_since_best": step - best.step},
            {"best_eval": best.value, "best_step": best.step, "train_at_best": best.train},
            (best.step, step),
            (key, train.key),
            f"eval loss / best eval loss > {self.params.rise:g} for {self.params.evals} evals, and the median of the "
            f"last {self.params.train_points} train losses is below that of the best eval",
            {
                "times": best.times,
                "best_step": best.step,
                "wasted": step - best.step,
                "train_fell": best.train - best.train_now,
                "train_now": best.train_now,
                "sets": sets,
                "epoch": _epoch(scene, best.step),
                **standing_at(scene, step),
            },
        )

    def _visible(self, scene: Scene, track: Track, step: int, rise: float) -> bool:
        seen: bool = rise > self.params.resolutions * resolution(
            track.before(step, 256).values, printed_of(scene.facts.config, track.key)
        )
        return seen


def _epoch(scene: Scene, step: int) -> float | None:
    """Return the epoch at a step, as logged or by the declared steps of one."""
    logged, per_epoch = scene.one("epoch"), scene.facts.intent.steps_per_epoch
    past = logged.before(step, 1).values if logged is not None else np.empty(0)
    if len(past) and np.isfinite(past[-1]):
        return float(past[-1])
    return step / per_epoch if per_epoch else None

"""A loss that has left the best it had, and stays away from it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lineside_server.core.events import F64, I64
from lineside_server.core.findings import Finding, Level
from lineside_server.rules.clues import standing_at
from lineside_server.rules.losses import eval_losses, eval_name, level_at, planned_rates, rises, start_of, train_loss
from lineside_server.rules.model import Levels, Reading, Rule, Scene, Standing, levels_of, not_checked, passing
from lineside_server.rules.tape import Track
from lineside_server.rules.windows import Flags, finite, medians, recent, running_min, streaks, trailing


@dataclass(slots=True)
class Best:
    """The best of a series so far, at which step, under which declared rate, and the train loss of then."""

    value: float = float("inf")
    step: int = -1
    rate: float = float("nan")
    train: float = float("nan")
    start: float = float("nan")  # where the series began
    above: int = 0  # points in a row that the first factor was exceeded
    far: int = 0  # and the second


@dataclass(frozen=True, slots=True, eq=False)
class Rise:
    """A stretch of a series against its best: values, best so far, its step and its declared rate, (n,) each."""

    values: F64
    best: F64
    at: I64
    rate: F64


class Divergence(Rule):
    id, title, family = "divergence", "a loss that leaves its best", "numerics"

    @dataclass(frozen=True)
    class Params:
        window: int = 32  # points of the median of the train loss
        points: int = 32  # for which it must stay up
        evals: int = 3  # the same for an eval
        above: float = 1.2  # times the best: info
        far: float = 1.5  # times the best: critical
        eval_above: float = 1.05  # of its best, which makes a warning of the info

    @dataclass
    class State:
        train: Best = field(default_factory=Best)
        key: str = ""
        evals: dict[str, Best] = field(default_factory=dict)

    @np.errstate(all="ignore")
    def observe(self, scene: Scene) -> list[Reading]:
        train = train_loss(scene)
        readings = []
        if train is not None and len(train.new):
            if train.key != self.state.key:
                self.state.key, self.state.train = train.key, Best()
            readings.append(self._train(scene, train))
        return readings + [self._eval(scene, track, train) for track in eval_losses(scene) if len(track.new)]

    def standing(self, scene: Scene) -> Standing:
        train, least = train_loss(scene), self.params.window + self.params.points
        if train is None and not eval_losses(scene):
            return not_checked('No loss is logged: add `lineside.log({"loss": loss.item()})`.')
        if train is not None and train.count < least and not self.state.evals:
            return not_checked(f"{train.count} points of {train.key} are too few: {least} are needed.")
        stands = [(self.state.key, self.state.train), *self.state.evals.items()]
        known = [f"{key} (best {best.value:.4g} at step {best.step:,})" for key, best in stands if best.step >= 0]
        if not known:
            return not_checked("No loss is above zero, so there is no ratio to its best.")
        return passing(f"None has left its best for long: {', '.join(known[:4])}.")

    def _train(self, scene: Scene, track: Track) -> Reading:
        state, params, new = self.state.train, self.params, track.new
        points, begin = recent(track, params.window)
        level = medians(trailing(finite(points.values), params.window)[begin:], params.window // 2)
        state.start = start_of(track) if np.isnan(state.start) else state.start
        rise = self._against_best(scene, state, new.steps, level)
        calm = ~(planned_rates(scene, new.steps) > 2.0 * rise.rate)
        above, far = (calm & rises(level, rise.best, factor, state.start) for factor in (params.above, params.far))
        levels = levels_of(len(new))
        lasting = self._streak(state, above, far)
        levels[lasting[0] >= params.points] = Level.INFO
        worse = self._worse_evals(scene, new.steps)
        levels[(lasting[0] >= params.points) & worse] = Level.WARNING
        levels[lasting[1] >= params.points] = Level.CRITICAL
        return self._reading(scene, track, levels, rise)

    def _eval(self, scene: Scene, track: Track, train: Track | None) -> Reading:
        """Judge each eval; where the train loss has fallen since the best one it is overfitting, and not told here."""
        state, params, new = self.state.evals.setdefault(track.key, Best()), self.params, track.new
        values = finite(new.values)
        if np.isnan(state.start) and np.isfinite(values).any():
            state.start = float(values[np.isfinite(values)][0])
        levels, trains = levels_of(len(new)), np.full(len(new), np.nan)
        before = state.value
        rise = self._against_best(scene, state, new.steps, values)
        far = rises(values, rise.best, params.far, state.start)
        calm = ~(planned_rates(scene, new.steps) > 2.0 * rise.rate)
        lasting = streaks(far & calm, state.far)
        state.far = int(lasting[-1])
        for i, step in enumerate(new.steps.tolist()):
            trains[i] = level_at(train, step) if train is not None else np.nan
            if rise.best[i] < before:
                before, state.train = float(rise.best[i]), float(trains[i])
            if lasting[i] >= params.evals and not trains[i] < state.train:
                levels[i] = Level.CRITICAL
        return self._reading(scene, track, levels, rise)

    def _against_best(self, scene: Scene, state: Best, steps: I64, values: F64) -> Rise:
        """Compare with the best so far, and keep it."""
        best = running_min(values, state.value)
        fresh = best < np.concatenate([[state.value], best[:-1]])
        place = np.maximum.accumulate(np.where(fresh, np.arange(len(steps)), -1))
        rates = planned_rates(scene, steps)
        at = np.where(place >= 0, steps[place], state.step)
        rate = np.where(place >= 0, rates[place], state.rate)
        state.value, state.step, state.rate = float(best[-1]), int(at[-1]), float(rate[-1])
        return Rise(values, best, at, rate)

    def _streak(self, state: Best, above: Flags, far: Flags) -> tuple[I64, I64]:
        lasting = streaks(above, state.above), streaks(far, state.far)
        state.above, state.far = int(lasting[0][-1]), int(lasting[1][-1])
        return lasting

    def _worse_evals(self, scene: Scene, steps: I64) -> Flags:
        """Return at which steps (n,) no eval speaks for the model: none is logged, or the newest of each is worse."""
        tracks = eval_losses(scene)
        if not tracks:
            return np.ones(len(steps), np.bool_)
        worse: Flags = np.ones(len(steps), np.bool_)
        for track in tracks:
            best = self.state.evals.get(track.key, Best()).value
            evals, begin = recent(track, 1)
            if not len(evals):
                continue
            lowest = np.concatenate([np.full(begin, best), running_min(finite(evals.values[begin:]), best)])
            at = np.searchsorted(evals.steps, steps, side="right") - 1
            worse &= (at >= 0) & (evals.values[at] > self.params.eval_above * lowest[at])
        return worse

    def _reading(self, scene: Scene, track: Track, levels: Levels, rise: Rise) -> Reading:
        new, subject = track.new, "train" if track.key == self.state.key else eval_name(track.key)

        @np.errstate(all="ignore")
        def tell(i: int) -> Finding:
            step, value, best, at = int(new.steps[i]), float(rise.values[i]), float(rise.best[i]), int(rise.at[i])
            what = f"The median of {track.key}" if subject == "train" else track.key
            return Finding(
                f"{what} is {value:.4g} at step {step:,}, {value / best:.3g} times its best, {best:.4g} at step {at:,}",
                {"loss": value, "times_best": value / best},
                {"best": best, "best_step": at},
                (at, step),
                (track.key,),
                f"median of the last {self.params.window} points / least such median so far"
                if subject == "train"
                else "eval loss / least eval loss so far",
                self._clues(scene, at, step) | {"times": value / best, "best_step": at},
            )

        return Reading(subject, new.steps, new.times, levels, tell)

    @staticmethod
    def _clues(scene: Scene, best_step: int, step: int) -> dict[str, Any]:
        then = standing_at(scene, best_step)
        return standing_at(scene, step) | {
            f"{name}_at_best": then[name] for name in ("lr", "grad_norm") if name in then
        }

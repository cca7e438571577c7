"""lr-exhausted: the learning rate is nothing where the schedule still has a rate to give."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lineside_server.core.findings import Finding, Level
from lineside_server.core.intent import Schedule
from lineside_server.rules.model import ALL, Hold, Reading, Rule, Scene, Standing, not_checked, passing
from lineside_server.rules.resolution import printed_of
from lineside_server.rules.signals.declared.rates import (
    ENDLESS,
    Judged,
    Rates,
    in_a_row,
    new_rates,
    rate_at,
    since_step,
)
from lineside_server.rules.signals.declared.words import described, figure, formula, missing


@dataclass
class State(Judged):
    """`gone` updates in a row were without a rate since step `gone_step`; `top` is the greatest rate seen so far."""

    gone: int = 0
    gone_step: int = -1
    top: float = 0.0
    lowest: float | None = None  # share of the peak, where a rate is due
    lowest_step: int = -1


class LrExhausted(Rule):
    """The lowest rate that is due at any shift that counts as right is compared with the one that came."""

    id, title, family = "lr-exhausted", "The learning rate is nothing where one is due", "declared"
    hold = Hold(points=3, keep_points=3)
    State = State

    @dataclass(frozen=True)
    class Params:
        nothing: float = 1e-3  # share of the peak below which a rate is nothing
        due: float = 0.01  # share of the peak above which one is due
        updates: int = 3
        end: float = 0.05  # the last part of the decay, which is not judged

    def observe(self, scene: Scene) -> Iterable[Reading]:
        schedule = scene.facts.intent.schedule
        if schedule is None or missing(scene) is not None:
            return
        rates = self._telling(schedule, new_rates(scene, schedule, self.state))
        if rates is None:
            return
        owing, nothing = self._owing(schedule, rates), self._nothing(schedule, rates)
        breach = owing & nothing & (rates.low - rates.values > rates.grain)
        gone = in_a_row(breach, self.state.gone)
        since = since_step(rates.steps, gone, self.state.gone_step)
        tops = np.maximum(np.maximum.accumulate(rates.values), self.state.top)
        self.state.gone, self.state.gone_step, self.state.top = int(gone[-1]), int(since[-1]), float(tops[-1])
        self._remember(rates, owing, schedule)
        levels = np.where(breach, int(Level.CRITICAL), 0).astype(np.int8)

        def tell(i: int) -> Finding:
            return _tell(
                scene, schedule, rates, i, {"since": int(since[i]), "updates": int(gone[i]), "top": float(tops[i])}
            )

        hold = Hold(points=self.params.updates, keep_points=self.params.updates)
        yield Reading(ALL, rates.steps, rates.times, levels, tell, hold)

    def standing(self, scene: Scene) -> Standing:
        reason = missing(scene)
        if reason is not None:
            return not_checked(reason)
        if self.state.lowest is None:
            return passing("No update has come yet at which more than 1% of the peak is due.")
        return passing(
            f"Where more than 1% of the peak was due the rate was never below {self.state.lowest:.2g} of the peak, "
            f"at step {self.state.lowest_step:,}."
        )

    def _telling(self, schedule: Schedule, rates: Rates | None) -> Rates | None:
        """Leave out the updates at which nothing came and nothing much is due: they are no news."""
        if rates is None:
            return None
        told = self._owing(schedule, rates) | ~self._nothing(schedule, rates)
        return rates.where(told) if told.any() else None

    def _owing(self, schedule: Schedule, rates: Rates) -> NDArray[np.bool_]:
        owing: NDArray[np.bool_] = rates.low > self.params.due * schedule.peak
        if schedule.total is not None and schedule.kind not in ENDLESS:
            owing &= rates.units < schedule.total - self.params.end * (schedule.total - schedule.warmup)
        return owing

    def _nothing(self, schedule: Schedule, rates: Rates) -> NDArray[np.bool_]:
        nothing: NDArray[np.bool_] = np.abs(rates.values) < self.params.nothing * schedule.peak
        return nothing

    def _remember(self, rates: Rates, owing: NDArray[np.bool_], schedule: Schedule) -> None:
        state = self.state
        if owing.any():
            shares = np.where(owing, rates.values / schedule.peak, np.inf)
            place = int(shares.argmin())
            if state.lowest is None or shares[place] < state.lowest:
                state.lowest, state.lowest_step = float(shares[place]), int(rates.steps[place])


def _tell(scene: Scene, schedule: Schedule, rates: Rates, i: int, clues: dict[str, float]) -> Finding:
    step, update, rate = int(rates.steps[i]), int(rates.updates[i]), float(rates.values[i])
    plain = float(rate_at(schedule, rates.units[i : i + 1])[0])
    printed = printed_of(scene.facts.config, rates.key)
    said = f" (printed as {printed.text(rate)})" if printed is not None else ""
    return Finding(
        title=f"The learning rate is {figure(rate)}{said} at update {update:,}, where {figure(plain)} is due",
        observed={"lr": rate, "update": update},
        expected={"lr": plain, "update": update, "schedule": described(schedule)},
        window=(int(clues["since"]), step),
        keys=(rates.key,),
        formula=formula(schedule, float(rates.units[i])),
        clues={**clues, **_printing(scene, rates.key), **_update_norm(scene, step)},
    )


def _printing(scene: Scene, key: str) -> dict[str, int | bool]:
    printed = printed_of(scene.facts.config, key)
    return {} if printed is None else {"decimals": printed.decimals, "exponent": printed.exponent}


def _update_norm(scene: Scene, step: int) -> dict[str, float | str]:
    """Return the newest figure that shows whether the weights move, where one is logged."""
    for role in ("update_norm", "update_ratio"):
        track = scene.one(role)
        if track is not None and len(newest := track.before(step, 1)):
            return {"moves": float(newest.values[-1]), "moves_key": track.key}
    return {}

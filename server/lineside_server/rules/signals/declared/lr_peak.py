"""lr-peak: the greatest learning rate is another than the declared one."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lineside_server.core.findings import Finding, Level
from lineside_server.core.intent import Schedule
from lineside_server.rules.model import ALL, Hold, Reading, Rule, Scene, Standing, not_checked, passing
from lineside_server.rules.signals.declared.rates import Judged, Rates, in_a_row, new_rates
from lineside_server.rules.signals.declared.words import described, figure, missing, times_words


@dataclass
class State(Judged):
    """The greatest rate seen and its step, and the greatest that was due at the updates seen, at the best of shifts."""

    top: float = 0.0
    top_step: int = -1
    low: float = 0.0
    high: float = 0.0
    same: int = 0
    judged: bool = False


class LrPeak(Rule):
    """Judged once the declared peak is behind, and a rate too low only once it has passed its own peak."""

    id, title, family = "lr-peak", "The learning rate peaks elsewhere than declared", "declared"
    hold = Hold(points=3, keep_points=3)
    State = State

    @dataclass(frozen=True)
    class Params:
        factor: float = 1.5
        updates: int = 3
        fallen: float = 0.99  # of the greatest rate: below it, the peak is behind
        flat: int = 10  # updates at one rate that are a peak too, where the schedule is flat
        nothing: float = 1e-3  # of the declared peak: below it, lr-exhausted speaks

    def observe(self, scene: Scene) -> Iterable[Reading]:
        schedule = scene.facts.intent.schedule
        if schedule is None or missing(scene) is not None:
            return
        rates = new_rates(scene, schedule, self.state)
        if rates is None:
            return
        state, params = self.state, self.params
        low, high = rates.low, rates.high
        tops = np.maximum(np.maximum.accumulate(rates.values), state.top)
        lows = np.maximum(np.maximum.accumulate(low), state.low)
        highs = np.maximum(np.maximum.accumulate(high), state.high)
        same = in_a_row(~rates.changed, state.same)
        after = rates.units - rates.back > _peak_at(schedule)
        flat = (same >= params.flat) & (high - low <= (1.0 - params.fallen) * schedule.peak)
        passed = (rates.values < params.fallen * tops) | flat
        below = passed & (params.factor * tops < lows) & (tops >= params.nothing * schedule.peak)
        breach = after & ((tops > params.factor * highs) | below)
        breach &= np.maximum(tops - highs, lows - tops) > rates.grain
        place = int(rates.values.argmax())
        if rates.values[place] > state.top:
            state.top_step = int(rates.steps[place])
        state.top, state.low, state.high = float(tops[-1]), float(lows[-1]), float(highs[-1])
        state.same, state.judged = int(same[-1]), state.judged or bool((after & passed).any())
        levels = np.where(breach, int(Level.WARNING), 0).astype(np.int8)

        def tell(i: int) -> Finding:
            return _tell(schedule, rates, i, (float(tops[i]), float(highs[i])))

        hold = Hold(points=params.updates, keep_points=params.updates)
        yield Reading(ALL, rates.steps, rates.times, levels, tell, hold)

    def standing(self, scene: Scene) -> Standing:
        reason = missing(scene)
        if reason is not None:
            return not_checked(reason)
        state, schedule = self.state, scene.facts.intent.schedule
        if schedule is not None and state.top < self.params.nothing * schedule.peak:
            return not_checked("No rate above 0.1% of the declared peak has come; lr-exhausted judges that.")
        if not state.judged and schedule is not None:
            at = f"{schedule.unit} {_peak_at(schedule):,.0f}"
            return passing(
                f"The peak, declared at {at}, is not behind yet; the greatest rate so far is {figure(state.top)}."
            )
        return passing(
            f"The rate peaked at {figure(state.top)}, at step {state.top_step:,}, where {figure(state.high)} is due."
        )


def _peak_at(schedule: Schedule) -> float:
    """Return where the schedule has its peak, in its units."""
    if schedule.kind != "one_cycle":
        return float(schedule.warmup)
    return float(schedule.warmup or 0.3 * (schedule.total or 0)) - 1.0


def _tell(schedule: Schedule, rates: Rates, i: int, tops: tuple[float, float]) -> Finding:
    top, expected = tops
    times = top / expected
    return Finding(
        title=f"The learning rate peaks at {figure(top)}, {times_words(times)} the {figure(expected)} that is declared",
        observed={"peak": top, "factor": times},
        expected={"peak": expected, "schedule": described(schedule)},
        window=(int(rates.steps[i]), int(rates.steps[i])),
        keys=(rates.key,),
        formula=f"factor = greatest rate seen / greatest rate due = {top:.4g} / {expected:.4g}",
        clues={"factor": times},
    )

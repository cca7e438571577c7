"""lr-stuck: the learning rate stands still where its schedule moves."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from lineside_server.core.events import F64, I64
from lineside_server.core.findings import Finding, Level
from lineside_server.core.intent import Schedule
from lineside_server.rules.model import ALL, Reading, Rule, Scene, Standing, not_checked, passing
from lineside_server.rules.signals.declared.rates import Judged, Rates, corners, in_a_row, new_rates, rate_at
from lineside_server.rules.signals.declared.words import described, figure, missing

PLACES: Final = 17  # at which the declared rate is looked at between the beginning and the end of a standstill


@dataclass
class State(Judged):
    """Where the newest rate was first seen, in units of the schedule (`since`) and by step; `same` updates had it.

    `back` is by how much the log could be behind then; `longest` counts the updates of the longest standstill.
    """

    since: float = 0.0
    since_step: int = -1
    back: float = 0.0
    same: int = 0
    longest: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Standstills:
    """Of the rate at each of n updates: when it was first seen, and how many updates had it.

    `moved` is by how much the schedule moves meanwhile, where that was looked at.
    """

    since: F64
    since_steps: I64
    back: F64
    same: I64
    moved: F64


class LrStuck(Rule):
    """Bit-identical rates over many updates are held against how far the declared rate moves meanwhile."""

    id, title, family = "lr-stuck", "The learning rate stands still where its schedule moves", "declared"
    State = State

    @dataclass(frozen=True)
    class Params:
        updates: int = 20  # of standstill, or
        share: float = 0.01  # of the declared updates, whichever is more
        points: int = 10  # that must show it
        of_value: float = 0.05  # by which the declared rate must move, of its greatest value meanwhile
        of_peak: float = 0.005  # and of the peak
        steps_of_print: float = 2.0  # and of the last digit that is printed

    def observe(self, scene: Scene) -> Iterable[Reading]:
        schedule = scene.facts.intent.schedule
        if schedule is None or missing(scene) is not None:
            return
        rates = new_rates(scene, schedule, self.state)
        if rates is None:
            return
        still = self._standstills(rates)
        long = max(self.params.updates * rates.each, self.params.share * (schedule.total or 0))
        places = np.flatnonzero((rates.units - still.since >= long) & (still.same >= self.params.points))
        levels = np.zeros(len(rates), np.int8)
        if places.size:
            low, high = _travel(schedule, rates, still, places)
            still.moved[places] = high - low
            floor = np.maximum(self.params.of_peak * schedule.peak, self.params.steps_of_print * rates.grain[places])
            stuck = high - low > np.maximum(self.params.of_value * high, floor)
            levels[places[stuck]] = Level.WARNING

        def tell(i: int) -> Finding:
            return _tell(schedule, rates, still, i)

        yield Reading(ALL, rates.steps, rates.times, levels, tell)

    def standing(self, scene: Scene) -> Standing:
        reason = missing(scene)
        if reason is not None:
            return not_checked(reason)
        return passing(
            f"No rate stood still for long while the schedule moved; the longest standstill took "
            f"{self.state.longest:,} updates."
            if self.state.longest > 1
            else "The rate changed at every update."
        )

    def _standstills(self, rates: Rates) -> Standstills:
        state = self.state
        same = in_a_row(~rates.changed, state.same - 1) + 1
        place = np.maximum.accumulate(np.where(rates.changed, np.arange(len(rates)), -1))
        known, place = place >= 0, np.maximum(place, 0)
        since = np.where(known, rates.units[place], state.since)
        steps = np.where(known, rates.steps[place], state.since_step)
        back = np.where(known, rates.back[place], state.back)
        state.since, state.since_step, state.back = float(since[-1]), int(steps[-1]), float(back[-1])
        state.same, state.longest = int(same[-1]), max(state.longest, int(same.max()))
        return Standstills(since, steps, back, same, np.zeros(len(rates)))


def _travel(schedule: Schedule, rates: Rates, still: Standstills, places: I64) -> tuple[F64, F64]:
    """Return the lowest and highest declared rate (k,) during the standstills at `places` (k,).

    Of the shifts that count as right the one counts under which the schedule moves least.
    """
    begin = still.since[places] + rates.each
    end = rates.units[places] - rates.each - (rates.back[places] - still.back[places])
    found: list[tuple[F64, F64]] = []
    for shift in (0.0, still.back[places] - rates.each, rates.each - rates.ahead[places]):
        low, high = begin - shift, np.maximum(begin, end) - shift
        ends = [low + (high - low) * (place / (PLACES - 1)) for place in range(PLACES)]
        turns = [np.clip(float(turn), low, high) for turn in corners(schedule)]
        rated = rate_at(schedule, np.stack([*ends, *turns]))
        found.append((rated.min(axis=0), rated.max(axis=0)))
    lows, highs = np.array([low for low, _ in found]), np.array([high for _, high in found])
    least = (highs - lows).argmin(axis=0), np.arange(len(places))
    return lows[least], highs[least]


def _tell(schedule: Schedule, rates: Rates, still: Standstills, i: int) -> Finding:
    step, rate, updates = int(rates.steps[i]), float(rates.values[i]), int(still.same[i])
    since = float(still.since[i])
    then, now = (float(rate_at(schedule, np.array([unit]))[0]) for unit in (since, rates.units[i]))
    travelled = rates.units[i] - since
    return Finding(
        title=f"The learning rate has stood at {figure(rate)} for {travelled:,.0f} {schedule.unit}s, "
        f"in which the schedule moves by {figure(float(still.moved[i]))}",
        observed={"lr": rate, "updates_seen": updates, f"{schedule.unit}s": float(travelled)},
        expected={
            "lr_at_begin": then,
            "lr_now": now,
            "moves_by": float(still.moved[i]),
            "schedule": described(schedule),
        },
        window=(int(still.since_steps[i]), step),
        keys=(rates.key,),
        formula=f"moved = highest - lowest rate due from {schedule.unit} {since:.0f} to {rates.units[i]:.0f}",
        clues={"skipped": float(rates.back[i] - still.back[i]), "travelled": float(travelled), "began": since},
    )

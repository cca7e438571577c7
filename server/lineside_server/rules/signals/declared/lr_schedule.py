"""lr-schedule: the learning rate does not go where its declared schedule does."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lineside_server.core.events import F64, I64
from lineside_server.core.facts import Facts
from lineside_server.core.findings import Finding, Level
from lineside_server.core.intent import Schedule
from lineside_server.rules.model import ALL, Hold, Levels, Reading, Rule, Scene, Standing, not_checked, passing
from lineside_server.rules.signals.declared.rates import (
    ENDLESS,
    Judged,
    Rates,
    in_a_row,
    new_rates,
    rate_at,
    since_step,
)
from lineside_server.rules.signals.declared.speed import Speed, figures, solve, spread
from lineside_server.rules.signals.declared.words import clues_of, described, figure, formula, missing, pace_words

ENDS: Final = 64  # of the first and of the last rates that differ, the speed is solved from


@dataclass
class State(Judged):
    """`first` and `last` hold [unit, rate] of rates that differ from the one before."""

    first: list[tuple[float, float]] = field(default_factory=list)
    last: list[tuple[float, float]] = field(default_factory=list)
    off: int = 0  # updates in a row that were off,
    off_step: int = -1  # since this step
    off_before_zero: bool = False  # whether the newest rate that was not zero was off
    same: int = 0  # updates in a row that had the same rate
    speed: Speed | None = None  # as it was solved when `off` reached the counts of SOLVED
    worst: float = 0.0  # share of the peak
    worst_step: int = -1
    newest: tuple[int, float, float] | None = None  # update, rate, rate due


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What is known at each of n updates: `off` in a row and since which step, `same` in a row, and the speed.

    `speeds` holds (place from which it is known, speed) in order.
    """

    rates: Rates
    expected: F64
    off: list[int]
    since: list[int]
    same: list[int]
    speeds: list[tuple[int, Speed | None]]

    def speed_at(self, i: int) -> Speed | None:
        return next((speed for place, speed in reversed(self.speeds) if place <= i), None)


class LrSchedule(Rule):
    """Each update is compared with the rates that are due at any shift that counts as right."""

    id, title, family = "lr-schedule", "The learning rate leaves its declared schedule", "declared"
    hold = Hold(points=5, keep_points=5)
    State = State

    @dataclass(frozen=True)
    class Params:
        away: float = 0.02  # share of the peak by which the rate may be off
        factor: float = 1.5  # or by this factor,
        least: float = 0.002  # where either rate exceeds this share of the peak
        updates: int = 5  # that must be off
        named_within: float = 0.1  # of a declared figure, logarithmically
        misfit: float = 0.05  # mean relative misfit up to which a speed explains the rates
        critical_speed: float = 2.0  # and its inverse
        end: float = 0.05  # the last part of the decay, where the factor does not count
        keep: float = 0.05  # share of the declared updates for which it must be right again

    def observe(self, scene: Scene) -> Iterable[Reading]:
        schedule = scene.facts.intent.schedule
        if schedule is None or missing(scene) is not None:
            return
        rates = self._telling(schedule, new_rates(scene, schedule, self.state))
        if rates is None:
            return
        expected = np.minimum(np.maximum(rates.values, rates.low), rates.high)
        breach = self._yielding(rates, self._off(schedule, rates, expected))
        seen = self._follow(scene.facts, schedule, rates, expected, breach)
        levels = self._levels(seen, breach)
        self._remember(rates, expected, schedule.peak)
        total = schedule.total or 0
        keep = max(self.params.updates, int(self.params.keep * total))
        hold = Hold(points=self.params.updates, keep_points=keep)

        def tell(i: int) -> Finding:
            return self._tell(scene.facts, schedule, seen, i)

        yield Reading(ALL, rates.steps, rates.times, levels, tell, hold)

    def standing(self, scene: Scene) -> Standing:
        reason = missing(scene)
        if reason is not None:
            return not_checked(reason)
        state = self.state
        if state.newest is None:
            return not_checked("No finite learning rate has come yet.")
        update, rate, expected = state.newest
        return passing(
            f"At update {update:,} the rate is {figure(rate)} where {figure(expected)} is due; the farthest that it "
            f"was off is {state.worst:.2g} of the peak, at step {state.worst_step:,}."
        )

    def _telling(self, schedule: Schedule, rates: Rates | None) -> Rates | None:
        """Leave out the updates at which next to nothing is due and next to nothing came: they are no news."""
        if rates is None:
            return None
        told = np.maximum(rates.values, rates.high) > self.params.least * schedule.peak
        return rates.where(told) if told.any() else None

    def _off(self, schedule: Schedule, rates: Rates, expected: F64) -> NDArray[np.bool_]:
        """Return where (n,) the rate is off at every shift."""
        params, peak = self.params, schedule.peak
        apart = np.abs(rates.values - expected)
        smaller, greater = np.minimum(rates.values, expected), np.maximum(rates.values, expected)
        by_factor = (greater > params.least * peak) & (greater >= params.factor * smaller)
        if schedule.total is not None and schedule.kind not in ENDLESS:
            by_factor &= rates.units < schedule.total - params.end * (schedule.total - schedule.warmup)
        off: NDArray[np.bool_] = ((apart > params.away * peak) | by_factor) & (apart > rates.grain)
        return off

    def _yielding(self, rates: Rates, off: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """A rate of zero is lr-exhausted's, unless the schedule was left before the rate came to zero."""
        told = rates.values != 0
        place = np.maximum.accumulate(np.where(told, np.arange(len(off)), -1))
        before = np.where(place >= 0, off[np.maximum(place, 0)], self.state.off_before_zero)
        self.state.off_before_zero = bool(before[-1])
        yielded: NDArray[np.bool_] = off & (told | before)
        return yielded

    def _follow(self, facts: Facts, schedule: Schedule, rates: Rates, expected: F64, breach: NDArray[np.bool_]) -> Seen:
        """Carry the counts on, and solve for the speed where the updates off in a row reach 5, 10, 20, 40 and so on."""
        state = self.state
        changed = rates.changed
        same, off = in_a_row(~changed, state.same), in_a_row(breach, state.off)
        pairs = list(zip(rates.units[changed].tolist(), rates.values[changed].tolist(), strict=True))
        known = np.cumsum(changed)
        speeds: list[tuple[int, Speed | None]] = [(-1, state.speed)]
        for place in np.flatnonzero(_doubled(off, self.params.updates)).tolist():
            upto = pairs[: int(known[place])]
            first = [*state.first, *upto][:ENDS]
            units, values = spread(first, [*state.last, *upto][-ENDS:])
            speeds.append((place, solve(schedule, units, values, facts, self.params.named_within)))
        state.first, state.last = [*state.first, *pairs][:ENDS], [*state.last, *pairs][-ENDS:]
        since = since_step(rates.steps, off, state.off_step)
        state.same, state.off, state.off_step, state.speed = int(same[-1]), int(off[-1]), int(since[-1]), speeds[-1][1]
        return Seen(rates, expected, off.tolist(), since.tolist(), same.tolist(), speeds)

    def _levels(self, seen: Seen, breach: NDArray[np.bool_]) -> Levels:
        levels = np.where(breach, np.int8(Level.WARNING), np.int8(0)).astype(np.int8)
        for place, speed in seen.speeds:
            begin = max(place, 0)
            levels[begin:] = np.where(breach[begin:], int(self._level(speed)), 0)
        return levels

    def _level(self, speed: Speed | None) -> Level:
        bound = self.params.critical_speed
        solved = speed is not None and speed.solved(self.params.misfit)
        far = speed is not None and (speed.speed >= 0.99 * bound or speed.speed <= 1.01 / bound)
        return Level.CRITICAL if solved and far else Level.WARNING

    def _remember(self, rates: Rates, expected: F64, peak: float) -> None:
        apart = np.abs(rates.values - expected) / peak
        worst = int(apart.argmax())
        if apart[worst] > self.state.worst or self.state.worst_step < 0:
            self.state.worst, self.state.worst_step = float(apart[worst]), int(rates.steps[worst])
        self.state.newest = (int(rates.updates[-1]), float(rates.values[-1]), float(expected[-1]))

    def _tell(self, facts: Facts, schedule: Schedule, seen: Seen, i: int) -> Finding:
        rates, speed = seen.rates, seen.speed_at(i)
        step, update, rate = int(rates.steps[i]), int(rates.updates[i]), float(rates.values[i])
        plain = float(rate_at(schedule, rates.units[i : i + 1])[0])
        solved = speed is not None and speed.solved(self.params.misfit)
        pace = pace_words(speed, self.params.misfit)
        return Finding(
            title=f"{pace} {figure(rate)} at update {update:,}, where {figure(plain)} is due",
            observed={"lr": rate, "update": update} | ({"speed": speed.speed} if speed is not None and solved else {}),
            expected={"lr": plain, "speed": 1.0, "schedule": described(schedule)},
            window=(seen.since[i], step),
            keys=(rates.key,),
            formula=formula(schedule, float(rates.units[i])),
            clues={
                "updates_off": seen.off[i],
                "updates_same": seen.same[i],
                "solved": solved,
                "figures": dict(figures(facts)),
                **({} if speed is None else clues_of(speed)),
            },
        )


def _doubled(counts: I64, first: int) -> NDArray[np.bool_]:
    """Return where a count is `first` times a power of two."""
    times = counts // first
    doubled: NDArray[np.bool_] = (counts > 0) & (counts == times * first) & ((times & (times - 1)) == 0)
    return doubled

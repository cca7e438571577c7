"""The learning rate as its rules see it: one value for each update, and what the declaration makes due there."""

import re
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lineside_server.core.events import F64, I64
from lineside_server.core.facts import Facts
from lineside_server.core.intent import Intent, Schedule
from lineside_server.core.schedules import declared_rate
from lineside_server.rules.model import Scene
from lineside_server.rules.resolution import FEWEST, IN_FULL, Printed, decimals_of, printed_of
from lineside_server.rules.tape import Track

SKIPPED: Final = re.compile(r"(.*/)?((num_)?skipped_(updates|steps)|(updates|steps)_skipped)")
ENDLESS: Final = frozenset({"constant", "constant_with_warmup", "inverse_sqrt", "step"})  # their total shapes nothing
UNCOUNTED: Final = 8.0  # updates that a loss scale may skip at the beginning where nothing counts them
BETWEEN: Final = 9  # places at which a wide range of shifts is looked at
FARTHEST: Final = 2**53  # updates beyond it are no counts
HUGE: Final = 1e100


@dataclass
class Judged:
    """What the rules of the learning rate remember: the newest update judged, and those skipped as events told.

    `rate` is that of the newest update; `differing` counts the rates that differ from the one before, and `decimals`
    the most digits behind the point that they had.
    """

    update: int = -1
    skipped: int = 0
    rate: float | None = None
    differing: int = 0
    decimals: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """The learning rate at each of n updates that were not judged before, as its first point in the update has it.

    `units` counts what the schedule counts, and `each` of them are one update; `back` and `ahead` (n,) say by how many
    the logged rate may be behind or before its step: the log may come before or after the scheduler's step, skipped
    updates leave the scheduler behind, and the last updates of epochs may hold fewer batches. `low` and `high` are the
    lowest and the highest rate due at any of these shifts. `changed` says where the rate differs from the one before,
    `grain` is the step of printed values.
    """

    key: str
    steps: I64
    times: F64
    values: F64
    updates: I64
    units: F64
    back: F64
    ahead: F64
    low: F64
    high: F64
    each: float
    changed: NDArray[np.bool_]
    grain: F64

    def __len__(self) -> int:
        return len(self.steps)

    def where(self, mask: NDArray[np.bool_]) -> "Rates":
        """Return those updates alone that a mask (n,) picks."""
        if mask.all():
            return self
        arrays = {
            item.name: getattr(self, item.name)[mask] for item in fields(self) if item.name not in ("key", "each")
        }
        return replace(self, **arrays)


def new_rates(scene: Scene, schedule: Schedule, state: Judged) -> Rates | None:
    """Return what a stretch brings, None for nothing; the state is brought up to date.

    Rules that have seen the same so far share what is worked out.
    """
    known = (state.update, state.skipped, state.rate, state.differing, state.decimals)
    if known not in scene.memo:
        after = Judged(*known)
        scene.memo[known] = (_worked_out(scene, schedule, after), after)
    rates: Rates | None
    rates, after = scene.memo[known]
    state.update, state.skipped, state.rate = after.update, after.skipped, after.rate
    state.differing, state.decimals = after.differing, after.decimals
    return rates


def _worked_out(scene: Scene, schedule: Schedule, state: Judged) -> Rates | None:
    track = scene.one("lr")
    if track is None or not len(track.new):
        state.skipped += _told_skips(scene)
        return None
    new = track.new
    updates = np.minimum(scene.updates(new.steps), FARTHEST)
    kept = np.flatnonzero(np.isfinite(new.values))
    places = kept[_differs(updates[kept], state.update)]
    steps, updates = new.steps[places], updates[places]
    values = np.clip(new.values[places], -HUGE, HUGE)  # or a nonsensical rate would overflow in what follows
    skips = state.skipped + _logged_skips(scene, steps)
    state.skipped += _told_skips(scene)
    if not len(steps):
        return None
    changed = _differs(values, np.nan if state.rate is None else state.rate)
    grain = _grain(values, changed, state, printed_of(scene.facts.config, track.key))
    state.update, state.rate = int(updates[-1]), float(values[-1])
    each = float(scene.facts.intent.accumulation) if schedule.unit == "batch" else 1.0
    short, long = _ragged(scene, steps)
    before = skips if scene.one("update") is not None else 0.0  # a count of those made falls behind a scheduler too
    units = _units(scene.facts.intent, schedule, steps, updates)
    back, ahead = each * (1.0 + skips + short), each * (1.0 + before + long)
    low, high = due(schedule, units - back, units + ahead)
    return Rates(
        key=track.key,
        steps=steps,
        times=new.times[places],
        values=values,
        updates=updates,
        units=units,
        back=back,
        ahead=ahead,
        low=low,
        high=high,
        each=each,
        changed=changed,
        grain=grain,
    )


def due(schedule: Schedule, begin: F64, end: F64) -> tuple[F64, F64]:
    """Return the lowest and the highest rate (n,) that is due from `begin` (n,) to `end` (n,) in units."""
    far = end - begin
    rows = [begin, *(np.minimum(np.maximum(begin, float(turn)), end) for turn in corners(schedule)), end]
    count = 3 if float(far.max()) <= 2 else BETWEEN
    rows += [begin + far * (place / (count - 1)) for place in range(1, count - 1)]
    if schedule.total is not None:  # behind its end a schedule may go on by its formula, or stay where it ended
        rows.append(np.minimum(end, float(schedule.total)))
    rated = rate_at(schedule, np.array(rows))
    return rated.min(axis=0), rated.max(axis=0)


def rate_at(schedule: Schedule, units: F64) -> F64:
    """Return the declared rate after `units`, of any shape, fractions and counts below zero included."""
    with np.errstate(all="ignore"):  # a nonsensical declaration gives rates that are not finite, and no breach
        rated = declared_rate(schedule, np.maximum(units, 0.0).ravel())
    return np.full(units.shape, np.nan) if rated is None else rated.reshape(units.shape)


def computable(schedule: Schedule | None) -> bool:
    """Return whether the rates of a schedule can be computed."""
    return schedule is not None and declared_rate(schedule, np.zeros(1)) is not None


def updates_known(facts: Facts, track: Track | None) -> bool:
    """Return whether it is known which update a step belongs to; `track` is the logged series `update`."""
    intent = facts.intent
    told = intent.step_unit is not None or "accumulation" in facts.told
    return track is not None or intent.accumulation == 1 or told


def _differs(values: I64 | F64, before: float) -> NDArray[np.bool_]:
    """Return where a value differs from the one before it."""
    differs = np.empty(len(values), np.bool_)
    differs[:1] = values[:1] != before
    differs[1:] = values[1:] != values[:-1]
    return differs


def in_a_row(true: NDArray[np.bool_], before: int) -> I64:
    """Return for each place (n,) how many in a row up to it are true; `before` stood so ahead of the first."""
    if not true.any():
        return np.zeros(len(true), np.int64)
    places = np.arange(1, len(true) + 1)
    false = np.maximum.accumulate(np.where(true, 0, places))
    return np.where(false > 0, places - false, places + before)


def since_step(steps: I64, counts: I64, before: int) -> I64:
    """Return for each place (n,) the step at which the `counts` in a row began; `before` where that was earlier."""
    if not counts.any():
        return steps + 1  # where nothing is counted, it would begin next
    began = np.arange(len(steps)) - counts + 1
    return np.where(began >= 0, steps[np.clip(began, 0, len(steps) - 1)], before)


def _units(intent: Intent, schedule: Schedule, steps: I64, updates: I64) -> F64:
    if schedule.unit == "update":
        return updates.astype(np.float64)
    each = float(intent.accumulation) if intent.step_unit == "update" else 1.0
    return steps.astype(np.float64) * each


def corners(schedule: Schedule) -> tuple[int, ...]:
    """Return where the rate turns: at the end of the warm-up, and of the stable phase."""
    stable = schedule.stable
    if stable is None and schedule.decay is not None and schedule.total is not None:
        stable = max(0, schedule.total - schedule.warmup - schedule.decay)
    return (schedule.warmup,) if stable is None else (schedule.warmup, schedule.warmup + stable)


def _ragged(scene: Scene, steps: I64) -> tuple[F64, F64]:
    """Return by how many updates (n,) plain division may be off where the last update of an epoch is a smaller one."""
    intent = scene.facts.intent
    batches, group = intent.steps_per_epoch, intent.accumulation
    none = np.zeros(len(steps))
    if not batches or group == 1 or intent.step_unit == "update" or scene.one("update") is not None:
        return none, none
    epochs = (steps // batches).astype(np.float64)
    return epochs * (batches / group - batches // group), epochs * (-(-batches // group) - batches / group)


def _grain(values: F64, changed: NDArray[np.bool_], state: Judged, printed: Printed | None) -> F64:
    """Return the step of the printed values (n,) as known at each; 0 where they are not rounded."""
    if printed is not None:
        return np.array([printed.step(value) for value in values.tolist()])
    differing = state.differing + np.cumsum(changed)
    decimals = np.full(len(values), state.decimals)
    if state.decimals < IN_FULL:
        decimals[changed] = [decimals_of(value) for value in values[changed].tolist()]
        decimals = np.maximum.accumulate(np.maximum(decimals, state.decimals))
    state.differing, state.decimals = int(differing[-1]), int(decimals[-1])
    steps: F64 = 10.0 ** -decimals.astype(np.float64)
    return np.where(differing >= FEWEST, steps, 0.0)


def _logged_skips(scene: Scene, steps: I64) -> F64:
    """Return how many updates (n,) were skipped up to each step, by the series that counts them.

    Without one, a loss scale that is declared may have skipped a few until it found its size.
    """
    counting = [track for key, track in scene.tracks.items() if SKIPPED.fullmatch(key.lower()) and len(track.all)]
    skips = np.full(len(steps), 0.0 if counting or not scene.facts.declared.half else UNCOUNTED)
    for track in counting:
        at = np.searchsorted(track.all.steps, steps, side="right") - 1
        counted = np.where(at >= 0, track.all.values[np.maximum(at, 0)], 0.0)
        skips = np.maximum(skips, np.where(np.isfinite(counted), counted, 0.0))
    return skips


def _told_skips(scene: Scene) -> int:
    return sum(event.type == "nonfinite" and event.body.get("action") == "skipped_step" for event in scene.events)

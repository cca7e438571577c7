"""What the rates that were seen say of a schedule that nobody declared."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from lineside_server.core.events import F64
from lineside_server.core.facts import Facts
from lineside_server.core.intent import Schedule
from lineside_server.core.schedules import updates_of
from lineside_server.rules.tape import Points, Tape, Track

FEWEST: Final = 64  # rates from which on a schedule is looked for; then anew at 128, 256 and every 512
EVERY: Final = 512
LOOKED_AT: Final = 96  # rates of those known, evenly
FAMILIES: Final = ("linear", "cosine")
LENGTHS: Final = (1.0, 1.2, 1.6, 2.5, 5.0, 10.0)  # times what has passed, where the search for an end begins
ROUNDS: Final = 8  # of least squares
MISFIT: Final = 0.02  # mean relative misfit up to which a schedule counts as found


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Rates (n,) at updates (n,), from the beginning of a run and from what is newest."""

    units: F64
    rates: F64


def infer_schedule(facts: Facts, tape: Tape) -> Facts:
    """Return the facts with the schedule that the rates before the newest stretch follow, if any.

    It is looked for at milestones, and depends on nothing but the points of the beginning and the 512 before one.
    It takes effect with the stretch behind a milestone, so it is for sentences, and not for what a rule breaches on.
    """
    track = _rates(facts, tape)
    if track is None or facts.intent.schedule is not None or facts.declared.metric_driven:
        return facts
    reached = milestone(track.count - len(track.new))
    if reached in (0, facts.inferred.rates):
        return facts
    schedule, why = fitted(_seen(facts, tape, track, reached))
    return replace(facts, inferred=replace(facts.inferred, schedule=schedule, why=why, rates=reached))


def milestone(count: int) -> int:
    """Return the number of points at which a schedule was last to be looked for: 0, 64, 128, 256, 512, 1024, 1536..."""
    if count >= EVERY:
        return count - count % EVERY
    return 0 if count < FEWEST else 1 << (count.bit_length() - 1)


def fitted(seen: Seen) -> tuple[Schedule | None, str]:
    """Return the schedule that rates follow, and a sentence on it; None and a sentence where there is none."""
    units, rates = seen.units, seen.rates
    peak = float(rates.max(initial=0.0))
    if len(rates) < FEWEST or peak <= 0 or (rates < 0).any():
        return None, ""
    last = int(units[-1])
    if (rates == rates[0]).all():
        return Schedule("constant", peak), f"The rate has been {peak:.3g} at every update up to {last:,}."
    climbed = int(np.argmax(rates >= peak * (1.0 - 1e-9)))
    if (rates[climbed:] == peak).all() and climbed < len(rates) / 2:
        warmup = round(float(units[climbed]))
        flat = Schedule("constant_with_warmup", peak, warmup=warmup)
        return flat, f"The rate has been {peak:.3g} since about update {warmup:,}."
    if climbed >= len(rates) - 2:
        return None, "The rate still climbs, so its schedule cannot be inferred yet."
    schedule, misfit = min((_fit(family, seen) for family in FAMILIES), key=lambda found: found[1])
    if misfit > MISFIT or schedule.total is None:
        return None, "The rate follows no schedule that can be inferred."
    return schedule, (
        f"The rate so far looks {schedule.kind}, from {schedule.peak:.3g} after a warm-up of {schedule.warmup:,} to "
        f"{schedule.total:,} updates, to within {misfit:.2%}; that is inferred, so no rule rests on it."
    )


def _rates(facts: Facts, tape: Tape) -> Track | None:
    keys = [key for key, role in facts.roles.items() if role == "lr" and key in tape.tracks]
    return tape.tracks[min(keys, key=lambda key: (len(key), key))] if keys else None


def _seen(facts: Facts, tape: Tape, track: Track, reached: int) -> Seen:
    end = len(track.all) - (track.count - reached)
    recent = track.all[max(0, end - EVERY) : end]
    first = track.first[: min(len(track.first), reached)]
    known = first[: int(np.searchsorted(first.steps, recent.steps[0]))].joined(recent) if len(recent) else first
    finite = np.isfinite(known.values)
    known = Points(known.steps[finite], known.times[finite], known.values[finite])
    picked = np.unique(np.linspace(0, max(0, len(known) - 1), min(LOOKED_AT, len(known))).astype(np.int64))
    counted = [tape.tracks[key] for key, role in facts.roles.items() if role == "update" and key in tape.tracks]
    logged = _all_kept(counted[0]) if counted else None
    steps = known.steps[picked]
    units = updates_of(facts.intent, steps, None if logged is None else (logged.steps, logged.values))
    return Seen(units.astype(np.float64), known.values[picked])


def _all_kept(track: Track) -> Points:
    """Return the beginning of a series and its kept past; what lies between is not kept."""
    past = track.all
    return track.first[: int(np.searchsorted(track.first.steps, past.steps[0]))].joined(past) if len(past) else past


def _fit(family: str, seen: Seen) -> tuple[Schedule, float]:
    """Return the schedule of a family that comes nearest, and its mean relative misfit, by damped least squares."""
    top, last = float(seen.rates.max()), max(1.0, float(seen.units[-1]))
    seen = Seen(seen.units / last, seen.rates / top)  # or figures of 1e-5 and of 1e+5 would be solved for together
    best = min(_starts(seen), key=lambda start: _squares(family, start, seen))
    squares, damping = _squares(family, best, seen), 1e-3
    for _ in range(ROUNDS):
        residual = _residual(family, best, seen)
        steps = np.maximum(1e-6 * np.abs(best), 1e-9)
        slopes = np.stack([(_residual(family, best + h, seen) - residual) / h.sum() for h in np.diag(steps)], axis=1)
        normal = slopes.T @ slopes
        normal += damping * np.diag(np.diag(normal) + 1e-12)
        tried = best - np.linalg.lstsq(normal, slopes.T @ residual, rcond=None)[0]
        reached = _squares(family, tried, seen)
        best, squares, damping = (tried, reached, damping / 5) if reached < squares else (best, squares, damping * 5)
    peak, warmup, total = best.tolist()
    schedule = Schedule(family, float(f"{peak * top:.6g}"), warmup=round(warmup * last), total=round(total * last))
    return schedule, float(np.abs(_residual(family, best, seen)).mean())


def _starts(seen: Seen) -> Iterator[F64]:
    """Give (peak, warm-up, total) from which the search may begin."""
    units, rates = seen.units, seen.rates
    top = int(rates.argmax())
    rising = rates[0] < 0.9 * rates[top]
    for length in LENGTHS:
        yield np.array([rates[top], units[top] if rising else 0.0, units[-1] * length])


def _rate(family: str, at: F64, units: F64) -> F64:
    """Return the rates of a schedule whose warm-up and total need not be whole."""
    peak, warmup, total = at
    climbed = units / max(warmup, 1e-9)
    gone = np.clip((units - warmup) / max(total - warmup, 1e-9), 0.0, 1.0)
    fall = 1.0 - gone if family == "linear" else 0.5 * (1.0 + np.cos(np.pi * gone))
    rates: F64 = peak * np.where(units < warmup, climbed, fall)
    return rates


def _residual(family: str, at: F64, seen: Seen) -> F64:
    """Return by how much (n,) a schedule misses rates of which the greatest is 1, as a share of about their size."""
    expected = _rate(family, at, seen.units)
    residual: F64 = (expected - seen.rates) / (seen.rates + 0.05)
    return residual


def _squares(family: str, at: F64, seen: Seen) -> float:
    """Return the sum of squared residuals, infinity where the figures make no schedule."""
    if not (np.isfinite(at).all() and at[0] > 0 and 0 <= at[1] < at[2]):
        return float("inf")
    return float((_residual(family, at, seen) ** 2).sum())

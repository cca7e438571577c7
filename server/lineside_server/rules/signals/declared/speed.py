"""At what speed, or at what height, a learning rate runs through its declared schedule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lineside_server.core.declared import schedule_of
from lineside_server.core.events import F64
from lineside_server.core.facts import Facts
from lineside_server.core.intent import Schedule
from lineside_server.rules.signals.declared.rates import rate_at

BOUND: Final = 64.0  # speeds from 1 / 64 to 64 are tried
PLACES: Final = 241  # on a logarithmic scale: 3.5% apart
FINER: Final = 33  # between the neighbours of the best
LEAST: Final = 5  # points that differ
SMALL: Final = 1e-6  # of the peak: below it two rates are the same


@dataclass(slots=True)
class Speed:
    """`speed` reproduces the rates with a mean relative `misfit`; `edge`: it is the last that was tried.

    `names` are the declared figures within 10% of it. `height` times the declared rates misses by `height_misfit`, the
    config's own schedule by `config_misfit`, and one that begins anew at the first update seen by `restart_misfit`.
    """

    speed: float
    misfit: float
    edge: bool
    names: tuple[str, ...]
    height: float
    height_misfit: float
    points: int
    config_misfit: float | None = None
    restart_misfit: float | None = None

    def solved(self, misfit: float) -> bool:
        """Return whether a speed other than the declared one explains the rates."""
        return not self.edge and self.misfit <= misfit and not 0.9 < self.speed < 1.1


def solve(schedule: Schedule, units: F64, values: F64, facts: Facts, within: float) -> Speed | None:
    """Return the speed at which the schedule gives `values` (n,) at `units` (n,), None where too few points differ."""
    if len(np.unique(values)) < LEAST:
        return None
    grid = np.geomspace(1.0 / BOUND, BOUND, PLACES)
    misfits = _misfits(schedule, grid, units, values)
    best = int(misfits.argmin())
    edge = best in (0, PLACES - 1)
    fine = np.geomspace(grid[max(0, best - 1)], grid[min(PLACES - 1, best + 1)], FINER)
    misfits = _misfits(schedule, fine, units, values)
    speed, misfit = float(fine[misfits.argmin()]), float(misfits.min())
    names = () if edge else tuple(n for n, figure in figures(facts).items() if abs(np.log(speed / figure)) <= within)
    height, height_misfit = _height(schedule, units, values)
    restarted = _of(schedule, units - units.min(), values) if units.min() > 1 else None
    of_config = _of_config(facts, units, values)
    return Speed(speed, misfit, edge, names, height, height_misfit, len(units), of_config, restarted)


def figures(facts: Facts) -> Mapping[str, float]:
    """Return the declared figures that a speed may be named after."""
    group, processes = facts.intent.accumulation, facts.declared.processes or 1
    batches = facts.intent.steps_per_epoch if facts.intent.step_unit == "batch" else facts.declared.batches
    named = {
        "accumulation": group,
        "processes": processes,
        "accumulation-and-processes": group * processes if processes > 1 and group > 1 else 1,
        "batches-per-epoch": batches if batches and batches <= BOUND else 1,
    }
    declared = {name: float(figure) for name, figure in named.items() if figure > 1}
    inverse = {f"1/{name}": 1.0 / figure for name, figure in declared.items() if name != "batches-per-epoch"}
    return {**declared, **inverse}


def relative(observed: F64, expected: F64, peak: float) -> F64:
    """Return how far two rates are apart, as a share of the greater, from 0 to 1."""
    with np.errstate(all="ignore"):
        apart = np.abs(observed - expected) / np.maximum(
            np.maximum(np.abs(observed), np.abs(expected)), SMALL * abs(peak)
        )
    return np.minimum(np.nan_to_num(apart, nan=1.0, posinf=1.0), 1.0)


def _misfits(schedule: Schedule, speeds: F64, units: F64, values: F64) -> F64:
    """Return the mean relative misfit (k,) at each speed (k,), at the best of the shifts of one update."""
    r, u = speeds[:, None], units[None, :]
    tried = [
        relative(values[None, :], rate_at(schedule, at), schedule.peak).mean(axis=1)
        for at in (r * u, r * (u - 1.0), r * (u + 1.0), r * u - 1.0, r * u + 1.0)
    ]
    return np.asarray(np.min(tried, axis=0), np.float64)


def _height(schedule: Schedule, units: F64, values: F64) -> tuple[float, float]:
    """Return by what factor the declared rates must be taken to give those seen, and how well that does."""
    best = (1.0, 1.0)
    for shift in (0.0, -1.0, 1.0):
        expected = rate_at(schedule, units + shift)
        told = (expected > SMALL * schedule.peak) & np.isfinite(expected)
        if np.count_nonzero(told) >= LEAST:
            factor = float(np.median(values[told] / expected[told]))
            misfit = float(relative(values, factor * expected, factor * schedule.peak).mean())
            best = (factor, misfit) if misfit < best[1] else best
    return best


def _of_config(facts: Facts, units: F64, values: F64) -> float | None:
    """Return how well the schedule of the config itself does, where it is another than the one declared."""
    from_config = schedule_of(facts.declared)
    if from_config is None or from_config == facts.intent.schedule or facts.intent.schedule is None:
        return None
    return _of(from_config, units, values)


def _of(schedule: Schedule, units: F64, values: F64) -> float:
    """Return the mean relative misfit of a schedule, at the best of the shifts of one update."""
    shifts = (0.0, -1.0, 1.0)
    return min(float(relative(values, rate_at(schedule, units + shift), schedule.peak).mean()) for shift in shifts)


def spread(first: Sequence[tuple[float, float]], last: Sequence[tuple[float, float]]) -> tuple[F64, F64]:
    """Return units and values (n,) of pairs from the beginning and from the end, each pair once."""
    pairs = np.array(sorted({*map(tuple, first), *map(tuple, last)}), np.float64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]

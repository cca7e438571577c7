"""Atoms: neighbouring points as count, first step and ts, last finite value, min and max; atoms add up to atoms."""

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lineside_server.core.events import F64, I64
from lineside_server.store.points import Points

Atoms = NDArray[np.void]  # dtype ATOM, in step order

# last, min and max are NaN where no point is finite.
ATOM: Final = np.dtype([("n", "<i4"), ("step", "<i8"), ("ts", "<f8"), ("last", "<f8"), ("min", "<f8"), ("max", "<f8")])
BUCKETS: Final = 64
_pack = struct.Struct("<iqdddd").pack  # one atom, as ATOM has it


def one_atom(n: int, step: int, ts: float, extremes: tuple[float, float, float]) -> bytes:
    """`extremes`: last finite value, min and max."""
    return _pack(n, step, ts, *extremes)


def atoms_of(points: Points) -> Atoms:
    """One atom a point."""
    atoms = np.empty(points.n, ATOM)
    atoms["n"] = 1
    atoms["step"], atoms["ts"] = points.steps, points.times
    finite = np.where(np.isfinite(points.values), points.values, np.nan)
    atoms["last"] = atoms["min"] = atoms["max"] = finite
    return atoms


def reduce(atoms: Atoms, buckets: I64) -> Atoms:
    """One atom a bucket; equal numbers in `buckets` stand together."""
    starts = np.flatnonzero(np.append(True, buckets[1:] != buckets[:-1]))
    if len(starts) == len(atoms):
        return atoms
    ends = np.append(starts[1:], len(atoms)) - 1
    reduced = np.empty(len(starts), ATOM)
    reduced["n"] = np.add.reduceat(atoms["n"], starts)
    reduced["step"], reduced["ts"] = atoms["step"][starts], atoms["ts"][starts]
    reduced["last"] = _last_finite(atoms["last"], starts, ends)
    with np.errstate(invalid="ignore"):
        reduced["min"] = np.fmin.reduceat(atoms["min"], starts)
        reduced["max"] = np.fmax.reduceat(atoms["max"], starts)
    return reduced


def sketch_of(points: Points) -> Atoms:
    """At most 64 atoms of equal width, at least 64 points wide: a small chunk is read faster than its sketch."""
    return reduce(atoms_of(points), np.arange(points.n) // _width(points.n))


def sketch_size(n: int) -> int:
    """Atoms in the sketch of n points."""
    return -(-n // _width(n))


def _width(n: int) -> int:
    return max(BUCKETS, -(-n // BUCKETS))


def _last_finite(values: F64, starts: I64, ends: I64) -> F64:
    at = np.where(np.isnan(values), -1, np.arange(len(values)))
    last = np.maximum.accumulate(at)[ends]
    return np.where(last >= starts, values[last], np.nan)

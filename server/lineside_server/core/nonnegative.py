"""Weights that are not negative, fitted by least squares (Lawson and Hanson's active sets)."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lineside_server.core.events import F64

ENOUGH: Final = 0.99  # R² from which the fit says something
WORST_CONDITION: Final = 100.0  # of the columns scaled to length one; above it they stand in for one another
FEWEST: Final = 16  # rows
LARGEST: Final = 1e100  # whose square is still a number


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    weights: F64
    r_squared: float
    condition: float


def effective_weights(terms: F64, totals: F64) -> Fitted | None:
    """Return the weights w >= 0 (k,) for which `terms` (n, k) @ w is `totals` (n,), None where they cannot be told.

    They can where the terms explain the total (R² above 0.99, about its mean) and none stands in for another.
    """
    sound = (np.abs(terms) < LARGEST).all(axis=1) & (np.abs(totals) < LARGEST)
    terms, totals = terms[sound], totals[sound]
    if len(totals) < max(FEWEST, 2 * terms.shape[1]) or not terms.size:
        return None
    lengths = np.sqrt((terms**2).sum(axis=0))
    spread = float(((totals - totals.mean()) ** 2).sum())
    if not (lengths > 0).all() or spread <= 0 or not np.isfinite([*lengths, spread]).all():
        return None
    scaled = terms / lengths
    condition = float(np.linalg.cond(scaled))
    weights = nonnegative(scaled, totals) / lengths
    r_squared = 1.0 - float(((terms @ weights - totals) ** 2).sum()) / spread
    if r_squared <= ENOUGH or not condition < WORST_CONDITION:
        return None
    return Fitted(weights, r_squared, condition)


def nonnegative(terms: F64, totals: F64) -> F64:
    """Return argmin |terms @ w - totals| over w >= 0; (n, k) and (n,) give (k,)."""
    k = terms.shape[1]
    weights, free = np.zeros(k), np.zeros(k, np.bool_)
    for _ in range(3 * k):
        gradient = terms.T @ (totals - terms @ weights)
        climbing = ~free & (gradient > 1e-10 * np.abs(totals).max())
        if not climbing.any():
            break
        free[int(np.argmax(np.where(climbing, gradient, -np.inf)))] = True
        weights = _settled(terms, totals, weights, free)
    return weights


def _settled(terms: F64, totals: F64, weights: F64, free: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> F64:
    """Solve for the free weights; one that would turn negative is bound to zero, and the rest solved again."""
    while free.any():
        solved = np.zeros_like(weights)
        solved[free] = np.linalg.lstsq(terms[:, free], totals, rcond=None)[0]
        sinking = free & (solved <= 0)
        if not sinking.any():
            return solved
        way = float((weights[sinking] / np.maximum(weights[sinking] - solved[sinking], 1e-300)).min())
        weights = weights + way * (solved - weights)
        free &= weights > 1e-12 * max(1.0, float(np.abs(weights).max()))
        weights = np.where(free, weights, 0.0)
    return np.zeros_like(weights)

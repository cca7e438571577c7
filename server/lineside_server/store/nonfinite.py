"""Lists the non-finite points of a series: joined where they touch, never more entries than asked for."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lineside_server.core.series import NonfiniteKind, NonfiniteRun
from lineside_server.store.points import NO_BAD, Bad

_KINDS: Final[tuple[NonfiniteKind, ...]] = ("nan", "inf", "-inf")  # by NAN, INF, NEG_INF


def listed(parts: list[Bad], limit: int) -> tuple[NonfiniteRun, ...]:
    """Runs of non-finite points, joined where they touch; if still above `limit`, the nearest of a kind are merged."""
    runs = np.concatenate([NO_BAD, *parts])
    if len(runs):
        runs = _joined(runs)
    if len(runs) > limit:
        runs = _coarser(runs, limit)
    columns = (runs[name].tolist() for name in ("step", "last_step", "kind", "count"))
    return tuple(
        NonfiniteRun(step, last, _KINDS[kind], count) for step, last, kind, count in zip(*columns, strict=True)
    )


def _joined(runs: Bad) -> Bad:
    """Runs that go on from the one before them become one with it."""
    ends = runs["start"] + runs["count"]
    return _fold(runs, (runs["start"][1:] == ends[:-1]) & (runs["kind"][1:] == runs["kind"][:-1]))


def _fold(runs: Bad, same: NDArray[np.bool_]) -> Bad:
    """Merges each run into the one before it where `same` says so."""
    firsts = np.flatnonzero(np.append(True, ~same))
    folded = runs[firsts]
    folded["count"] = np.add.reduceat(runs["count"], firsts)
    folded["last_step"] = runs["last_step"][np.append(firsts[1:], len(runs)) - 1]
    return folded


def _coarser(runs: Bad, limit: int) -> Bad:
    """At most `limit` runs (but one of each kind): counts stay exact, stretches of other points are bridged."""
    kinds = np.unique(runs["kind"])
    groups = np.arange(len(runs)) * max(1, limit // len(kinds)) // len(runs)
    order = np.lexsort((runs["start"], runs["kind"], groups))
    runs, groups = runs[order], groups[order]
    folded = _fold(runs, (groups[1:] == groups[:-1]) & (runs["kind"][1:] == runs["kind"][:-1]))
    return folded[np.argsort(folded["step"], kind="stable")]

"""Series in figures: from the tracks and the unsealed points, and from the chunks only where a cut asks for it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, Row, select

from lineside_server.core.series import Summary
from lineside_server.store import tables
from lineside_server.store.chunks import plain
from lineside_server.store.points import Points
from lineside_server.store.scope import Scope
from lineside_server.store.tracks import greatest, least

_track = tables.track.c
_FEW: Final = 500  # series that are worth naming to the database
Tracks = dict[int, dict[int, Row[Any]]]  # by series, then attempt


@dataclass(slots=True)
class _Sum:
    count: int = 0
    nonfinite: int = 0
    min: float | None = None
    max: float | None = None
    last_step: int = 0
    last: float = 0.0

    def add_row(self, row: Row[Any]) -> None:
        """A track or a chunk, later than all before."""
        self.count += row.n
        self.nonfinite += row.nonfinite
        self.min, self.max = least(self.min, row.min), greatest(self.max, row.max)
        self.last_step, self.last = row.last_step, plain(row.last_value)

    def add_points(self, points: Points) -> None:
        if not points:
            return
        finite = points.values[np.isfinite(points.values)]
        self.count += points.n
        self.nonfinite += points.n - len(finite)
        if len(finite):
            self.min, self.max = least(self.min, float(finite.min())), greatest(self.max, float(finite.max()))
        self.last_step, self.last = int(points.steps[-1]), float(points.values[-1])

    def summary(self) -> Summary:
        return Summary(self.last, self.last_step, self.min, self.max, self.count, self.nonfinite)


def summary_of(scope: Scope) -> dict[str, Summary]:
    found = tracks_of(scope.connection, [scope.run.id], set(scope.ids.values()))
    return figures_of(scope, found.get(scope.run.id, defaultdict(dict)))


def tracks_of(connection: Connection, run_ids: Sequence[str], series_ids: Collection[int]) -> dict[str, Tracks]:
    """The tracks of some runs, at least those of the series named."""
    tracks: dict[str, Tracks] = {}
    wanted = select(tables.track).where(_track.run_id.in_(run_ids))
    if len(series_ids) <= _FEW:
        wanted = wanted.where(_track.series_id.in_(series_ids))
    for row in connection.execute(wanted):
        tracks.setdefault(row.run_id, defaultdict(dict))[row.series_id][row.attempt] = row
    return tracks


def figures_of(scope: Scope, tracks: Tracks) -> dict[str, Summary]:
    sums = {key: _quick(scope, number, tracks) for key, number in scope.ids.items()}
    cut = [scope.ids[key] for key, found in sums.items() if found is None]
    if cut:
        scope.load_chunks(cut)
    exact = {key: found or _exact(scope, scope.ids[key]) for key, found in sums.items()}
    return {key: found.summary() for key, found in exact.items() if found.count}


def _quick(scope: Scope, series_id: int, tracks: Tracks) -> _Sum | None:
    """None where sealed points are hidden in part, or unsealed ones fall among them."""
    total = _Sum()
    for attempt, high in scope.shown:
        track = tracks[series_id].get(attempt)
        tail = scope.tail(series_id, attempt)[0]
        if track is not None and track.first_step <= high:
            if track.last_step > high or (tail and tail.steps[0] <= track.last_step):
                return None
            total.add_row(track)
        total.add_points(tail.between(0, high))
    return total


def _exact(scope: Scope, series_id: int) -> _Sum:
    total = _Sum()
    series = scope.series(series_id)
    for piece in series.pieces:
        if piece.whole and piece.chunk is not None:
            total.add_row(piece.chunk)
        else:
            total.add_points(series.open(scope.connection, piece))
    return total

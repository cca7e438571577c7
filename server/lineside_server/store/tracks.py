"""Tracks: what is sealed of each series and attempt, in figures, kept up with every sealing."""

from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from lineside_server.store import tables
from lineside_server.store.chunks import Address, at, number
from lineside_server.store.points import Points

_track, _chunk = tables.track.c, tables.chunk.c
_KEY = ("run_id", "series_id", "attempt")
_rest = [column.name for column in tables.track.c if column.name not in _KEY]
_save = (
    update(tables.track)
    .where(*(tables.track.c[name] == bindparam(f"b_{name}") for name in _KEY))
    .values({name: bindparam(f"b_{name}") for name in _rest})
)
Track = Row[Any]
Fields = dict[str, Any]


def of_attempt(connection: Connection, run_id: str, attempt: int) -> dict[int, Track]:
    """By series id."""
    wanted = select(tables.track).where(_track.run_id == run_id, _track.attempt == attempt)
    return {row.series_id: row for row in connection.execute(wanted)}


def figures(points: Points) -> Fields:
    """At least one point."""
    finite = points.values[np.isfinite(points.values)]
    return {
        "n": points.n,
        "nonfinite": points.n - len(finite),
        "min": float(finite.min()) if len(finite) else None,
        "max": float(finite.max()) if len(finite) else None,
        "first_step": int(points.steps[0]),
        "last_step": int(points.steps[-1]),
        "last_ts": number(points.times[-1]),
        "last_value": number(points.values[-1]),
    }


def extended(track: Track | None, points: Points, corrected: int) -> Fields:
    """The figures once `points`, all later than what is there, are added."""
    new = figures(points) | {"corrected": corrected}
    if track is None:
        return new
    for name in ("n", "nonfinite", "corrected"):
        new[name] += getattr(track, name)
    return new | {
        "first_step": track.first_step,
        "min": least(track.min, new["min"]),
        "max": greatest(track.max, new["max"]),
    }


def least(one: float | None, other: float | None) -> float | None:
    return other if one is None else one if other is None else min(one, other)


def greatest(one: float | None, other: float | None) -> float | None:
    return other if one is None else one if other is None else max(one, other)


def recount(connection: Connection, address: Address) -> Fields | None:
    """The figures from the chunks as they are; None when there is none."""
    sums = [func.sum(_chunk[name]).label(name) for name in ("n", "nonfinite", "corrected")]
    ends = [func.min(_chunk.min).label("min"), func.max(_chunk.max).label("max")]
    first = func.min(_chunk.first_step).label("first_step")
    totals = connection.execute(select(*sums, *ends, first).where(*at(address))).mappings().one()
    last = last_chunk(connection, address)
    if last is None:
        return None
    return {**totals, **{name: int(totals[name]) for name in ("n", "nonfinite", "corrected")}, **last}


def last_chunk(connection: Connection, address: Address) -> Fields | None:
    columns = [
        _chunk.last_step,
        _chunk.last_ts,
        _chunk.last_value,
        _chunk.first_step.label("chunk_first_step"),
        _chunk.n.label("chunk_n"),
    ]
    rows = select(*columns).where(*at(address)).order_by(_chunk.first_step.desc()).limit(1)
    row = connection.execute(rows).mappings().first()
    return dict(row) if row is not None else None


def save(connection: Connection, new: list[Fields], changed: list[Fields]) -> None:
    if new:
        connection.execute(insert(tables.track), new)
    if changed:
        connection.execute(_save, [{f"b_{name}": value for name, value in fields.items()} for fields in changed])

"""Sealed chunks: a stretch of one series as one row, with everything that a reader can use without opening it."""

from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, select, update

from lineside_server.core.events import F64
from lineside_server.store import codec, tables
from lineside_server.store.codec import DamagedError
from lineside_server.store.points import BAD, NO_BAD, Bad, Points, bad_runs
from lineside_server.store.sketch import sketch_of

_chunk = tables.chunk.c
Address = tuple[str, int, int]  # run, series, attempt
_data = select(_chunk.checksum, _chunk.data).where(
    _chunk.run_id == bindparam("run"),
    _chunk.series_id == bindparam("series"),
    _chunk.attempt == bindparam("attempt"),
    _chunk.first_step == bindparam("first"),
)


def row_of(address: Address, points: Points, corrected: int) -> dict[str, object]:
    """At least one point."""
    run_id, series_id, attempt = address
    values = points.values
    finite = values[np.isfinite(values)]
    bad = bad_runs(points)
    bad_packed = codec.squeeze(bad.tobytes()) if len(bad) else None
    sketch = sketch_of(points).tobytes()
    data = codec.encode(points)
    return {
        "run_id": run_id,
        "series_id": series_id,
        "attempt": attempt,
        "first_step": int(points.steps[0]),
        "last_step": int(points.steps[-1]),
        "n": points.n,
        "nonfinite": points.n - len(finite),
        "corrected": corrected,
        "min": float(finite.min()) if len(finite) else None,
        "max": float(finite.max()) if len(finite) else None,
        "first_value": number(values[0]),
        "last_value": number(values[-1]),
        "last_finite": float(finite[-1]) if len(finite) else None,
        "first_ts": number(points.times[0]),
        "last_ts": number(points.times[-1]),
        **_sums(finite),
        "checksum": codec.checksum(data),
        "sketch_checksum": codec.checksum(sketch),
        "bad_runs": bad_packed,
        "sketch": sketch,
        "data": data,
    }


def number(value: float) -> float | None:
    """NaN must never be bound: it would be stored as NULL anyway, and so it is, knowingly."""
    return None if np.isnan(value) else float(value)


def plain(value: float | None) -> float:
    """The reverse of `number`."""
    return float("nan") if value is None else value


def _sums(finite: F64) -> dict[str, float | None]:
    with np.errstate(over="ignore", invalid="ignore"):
        total, squares = finite.sum(), (finite * finite).sum()
    return {"sum": number(total), "sum_squares": number(squares)}


def points_of(connection: Connection, address: Address, first_step: int) -> Points:
    """The points of one chunk. DamagedError when they are not what was written."""
    run_id, series_id, attempt = address
    bound = {"run": run_id, "series": series_id, "attempt": attempt, "first": first_step}
    row = connection.execute(_data, bound).one()
    codec.verify(row.checksum, row.data)
    return codec.decode(row.data)


def bad_of(row: Row[Any]) -> Bad:
    """The runs of non-finite points of a chunk. DamagedError as above."""
    return np.frombuffer(codec.unsqueeze(row.bad_runs), BAD) if row.bad_runs else NO_BAD


def sketches(connection: Connection, address: Address, first: int, last: int) -> dict[int, bytes]:
    """The sketches of the chunks that begin in [first, last], by first step; damaged ones are left out."""
    columns = (_chunk.first_step, _chunk.sketch_checksum, _chunk.sketch)
    within = select(*columns).where(*at(address), _chunk.first_step >= first, _chunk.first_step <= last)
    rows = connection.execute(within).all()
    return {row.first_step: row.sketch for row in rows if codec.checksum(row.sketch) == row.sketch_checksum}


def take(connection: Connection, address: Address, first_step: int) -> tuple[Points, int] | None:
    """Removes a chunk for its points to be written anew: they, and how many were corrected in it.

    A damaged one is not thrown away: its attempt is negated, readers name it, and the answer is None.
    """
    try:
        points = points_of(connection, address, first_step)
    except DamagedError:
        _set_aside(connection, address, first_step)
        return None
    corrected = connection.execute(select(_chunk.corrected).where(*at(address, first_step))).scalar_one()
    connection.execute(delete(tables.chunk).where(*at(address, first_step)))
    return points, corrected


def _set_aside(connection: Connection, address: Address, first_step: int) -> None:
    run_id, series_id, attempt = address
    connection.execute(delete(tables.chunk).where(*at((run_id, series_id, -attempt), first_step)))
    connection.execute(update(tables.chunk).where(*at(address, first_step)).values(attempt=-attempt))


def at(address: Address, first_step: int | None = None) -> list[ColumnElement[bool]]:
    run_id, series_id, attempt = address
    clauses = [_chunk.run_id == run_id, _chunk.series_id == series_id, _chunk.attempt == attempt]
    return clauses if first_step is None else [*clauses, _chunk.first_step == first_step]

"""The figures of many runs at a glance: some series of each, in a few statements for all of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, bindparam, select

from lineside_server.core.runs import Run
from lineside_server.core.series import Summary
from lineside_server.store import tables
from lineside_server.store.engine import Store
from lineside_server.store.scope import scopes_of
from lineside_server.store.summary import figures_of, tracks_of

Choose = Callable[[Run, Iterable[str]], Iterable[str]]
_AT_ONCE: Final = 50  # whose unsealed points are in memory together
_series = tables.series.c
_ids: BindParameter[Any] = bindparam("ids", expanding=True)
_keys = (
    select(_series.run_id, _series.key, _series.series_id)
    .where(_series.run_id.in_(_ids))
    .order_by(_series.run_id, _series.series_id)
)


def glances(store: Store, runs: Sequence[Run], choose: Choose) -> dict[str, dict[str, Summary]]:
    """By run, the series that `choose` names among all keys of the run; of one that is gone there is nothing."""
    found: dict[str, dict[str, Summary]] = {}
    for first in range(0, len(runs), _AT_ONCE):
        with store.reader() as connection:
            found |= _glance(connection, runs[first : first + _AT_ONCE], choose)
    return found


def _glance(connection: Connection, runs: Sequence[Run], choose: Choose) -> dict[str, dict[str, Summary]]:
    keys: dict[str, dict[str, int]] = defaultdict(dict)
    for run_id, key, number in connection.execute(_keys, {"ids": [run.id for run in runs]}):
        keys[run_id][key] = number
    ids = {run.id: {key: keys[run.id][key] for key in choose(run, keys[run.id])} for run in runs}
    numbers = {number for chosen in ids.values() for number in chosen.values()}
    tracks = tracks_of(connection, list(ids), numbers)
    scopes = scopes_of(connection, runs, ids)
    return {one.run.id: figures_of(one, tracks.get(one.run.id, defaultdict(dict))) for one in scopes}

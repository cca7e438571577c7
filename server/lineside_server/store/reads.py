"""Reading series back: thinned for a chart, whole as a stream, or in figures."""

from collections.abc import Iterator
from typing import Final

from lineside_server.core.series import Block, SeriesPage, SeriesQuery, Summary
from lineside_server.store.engine import Store
from lineside_server.store.rows import require_run, series_of
from lineside_server.store.scope import Scope, open_scope
from lineside_server.store.summary import summary_of
from lineside_server.store.thin import by_time, view

_PAGE: Final = 1 << 18  # points read in one transaction: some megabytes, and some tens of milliseconds


def read_series(store: Store, run_id: str, query: SeriesQuery) -> SeriesPage:
    """Unknown keys are left out; a series without a point in the range is empty. NotFound: no such run."""
    with store.reader() as connection:
        steps = (query.from_step, query.to_step)
        scope = open_scope(connection, run_id, query.keys, steps, query.attempt)
        scope.load_chunks()
        views = {key: view(connection, scope.series(number), query.points) for key, number in scope.ids.items()}
    if query.axis == "time":
        views = {key: by_time(found) for key, found in views.items()}
    return SeriesPage(scope.run.cursor, views, scope.run, tuple(scope.damaged))


def stream_series(  # noqa: PLR0913 - a query whose parts are named at the call
    store: Store,
    run_id: str,
    keys: tuple[str, ...] | None = None,
    *,
    from_step: int | None = None,
    to_step: int | None = None,
    attempt: int | None = None,
    page: int | None = None,
) -> Iterator[Block]:
    """Every point in blocks of bounded size, series by series; nothing is held open while the caller takes its time.

    A page of blocks, of some `page` points, is of one moment; the first settles which series and attempts are seen.
    """
    rest, step = keys, None
    shown: list[tuple[int, int]] | None = None
    while rest is None or rest:
        with store.reader() as connection:
            scope = open_scope(connection, run_id, rest, (from_step, to_step), attempt)
            shown = scope.shown = scope.shown if shown is None else shown
            blocks, rest, step = _page(scope, step, _PAGE if page is None else page)
        yield from blocks


def _page(scope: Scope, step: int | None, most: int) -> tuple[list[Block], tuple[str, ...], int]:
    """Blocks from `step` of the first series on, the series that are left then, and the step to go on from."""
    blocks: list[Block] = []
    begin, held = scope.low, 0
    step = begin if step is None else step
    for place, (key, number) in enumerate(scope.ids.items()):
        scope.low = step
        scope.chunks.clear()
        scope.load_chunks([number])
        series = scope.series(number)
        for piece in series.pieces:
            if held >= max(most, 1):
                return blocks, tuple(scope.ids)[place:], step
            points = series.open(scope.connection, piece)
            if points:
                blocks.append(Block(key, *points))
                held += points.n
                step = int(points.steps[-1]) + 1
        step = begin
    return blocks, (), begin


def summaries(store: Store, run_id: str, keys: tuple[str, ...] | None = None) -> dict[str, Summary]:
    """Every series that has a visible point, or those among `keys`, in figures; a few cost far less than all."""
    with store.reader() as connection:
        scope = open_scope(connection, run_id, keys)
        return summary_of(scope)


def list_keys(store: Store, run_id: str) -> list[str]:
    """Every series that the run has, oldest first."""
    with store.reader() as connection:
        require_run(connection, run_id)
        return list(series_of(connection, run_id))

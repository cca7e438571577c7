"""Reading series back: thinned for a chart, whole as a stream, or in figures."""

from collections.abc import Iterator

from lineside_server.core.series import Block, SeriesPage, SeriesQuery, Summary
from lineside_server.store.engine import Store
from lineside_server.store.scope import open_scope
from lineside_server.store.summary import summary_of
from lineside_server.store.thin import by_time, view


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
) -> Iterator[Block]:
    """Every point in blocks of bounded size, series by series; holds a read transaction until exhausted or closed."""
    with store.reader() as connection:
        scope = open_scope(connection, run_id, keys, (from_step, to_step), attempt)
        for key, number in scope.ids.items():
            scope.chunks.clear()
            scope.load_chunks([number])
            series = scope.series(number)
            for piece in series.pieces:
                points = series.open(connection, piece)
                if points:
                    yield Block(key, *points)


def summaries(store: Store, run_id: str) -> dict[str, Summary]:
    """Every series that has a visible point, in figures."""
    with store.reader() as connection:
        scope = open_scope(connection, run_id)
        return summary_of(scope)

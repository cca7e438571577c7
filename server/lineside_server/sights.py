"""What the live room shows, read from the store: the one place where the two meet."""

from collections.abc import Iterable, Mapping, Sequence
from threading import Lock

import msgspec
from anyio import to_thread

from lineside_server.core.runs import Run
from lineside_server.core.series import SeriesQuery, Summary
from lineside_server.live.hub import Sight, Wish
from lineside_server.live.views import (
    alert_view,
    check_view,
    cursor_text,
    encode,
    event_view,
    headlines,
    line_view,
    losses,
    run_view,
    series_view,
)
from lineside_server.store.alert_picks import AlertFilter
from lineside_server.store.alerts import list_alerts, list_checks, recent_alerts
from lineside_server.store.engine import Store
from lineside_server.store.events import list_events
from lineside_server.store.glances import glances
from lineside_server.store.listing import RunFilter, list_runs, runs_named
from lineside_server.store.reads import read_series, summaries
from lineside_server.store.runs import get_run

MARKS = ("nonfinite", "note", "checkpoint", "epoch", "alert", "gap")
MARKS_SHOWN = 500
ALERTS_SHOWN = 100
ITEMS_KEPT = 2048  # of a few kilobytes each
LINES_KEPT = 12_000  # of less than one


class _Kept:
    """What was encoded lately, each under a run and its cursor; the oldest goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: dict[tuple[str, str], bytes] = {}
        self._lock = Lock()

    def all_of(self, places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
        """Return those that are kept."""
        with self._lock:
            return {place: self._found[place] for place in places if place in self._found}

    def put(self, items: Mapping[tuple[str, str], bytes]) -> None:
        with self._lock:
            self._found |= items
            while len(self._found) > self._most:
                self._found.pop(next(iter(self._found)))


class Sights:
    """The views of runs for sockets; each is read in a thread, as of one moment or a later one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._items = _Kept(ITEMS_KEPT)
        self._lines = _Kept(LINES_KEPT)

    async def stand(self, run_id: str) -> Run:
        return await to_thread.run_sync(get_run, self._store, run_id)

    async def snapshot(self, run_id: str, wish: Wish) -> Sight:
        return await to_thread.run_sync(self._snapshot, run_id, wish)

    async def run_frame(self, run_id: str) -> Sight:
        return await to_thread.run_sync(self._run_frame, run_id)

    async def first_page(self, project: str | None = None) -> str:
        return await to_thread.run_sync(self._first_page, project)

    async def run_items(self, run_ids: Sequence[str]) -> dict[str, str]:
        return await to_thread.run_sync(self.items_of, run_ids)

    def _snapshot(self, run_id: str, wish: Wish) -> Sight:
        """Read the series first: what is read after them may be newer than the cursor, never older."""
        query = SeriesQuery(keys=tuple(sorted(wish.keys)), points=wish.points)
        page = read_series(self._store, run_id, query)
        events, _ = list_events(self._store, run_id, MARKS, limit=MARKS_SHOWN, newest_first=True)
        checks, through = list_checks(self._store, run_id)
        data = {
            "cursor": cursor_text(page.run, page.cursor),
            "run": run_view(page.run, summaries(self._store, run_id)),
            "events": [event_view(event) for event in reversed(events)],
            "series": {key: series_view(view) for key, view in page.series.items()},
            "alerts": [alert_view(alert) for alert in recent_alerts(self._store, run_id, ALERTS_SHOWN)],
            "checks": [check_view(check) for check in checks],
            "through_step": through,
        }
        return Sight(page.run, encode(data))

    def _run_frame(self, run_id: str) -> Sight:
        run = get_run(self._store, run_id, deleted=True)
        return Sight(run, encode(run_view(run, self._summary(run))))

    def _first_page(self, project: str | None) -> str:
        runs, following = list_runs(self._store, RunFilter(project=project))
        roots = AlertFilter(state="firing", roots=True, limit=ALERTS_SHOWN, project=project)
        alerts, _ = list_alerts(self._store, roots)
        items = [msgspec.Raw(item) for item in self.list_items(runs)]
        return encode({"runs": items, "next": following, "alerts": [alert_view(alert) for alert in alerts]})

    def items_of(self, run_ids: Sequence[str]) -> dict[str, str]:
        """Return runs as lists give them, by id; of one that is gone only that."""
        runs = runs_named(self._store, run_ids)
        items = {run_id: encode({"id": run_id, "deleted": True}) for run_id in run_ids}
        told = zip(runs, self.list_items(runs), strict=True)
        return items | {run.id: item.decode() for run, item in told}

    def list_items(self, runs: Sequence[Run], *, brief: bool = False) -> list[bytes]:
        """Return runs as lists give them, with their headline series alone; what has not changed is not read again."""
        kept = self._lines if brief else self._items
        places = [(run.id, cursor_text(run)) for run in runs]
        items = kept.all_of(places)
        new = {place: run for place, run in zip(places, runs, strict=True) if place not in items}
        if new:
            view = line_view if brief else run_view
            found = glances(self._store, list(new.values()), losses if brief else headlines)
            made = {place: encode(view(run, found.get(run.id, {}))).encode() for place, run in new.items()}
            kept.put(made)
            items |= made
        return [items[place] for place in places]

    def _summary(self, run: Run) -> dict[str, Summary]:
        return {} if run.deleted_at is not None else summaries(self._store, run.id)

"""What the live room shows, read from the store: the one place where the two meet."""

from collections.abc import Sequence
from threading import Lock

import msgspec
from anyio import to_thread

from lineside_server.core.runs import Run
from lineside_server.core.series import SeriesQuery, Summary
from lineside_server.errors import NotFound
from lineside_server.live.hub import Sight, Wish
from lineside_server.live.views import (
    alert_view,
    check_view,
    cursor_text,
    encode,
    event_view,
    headlines,
    run_view,
    series_view,
)
from lineside_server.store.alert_picks import AlertFilter
from lineside_server.store.alerts import list_alerts, list_checks, recent_alerts
from lineside_server.store.engine import Store
from lineside_server.store.events import list_events
from lineside_server.store.listing import RunFilter, list_runs
from lineside_server.store.reads import list_keys, read_series, summaries
from lineside_server.store.runs import get_run

MARKS = ("nonfinite", "note", "checkpoint", "epoch", "alert", "gap")
MARKS_SHOWN = 500
ALERTS_SHOWN = 100
ITEMS_KEPT = 2048  # of a few kilobytes each


class Sights:
    """The views of runs for sockets; each is read in a thread, as of one moment or a later one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._items: dict[tuple[str, str], bytes] = {}
        self._lock = Lock()

    async def stand(self, run_id: str) -> Run:
        return await to_thread.run_sync(get_run, self._store, run_id)

    async def snapshot(self, run_id: str, wish: Wish) -> Sight:
        return await to_thread.run_sync(self._snapshot, run_id, wish)

    async def run_frame(self, run_id: str) -> Sight:
        return await to_thread.run_sync(self._run_frame, run_id)

    async def first_page(self) -> str:
        return await to_thread.run_sync(self._first_page)

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

    def _first_page(self) -> str:
        runs, following = list_runs(self._store, RunFilter())
        roots = AlertFilter(state="firing", roots=True, limit=ALERTS_SHOWN)
        alerts, _ = list_alerts(self._store, roots)
        items = [msgspec.Raw(self.run_item(run)) for run in runs]
        return encode({"runs": items, "next": following, "alerts": [alert_view(alert) for alert in alerts]})

    def items_of(self, run_ids: Sequence[str]) -> dict[str, str]:
        """Return runs as lists give them, by id; of one that is gone only that."""
        items = {}
        for run_id in run_ids:
            try:
                items[run_id] = self.run_item(get_run(self._store, run_id, deleted=True)).decode()
            except NotFound:
                items[run_id] = encode({"id": run_id, "deleted": True})
        return items

    def run_item(self, run: Run) -> bytes:
        """Return a run as lists give it, with its headline series alone; what has not changed is not read again."""
        place = (run.id, cursor_text(run))
        with self._lock:
            known = self._items.get(place)
        if known is not None:
            return known
        item = encode(run_view(run, self._headlines(run))).encode()
        with self._lock:
            self._items[place] = item
            while len(self._items) > ITEMS_KEPT:
                self._items.pop(next(iter(self._items)))
        return item

    def _headlines(self, run: Run) -> dict[str, Summary]:
        try:
            return summaries(self._store, run.id, headlines(run, list_keys(self._store, run.id)))
        except NotFound:  # deleted, perhaps since it was listed
            return {}

    def _summary(self, run: Run) -> dict[str, Summary]:
        return {} if run.deleted_at is not None else summaries(self._store, run.id)

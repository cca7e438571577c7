"""Which project a run is of, for tokens that are bound to one: kept in memory, for it is asked with every batch."""

from collections.abc import Sequence
from typing import Final

from anyio import to_thread

from lineside_server.core.events import Change
from lineside_server.errors import NotFound
from lineside_server.store.alerts import get_alert
from lineside_server.store.engine import Store
from lineside_server.store.runs import get_run

MOST: Final = 10_000


class Owners:
    """Asked on the event loop; whatever is committed of a run corrects what is kept of it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._projects: dict[str, str] = {}
        store.on_commit(self._hear)

    async def of_run(self, run_id: str) -> str | None:
        """None: there is no such run."""
        project = self._projects.get(run_id)
        if project is None:
            project = await to_thread.run_sync(self._read, run_id)
            if project is not None:
                self._projects[run_id] = project
                if len(self._projects) > MOST:
                    self._projects.pop(next(iter(self._projects)), None)
        return project

    async def of_alert(self, alert_id: str) -> str | None:
        """None: there is no such alert."""
        try:
            alert = await to_thread.run_sync(get_alert, self._store, alert_id)
        except NotFound:
            return None
        return await self.of_run(alert.run_id)

    def _read(self, run_id: str) -> str | None:
        try:
            return get_run(self._store, run_id, deleted=True).project
        except NotFound:
            return None

    def _hear(self, changes: Sequence[Change]) -> None:
        """Called by the writer's thread: an id may come again in another project once its run was purged."""
        for change in changes:
            if change.run_id in self._projects:
                self._projects[change.run_id] = change.run.project

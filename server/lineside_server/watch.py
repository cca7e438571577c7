"""The two doors through which anything happens: what a trainer sends, and the passing of time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from anyio import to_thread

from lineside_server.alerts.desk import Desk
from lineside_server.core.clock import Clock
from lineside_server.core.events import Applied, Batch, Change
from lineside_server.core.keeping import DAY_S, Keeping
from lineside_server.core.notices import WORTH_TELLING
from lineside_server.errors import StartError
from lineside_server.judging.judge import Judge
from lineside_server.judging.trial import trial
from lineside_server.live.board import Board
from lineside_server.live.hub import Hub
from lineside_server.rules.book import Book
from lineside_server.settings import Settings
from lineside_server.sights import Sights
from lineside_server.store.audit import forget_audit
from lineside_server.store.engine import Store
from lineside_server.store.journal import append
from lineside_server.store.prune import prune
from lineside_server.store.sweep import sweep
from lineside_server.store.work import Bounds

log = logging.getLogger(__name__)
PRUNE_EVERY_S = 3600.0
TOLD = frozenset({"judged", "run"})  # the changes that may be worth a message
CLOCK_JUMP_S = 5.0  # more than any slewing between two ticks


def open_store(settings: Settings, clock: Clock) -> Store:
    """Open the database, in a folder that is made where there is none; StartError and its kin say why not."""
    try:
        if "://" not in settings.database:
            Path(settings.database).expanduser().parent.mkdir(parents=True, exist_ok=True)
        bounds = Bounds(settings.max_declared, settings.max_runs, settings.max_runs_each)
        return Store.open(settings.database, clock, bounds=bounds)
    except OSError as failure:
        reason = failure.strerror or failure
        raise StartError(f"The database {settings.database} cannot be opened: {reason}.") from failure


def keeping_of(settings: Settings) -> Keeping | None:
    """What the settings let go of; None: nothing ever."""
    projects = {name: own.model_dump(exclude_unset=True) for name, own in settings.project_keeping.items()}
    return Keeping.told(settings.retention_days, settings.quota_bytes, projects)


class Watch:
    """Appends what is new and tells the viewers; lives on the event loop of the service, from `start` to `stop`."""

    def __init__(self, store: Store, settings: Settings, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self.sights = Sights(store)
        self.judge = Judge(store, Book(), clock) if settings.judging else None
        self.desk = Desk.of(store, settings, clock)
        self.hub = Hub(self.sights)
        self.board = Board(self.sights)
        self.listening_since = clock.now()
        self._silent_since = self.listening_since
        self._clock_offset = clock.now() - clock.monotonic()
        self._settings = settings
        self._pruned_at: float | None = None
        self._also: list[Callable[[float], Awaitable[None]]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ticker: asyncio.Task[None] | None = None

    async def receive(self, run_id: str, batch: Batch) -> Applied:
        """Store a batch; it is durable when this returns, and is published even if the sender has gone meanwhile."""
        return await asyncio.shield(asyncio.wrap_future(append(self.store, run_id, batch)))

    async def trial(self, told: Mapping[str, Any], run_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Tell when a rule would have fired on runs that are stored."""
        return await to_thread.run_sync(trial, self.store, told, run_ids)

    async def tick(self, now: float) -> None:
        """Let time pass: runs that are silent for too long change their state."""
        self._mind_clock()
        changed = sweep(self.store, now, self._silent_since, self._settings.lost_after, self._settings.stalled_after)
        await asyncio.wrap_future(changed)
        self.hub.tidy()
        self.board.tidy()
        for act in self._also:
            await act(now)
        await self._prune(now)

    def every_tick(self, act: Callable[[float], Awaitable[None]]) -> None:
        """Let something else happen with each tick."""
        self._also.append(act)

    async def _prune(self, now: float) -> None:
        """Let go of what the settings do not keep: at the start, and then once an hour."""
        keeping, moment = keeping_of(self._settings), self.clock.monotonic()
        if self._pruned_at is not None and moment - self._pruned_at < PRUNE_EVERY_S:
            return
        self._pruned_at = moment
        if (days := self._settings.audit_days) is not None:
            await asyncio.wrap_future(forget_audit(self.store, now - days * DAY_S))
        if keeping is None:
            return
        for gone in await to_thread.run_sync(prune, self.store, keeping, now):
            log.warning("run %s of project %s was purged, as the settings ask", gone.run_id, gone.project)

    def start(self) -> None:
        """Listen to the store and begin to tick; called on the event loop."""
        self._loop = asyncio.get_running_loop()
        self.listening_since = self._silent_since = self.clock.now()
        self.store.on_commit(self._committed)
        if self.judge is not None:
            self.store.on_commit(self.judge.hear)
            self.judge.start()
        self.desk.start()
        self._ticker = self._loop.create_task(self._tick_forever())

    async def stop(self) -> None:
        if self._ticker is not None:
            self._ticker.cancel()
            await asyncio.gather(self._ticker, return_exceptions=True)
        if self.judge is not None:
            await to_thread.run_sync(self.judge.stop)
        await self.desk.stop()
        self.hub.close()
        self.board.close()
        self._loop = None

    def _mind_clock(self) -> None:
        """Count silence anew when the wall clock was set: nobody was silent for the time that it skipped."""
        offset = self.clock.now() - self.clock.monotonic()
        if abs(offset - self._clock_offset) > CLOCK_JUMP_S:
            self._silent_since = self.clock.now()
        self._clock_offset = offset

    def _committed(self, changes: Sequence[Change]) -> None:
        """Carry a commit from the writer's thread onto the loop, where calls keep their order."""
        loop = self._loop
        if loop is None:
            return
        try:
            loop.call_soon_threadsafe(self._publish, changes)
        except RuntimeError:  # the loop was closed in this moment: nobody is left to be told
            log.debug("A commit came after the event loop had ended.")

    def _publish(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self.hub.publish(change)
            self.board.publish(change)
        if any(change.kind in TOLD or change.run.state in WORTH_TELLING for change in changes):
            self.desk.courier.ring()

    async def _tick_forever(self) -> None:
        while True:
            await asyncio.sleep(self._settings.sweep_every)
            try:
                await self.tick(self.clock.now())
            except Exception:
                log.exception("Looking after the states of the runs failed; it is tried again.")

"""The list of runs and their alerts as they change, for everyone who has it open."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lineside_server.core.events import Change
from lineside_server.live.frames import frame
from lineside_server.live.views import alert_view, encode

RUN_FRAME_S = 1.0
MOST_PENDING = 2000  # a viewer with more runs to learn of gets the list anew

Send = Callable[[str], Awaitable[None]]
log = logging.getLogger(__name__)


class ListSource(Protocol):
    """Where the board looks; `run_items` leaves out runs that are gone."""

    async def first_page(self, project: str | None = None) -> str: ...
    async def run_items(self, run_ids: Sequence[str]) -> dict[str, str]: ...


@dataclass(eq=False, slots=True)
class Reader:
    """`project`: the only one that it may see."""

    project: str | None = None
    pending: dict[str, str] = field(default_factory=dict)
    alerts: dict[str, str] = field(default_factory=dict)
    asked: bool = True
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class Board:
    """Tells of each run at most once a second, and of alerts at once.

    What a slow reader has not taken yet is replaced by what is newer.
    """

    def __init__(self, source: ListSource, run_frame_s: float = RUN_FRAME_S) -> None:
        self._source = source
        self._run_frame_s = run_frame_s
        self._readers: set[Reader] = set()
        self._told_at: dict[str, float] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._due: dict[str, str] = {}  # runs, each with its project
        self._telling: asyncio.Task[None] | None = None
        self._number = 0
        self.frames_sent = 0

    @property
    def readers(self) -> int:
        return len(self._readers)

    def publish(self, change: Change) -> None:
        if not self._readers:
            return
        if change.alerts:
            self._tell_alerts(change)
        if change.run_id in self._timers:
            return
        loop = asyncio.get_running_loop()
        due = self._told_at.get(change.run_id, float("-inf")) + self._run_frame_s
        project = change.run.project
        self._timers[change.run_id] = loop.call_at(max(loop.time(), due), self._fall_due, change.run_id, project)

    def tidy(self) -> None:
        gone = asyncio.get_running_loop().time() - self._run_frame_s
        self._told_at = {run_id: at for run_id, at in self._told_at.items() if at > gone}

    def close(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        if self._telling is not None:
            self._telling.cancel()

    async def watch(self, send: Send, project: str | None = None) -> None:
        """Send the list and then what changes in it, of one project if it is named, until cancelled."""
        reader = Reader(project)
        self._readers.add(reader)  # first listen, then look: nothing falls in between
        try:
            while True:
                await self._serve(reader, send)
                await reader.woken.wait()
        finally:
            self._readers.discard(reader)

    async def _serve(self, reader: Reader, send: Send) -> None:
        reader.woken.clear()
        if reader.asked:
            reader.asked = False
            await self._send(send, "snapshot", await self._source.first_page(reader.project))
        told, reader.pending = reader.pending, {}
        alerts, reader.alerts = reader.alerts, {}
        for data in told.values():
            await self._send(send, "run", data)
        for data in alerts.values():
            await self._send(send, "alert", data)

    async def _send(self, send: Send, kind: str, data: str) -> None:
        self.frames_sent += 1
        self._number += 1
        await send(frame(kind, str(self._number), data))

    def _fall_due(self, run_id: str, project: str) -> None:
        del self._timers[run_id]
        loop = asyncio.get_running_loop()
        self._told_at[run_id] = loop.time()
        self._due[run_id] = project
        if self._telling is None or self._telling.done():
            self._telling = loop.create_task(self._tell())

    async def _tell(self) -> None:
        while self._due:
            due, self._due = self._due, {}
            try:
                items = await self._source.run_items(sorted(due))
            except Exception:
                log.exception("The list of runs could not be told of to its viewers.")
                return
            for reader in self._readers:
                seen = {run_id: items[run_id] for run_id in items if reader.project in (None, due[run_id])}
                _hand(reader, reader.pending, seen)

    def _tell_alerts(self, change: Change) -> None:
        """Tell of those that follow from another too: the reader may know one as an incident of its own."""
        told = {alert.id: encode(alert_view(alert)) for alert in change.alerts}
        for reader in self._readers:
            if reader.project in (None, change.run.project):
                _hand(reader, reader.alerts, told)


def _hand(reader: Reader, pending: dict[str, str], items: dict[str, str]) -> None:
    if not items:
        return
    pending.update(items)
    if len(pending) > MOST_PENDING:
        reader.pending.clear()
        reader.alerts.clear()
        reader.asked = True
    reader.woken.set()

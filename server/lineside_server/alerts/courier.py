"""The courier: decides what is due to be told, takes what is due to be sent, and brings it. Blocks nobody."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Final

from anyio import to_thread

from lineside_server.alerts.post import Answer
from lineside_server.alerts.retries import ended
from lineside_server.alerts.telling import Teller
from lineside_server.core.clock import Clock
from lineside_server.core.notices import Channel, Delivery
from lineside_server.errors import LinesideError, NotFound
from lineside_server.store.channels import change_channel, get_channel
from lineside_server.store.deliveries import cancel_waiting, claim, finish, next_delivery_due, prune_deliveries
from lineside_server.store.engine import Store
from lineside_server.store.outbox import next_due, settle

LEASE_S: Final = 60.0  # longer than the longest attempt
AT_ONCE: Final = 8
LONGEST_REST_S: Final = 30.0
KEPT_S: Final = 30 * 86_400.0  # of the log of deliveries
PRUNE_EVERY_S: Final = 3600.0
GONE: Final = "The receiver answered that it is gone (410)."
Post = Callable[[Channel, Delivery, float], Awaitable[Answer]]
log = logging.getLogger(__name__)


class Courier:
    """Lives on the event loop of the service, from `start` to `stop`; `ring` may be called from any thread."""

    def __init__(self, store: Store, teller: Teller, post: Post, clock: Clock) -> None:
        self._store = store
        self._teller = teller
        self._post = post
        self._clock = clock
        self._bell = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._pruned_at: float | None = None

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._work())

    async def stop(self) -> None:
        """End; what is being sent is taken again by whoever comes next."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        self._loop = None

    def ring(self) -> None:
        """Say that something new may be due."""
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop was closed in this moment
                loop.call_soon_threadsafe(self._bell.set)

    async def round(self, now: float) -> bool:
        """Decide and send what is due; whether there was anything."""
        settled = await asyncio.wrap_future(settle(self._store, now, self._teller))
        taken = await asyncio.wrap_future(claim(self._store, now, LEASE_S, AT_ONCE))
        await asyncio.gather(*(self._bring(one) for one in taken))
        await self._prune(now)
        return bool(settled or taken)

    async def _bring(self, delivery: Delivery) -> None:
        try:
            channel = await to_thread.run_sync(get_channel, self._store, delivery.channel_id)
        except NotFound:
            return  # it was taken away, and its messages with it
        began = self._clock.monotonic()
        try:
            answer = await self._post(channel, delivery, self._clock.now())
        except Exception as failure:
            log.exception("a message to %s could not be sent", channel.id)
            answer = Answer(None, f"A fault of lineside's own: {type(failure).__name__}.")
        took = self._clock.monotonic() - began
        after = ended(delivery, answer, self._clock.now(), took, random.random())  # noqa: S311 - nothing secret
        await asyncio.wrap_future(finish(self._store, after))
        if answer.is_gone:
            await asyncio.wrap_future(change_channel(self._store, channel.id, enabled=False, disabled_reason=GONE))
            await asyncio.wrap_future(cancel_waiting(self._store, channel.id, GONE))

    async def _work(self) -> None:
        while True:
            self._bell.clear()
            try:
                busy = await self.round(self._clock.now())
                rest = 0.0 if busy else await self._rest_s()
            except LinesideError as failure:
                log.warning("Messages wait: %s", failure)
                rest = LONGEST_REST_S
            except Exception:
                log.exception("Telling of alerts failed; it is tried again.")
                rest = LONGEST_REST_S
            # Not `wait_for`: on Python 3.11 it forgets a cancellation that comes with what it waits for.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest or 0.05):
                    await self._bell.wait()

    async def _rest_s(self) -> float:
        dues = [await to_thread.run_sync(ask, self._store) for ask in (next_due, next_delivery_due)]
        now = self._clock.now()
        return min([LONGEST_REST_S, *(max(0.0, due - now) for due in dues if due is not None)])

    async def _prune(self, now: float) -> None:
        if self._pruned_at is None or now - self._pruned_at > PRUNE_EVERY_S:
            self._pruned_at = now
            await asyncio.wrap_future(prune_deliveries(self._store, now - KEPT_S))

"""The desk from which messages leave: the courier, and the ways it has of bringing them."""

from typing import Self

from lineside_server.alerts.chat import speak
from lineside_server.alerts.courier import Courier
from lineside_server.alerts.post import Answer, Poster
from lineside_server.alerts.routing import Timing
from lineside_server.alerts.telling import Teller
from lineside_server.core.clock import Clock
from lineside_server.core.notices import Channel, Delivery
from lineside_server.settings import Settings
from lineside_server.store.engine import Store


class Desk:
    """Made where the event loop of the service runs, and closed there."""

    def __init__(self, store: Store, settings: Settings, clock: Clock, timing: Timing) -> None:
        self._poster = Poster(allow_private=settings.webhook_allow_private)
        self.base_url = settings.page_url
        self.timing = timing
        self.courier = Courier(store, Teller(timing, self.base_url), self.bring, clock)

    @classmethod
    def of(cls, store: Store, settings: Settings, clock: Clock) -> Self:
        timing = Timing(settings.alert_gather, settings.alert_settle, settings.alert_cooldown)
        return cls(store, settings, clock, timing)

    async def bring(self, channel: Channel, delivery: Delivery, now: float) -> Answer:
        """Bring one message in the way of its channel."""
        if channel.kind == "apprise":
            return await speak(channel, delivery)
        return await self._poster.post(channel, delivery, now)

    def start(self) -> None:
        self.courier.start()

    async def stop(self) -> None:
        await self.courier.stop()
        await self._poster.close()

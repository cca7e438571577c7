"""Who was told of an alert as it is told over HTTP, and why the others were not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lineside_server.alerts.reasons import is_for, nobody, why_untold
from lineside_server.alerts.routing import Timing
from lineside_server.api.webhook_views import delivery_view
from lineside_server.core.notices import Channel, Delivery, Topic, Word


@dataclass(frozen=True, slots=True)
class ToldOf:
    """The topic of an alert at one moment, with what each channel was told of it last."""

    topic: Topic
    words: Mapping[str, Word]
    now: float
    timing: Timing

    def view(self, channels: Sequence[Channel], told: Sequence[Delivery]) -> dict[str, Any]:
        """Return the messages, each with its channel, and the channels that got none, each with its reason."""
        by_id, got = {one.id: one for one in channels}, {one.channel_id for one in told}
        items = [delivery_view(one) | _named(by_id[one.channel_id]) for one in told if one.channel_id in by_id]
        why = nobody(self.topic, len(channels))
        left = [one for one in channels if is_for(one, self.topic) and one.id not in got] if why is None else []
        return {"items": items, "next": None, "nobody": why, "untold": [self._untold(one) for one in left]}

    def _untold(self, channel: Channel) -> dict[str, Any]:
        reason = why_untold(self.topic, channel, self.words.get(channel.id), self.now, self.timing)
        return {"webhook": channel.id, **_named(channel), "why": reason.why, "at": reason.at}


def _named(channel: Channel) -> dict[str, Any]:
    return {"name": channel.name, "kind": channel.kind}

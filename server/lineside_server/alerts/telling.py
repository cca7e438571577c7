"""A topic decided for every channel: what each is told now, as messages that are ready to leave."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from lineside_server.alerts.payload import body_of
from lineside_server.alerts.routing import DAY_S, Decision, Timing, decide, wants
from lineside_server.core.notices import Channel, Delivery, Topic, Word

PAST_S: Final = DAY_S  # a run whose last event is older than this when it comes is history, and wakes nobody
Told = tuple[str, Word, Delivery | None]


@dataclass(frozen=True, slots=True)
class Teller:
    """`base_url`: where people reach the page, for links."""

    timing: Timing
    base_url: str | None

    def __call__(
        self, topic: Topic, channels: Sequence[Channel], words: Mapping[str, Word], now: float
    ) -> tuple[list[Told], float | None]:
        """What is told to whom, and when to decide again; the words and messages of each channel go together."""
        told: list[Told] = []
        later: list[float] = []
        if is_past(topic):
            return told, None
        for channel in channels:
            word = words.get(channel.id)
            decision = decide(topic, channel, word, now, self.timing)
            if decision.event is not None:
                said = _word(topic, decision, word, now)
                told.append((channel.id, said, self._message(topic, channel, said, now)))
                decision = decide(replace(topic, notices=()), channel, said, now, self.timing)
            if decision.again_at is not None:
                later.append(decision.again_at)
        return told, min(later, default=None)

    def _message(self, topic: Topic, channel: Channel, word: Word, now: float) -> Delivery | None:
        if not wants(channel, word.event):
            return None
        return Delivery(
            id=new_id(),
            run_id=topic.run.id,
            channel_id=channel.id,
            topic=topic.name,
            n=word.n,
            event=word.event,
            alert_id=None if topic.alert is None else topic.alert.id,
            due_at=now,
            created_at=now,
            body=body_of(topic, word.event, word.level, now, self.base_url),
        )


def new_id() -> str:
    """Return an id of a message that no other has: receivers tell repeats by it."""
    return f"msg_{uuid.uuid4().hex}"


def _word(topic: Topic, decision: Decision, before: Word | None, now: float) -> Word:
    assert decision.event is not None
    n = 1 if before is None else before.n + 1
    state = topic.run.state if decision.event == "run.state" else None
    return Word(decision.event, decision.level, now, n, state)


def is_past(topic: Topic) -> bool:
    """Tell whether a topic is of a run that came as history."""
    heard, last = topic.run.heard_at, topic.run.last_event_at
    return last is not None and heard - last > PAST_S

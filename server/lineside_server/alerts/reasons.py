"""Why a channel was told nothing of an alert, in words, by the same decision that tells. Pure."""

from dataclasses import dataclass
from typing import Final

from lineside_server.alerts.routing import Timing, after_quiet, decide, wants
from lineside_server.alerts.telling import is_past
from lineside_server.core.findings import Alert, Level
from lineside_server.core.notices import Channel, Topic, Word

ASKS_FOR: Final = {
    Level.CRITICAL: "is told of critical alerts alone",
    Level.WARNING: "is told of warnings and worse",
}


@dataclass(frozen=True, slots=True)
class Untold:
    """`why` goes on from the name of the channel; `at` is when it is decided again, where something is left open."""

    why: str
    at: float | None = None


def nobody(topic: Topic, channels: int) -> str | None:
    """Say why an alert is told to nobody, whatever the channels ask for; None where they are asked."""
    alert = topic.alert
    if alert is not None and topic.mute is not None:
        return f"The rule {alert.rule} is muted for project {topic.run.project}."
    if alert is None or not channels:
        return "There is no channel that could be told."
    if is_past(topic):
        return "The run came as history, as a recording does, and history is told to nobody."
    if alert.parent is not None and not topic.root_muted:
        return "It follows from another alert, and is told with that one."
    return None


def why_untold(topic: Topic, channel: Channel, word: Word | None, now: float, timing: Timing) -> Untold:
    """Say why a channel got no message of an alert."""
    alert = topic.alert
    assert alert is not None
    unasked = _unasked(channel, alert)
    if unasked is not None:
        return Untold(unasked)
    decision = decide(topic, channel, word, now, timing)
    if topic.notices and (decision.again_at is not None or decision.event == "run.alert.firing"):
        return Untold(_waits(alert, channel, now), decision.again_at)
    if channel.created_at > alert.opened_at:
        return Untold("came after this had fired")
    if alert.acknowledged is not None:
        return Untold("was not told, for it was acknowledged")
    if word is not None and alert.opened_at - timing.cooldown <= word.at:
        return Untold("was told of the same shortly before")
    return Untold("was not told")


def is_for(channel: Channel, topic: Topic) -> bool:
    """Tell whether a channel is for the project of a topic at all."""
    return not channel.filters.projects or topic.run.project in channel.filters.projects


def _unasked(channel: Channel, alert: Alert) -> str | None:
    """Say what of the channel itself leaves an alert out."""
    if not channel.enabled:
        return "is switched off" + (f": {channel.disabled_reason}" if channel.disabled_reason else "")
    if channel.filters.rules and alert.rule not in channel.filters.rules:
        return "is told of other rules"
    if alert.level < channel.filters.severity:
        return ASKS_FOR[channel.filters.severity]
    if not wants(channel, "run.alert.firing"):
        return "is not told of alerts that fire"
    return None


def _waits(alert: Alert, channel: Channel, now: float) -> str:
    if alert.silenced_until is not None:
        return "waits until the silence ends"
    if channel.quiet is not None and after_quiet(channel.quiet, now) > now:
        return "waits until its quiet hours end"
    return "is told in a moment, with what follows from it"

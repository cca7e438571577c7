"""Who is told of what, and when: decided anew from how things stand, so that it may be decided twice. Pure."""

from dataclasses import dataclass
from typing import Final

from lineside_server.core.findings import Alert, Level
from lineside_server.core.notices import STATE_TOPIC, WORTH_TELLING, Channel, EventType, Quiet, Topic, Word
from lineside_server.core.runs import RunState

DAY_S: Final = 86_400.0
SILENCE_AGAIN_S: Final = 60.0  # a silence that lasts some steps is looked at so often
STATE_LEVELS: Final[dict[RunState, Level]] = {
    "failed": Level.CRITICAL, "lost": Level.CRITICAL, "stalled": Level.WARNING,
    "stopped": Level.INFO, "finished": Level.INFO, "running": Level.NONE,
}  # fmt: skip
CONSEQUENCES: Final = frozenset({"stall"})  # what a run that is lost or has ended explains


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. `gather`: a first message waits, so that what follows from the same fault is named in it.

    `settle`: something is over for so long before that is told. `cooldown`: what was told is not told again before,
    unless it has become worse.
    """

    gather: float = 10.0
    settle: float = 60.0
    cooldown: float = 900.0


@dataclass(frozen=True, slots=True)
class Decision:
    """`event`: what to tell now, if anything; `again_at`: when to decide again, None where nothing is left open."""

    event: EventType | None = None
    level: Level = Level.NONE
    again_at: float | None = None


SETTLED: Final = Decision()


def decide(topic: Topic, channel: Channel, word: Word | None, now: float, timing: Timing) -> Decision:
    """Decide what a channel is told of a topic, given what it was told last."""
    case, filters = _Case(topic, channel, word, now, timing), channel.filters
    if not channel.enabled or (filters.projects and topic.run.project not in filters.projects):
        return SETTLED
    if topic.name == STATE_TOPIC:
        return case.of_state()
    if topic.alert is None or (filters.rules and topic.alert.rule not in filters.rules):
        return SETTLED
    if word is not None and word.event == "run.alert.firing":
        return case.of_told(topic.alert, word)
    return case.of_untold(topic.alert)


def wants(channel: Channel, event: EventType) -> bool:
    """Tell whether a channel is sent events of this kind; one that is not still counts as told."""
    return not channel.filters.events or event in channel.filters.events


@dataclass(frozen=True, slots=True)
class _Case:
    topic: Topic
    channel: Channel
    word: Word | None
    now: float
    timing: Timing

    def of_untold(self, alert: Alert) -> Decision:
        fired = [notice for notice in self.topic.notices if notice.event == "run.alert.firing"]
        level = max([alert.level, *(notice.level for notice in fired)])
        is_firing = alert.state == "firing"
        if not (fired or is_firing) or level < self.channel.filters.severity or self._is_explained(alert):
            return SETTLED
        if is_firing and (held := self._held(alert)) is not None:
            return held
        if self.topic.mute is not None:
            return SETTLED  # it came and went while it was muted
        due = fired[0].at + self.timing.gather if fired else self.now
        word, rest = self.word, self.timing.cooldown
        if word is not None and level <= word.level and self.now < word.at + rest:
            if not is_firing:
                return SETTLED  # it came and went again within the time in which it was told already
            due = max(due, word.at + rest)
        return self._when(due, "run.alert.firing", level)

    def of_told(self, alert: Alert, word: Word) -> Decision:
        if alert.state == "firing":
            if alert.level <= word.level or self._is_explained(alert):
                return SETTLED
            return self._held(alert) or self._when(self.now, "run.alert.firing", alert.level)
        over = [notice.at for notice in self.topic.notices if notice.event == "run.alert.resolved"]
        return self._when(max([word.at, *over]) + self.timing.settle, "run.alert.resolved", word.level)

    def of_state(self) -> Decision:
        state, word = self.topic.run.state, self.word
        known = None if word is None else word.state
        is_back = state == "running" and known in ("lost", "stalled")
        if state == known or not (state in WORTH_TELLING or is_back):
            return SETTLED
        level = word.level if is_back and word is not None else STATE_LEVELS[state]
        filters = self.channel.filters
        if level < filters.severity and "run.state" not in filters.events:
            return SETTLED
        due = max((notice.at for notice in self.topic.notices), default=self.now) + self.timing.gather
        return self._when(due, "run.state", level)

    def _is_explained(self, alert: Alert) -> bool:
        """Tell whether another message says it: that of its root, or of the run that is gone."""
        is_told_above = alert.parent is not None and not self.topic.root_muted
        return is_told_above or (alert.rule in CONSEQUENCES and self.topic.run.state in WORTH_TELLING)

    def _held(self, alert: Alert) -> Decision | None:
        """Decide for an alert of which people said that they know of it; None for any other."""
        if alert.acknowledged is not None:
            return SETTLED
        if self.topic.mute is not None:
            return Decision(again_at=self.topic.mute.until)
        until = alert.silenced_until or {}
        at, step = until.get("at"), until.get("step")
        if at is not None and self.now < at:
            return Decision(again_at=at)
        if step is not None and (self.topic.run.last_step or 0) < step:
            return Decision(again_at=self.now + SILENCE_AGAIN_S)
        return None

    def _when(self, due: float, event: EventType, level: Level) -> Decision:
        quiet = self.channel.quiet
        if quiet is not None and not (quiet.but_critical and level == Level.CRITICAL):
            due = after_quiet(quiet, max(due, self.now))
        return Decision(event, level) if due <= self.now else Decision(again_at=due)


def after_quiet(quiet: Quiet, at: float) -> float:
    """Return the first moment at or after `at` that is outside the quiet hours."""
    second, start, end = at % DAY_S, quiet.start * 60, quiet.end * 60
    is_quiet = start <= second < end if start <= end else second >= start or second < end
    return at + (end - second) % DAY_S if is_quiet else at

"""Judging a recorded run without a service: the same intake, rules and diagnosis, at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lineside_server.core.events import Batch, StoredEvent
from lineside_server.core.findings import Alert, Check, Health, Level
from lineside_server.core.judged import Told
from lineside_server.core.steps import with_steps
from lineside_server.judging.judgement import Judgement, Outcome
from lineside_server.recording.model import Recording
from lineside_server.rules.intake import Arrival, Intake
from lineside_server.rules.knowledge import facts_of
from lineside_server.rules.model import Rule, Silence


@dataclass(frozen=True, slots=True)
class Replay:
    """What judging a recorded run brought; `alerts` are in the order in which they opened."""

    name: str
    alerts: tuple[Alert, ...]
    transitions: tuple[Told, ...]
    checks: tuple[Check, ...]
    health: Health

    @property
    def verdict(self) -> str:
        """Return the worst that was found, resolved or not."""
        worst = max((alert.level for alert in self.alerts), default=Level.NONE)
        return worst.word if worst >= Level.WARNING else self.health.verdict


def replay(recording: Recording, rules: Sequence[Rule]) -> Replay:
    """Judge a recorded run from its first line to its last. BadInput: the file cannot be read to its end."""
    judgement, outcome, intake = _played(recording, rules)
    outcome.add(judgement.judge(intake.release(0.0, ended=True), ended=True))
    return _replay(recording.name, judgement, outcome)


def replay_silence(recording: Recording, rules: Sequence[Rule], seconds: float) -> Replay:
    """Judge a recorded run as if it had been live and nothing more had come of it for so long."""
    judgement, outcome, intake = _played(recording, rules)
    outcome.add(judgement.judge(intake.complete(None)))
    silence = Silence(judgement.through, seconds, seconds, seconds)
    outcome.add(judgement.hear_silence(silence))
    return _replay(recording.name, judgement, outcome)


def _played(recording: Recording, rules: Sequence[Rule]) -> tuple[Judgement, Outcome, Intake]:
    start = recording.start
    judgement = Judgement(recording.name, rules, facts_of(start.get("config") or {}, start.get("intent") or {}))
    outcome, intake = Outcome(), Intake()
    for arrival in _arrivals(recording.accepted(start.get("ts") or 0.0)):
        intake.take(arrival)
        outcome.add(judgement.judge(intake.release(0.0)))
    return judgement, outcome, intake


def _replay(name: str, judgement: Judgement, outcome: Outcome) -> Replay:
    checks = judgement.checks()
    alerts = sorted(outcome.alerts.values(), key=lambda alert: (alert.opened_step, alert.rule, alert.subject))
    return Replay(name, tuple(alerts), tuple(outcome.told), checks, judgement.health(checks))


def _arrivals(batches: Iterable[Batch]) -> Iterable[Arrival]:
    """Number events and fill in steps as the store does."""
    last: int | None = None
    event_id = 0
    for batch in batches:
        columns = with_steps(last, batch.columns)
        last = max([last if last is not None else -1, *(int(part.steps.max()) for part in columns)])
        last = None if last < 0 else last
        events = []
        for event in batch.events:
            event_id += 1
            events.append(StoredEvent(event_id, event.type, event.step, event.ts, event.body))
        yield Arrival(batch.writer, batch.seq, tuple(columns), tuple(events), at=0.0)

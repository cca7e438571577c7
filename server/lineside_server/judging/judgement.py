"""The judgement of one run: rules find, diagnosis explains, and what follows from one root is one incident."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any, Final, Self

from lineside_server.core.facts import Facts
from lineside_server.core.findings import VERDICTS, Alert, Check, Finding, Health, Level
from lineside_server.core.judged import Told
from lineside_server.core.runs import Run
from lineside_server.diagnosis.graph import adopted, parent_of
from lineside_server.diagnosis.rank import diagnosed
from lineside_server.rules.examine import Examiner
from lineside_server.rules.intake import Intake, Stretch
from lineside_server.rules.knowledge import facts_of, refine
from lineside_server.rules.machine import Transition
from lineside_server.rules.model import Rule, Silence
from lineside_server.rules.tape import Tape

REMEMBERED: Final = 64  # resolved alerts that another may still follow from
UNKNOWN: Final = 0.75  # of the rules: where more cannot judge, nobody knows whether the run is healthy
CHANGED: Final = "The rule was changed."


@dataclass(slots=True)
class Outcome:
    """What a stretch brought: alerts as they are now, each once, and what was told of them, in order."""

    alerts: dict[str, Alert] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.alerts)

    def add(self, later: "Outcome") -> None:
        self.alerts.update(later.alerts)
        self.told += later.told


class Judgement:
    """Judges one run from its points alone: the same points give the same alerts, live, replayed or after a restart."""

    def __init__(self, run_id: str, rules: Sequence[Rule], facts: Facts) -> None:
        self.run_id = run_id
        self.examiner = Examiner(rules, facts, refine)
        self._firing: dict[tuple[str, str], Alert] = {}
        self._resolved: list[Alert] = []

    @classmethod
    def of(cls, run: Run, rules: Sequence[Rule]) -> Self:
        """Begin to judge a run that is stored, in its newest attempt."""
        newest = run.attempts[-1]
        facts = replace(facts_of(run.config, run.intent), attempt=newest.attempt, attempt_step=newest.first_step or 0)
        return cls(run.id, rules, facts)

    @property
    def firing(self) -> tuple[Alert, ...]:
        return tuple(self._firing.values())

    @property
    def through(self) -> int:
        return self.examiner.through

    def judge(self, stretch: Stretch, *, ended: bool = False) -> Outcome:
        """Look at what is new, and say what it changes."""
        outcome = Outcome()
        for transition in self.examiner.examine(stretch, ended=ended):
            self._follow(transition, outcome)
        return outcome

    def judge_stored(self, intake: Intake, stretch: Stretch, now: float) -> Outcome:
        """Look at what was read from the store, but for the newest step, which may still grow: the intake keeps it."""
        intake.refill(stretch, now)
        return self.judge(intake.complete(max([self.through, *intake.newest.values()])))

    def hear_silence(self, silence: Silence) -> Outcome:
        """Judge that nothing comes: the one thing that is judged by the server's clock."""
        outcome = Outcome()
        for transition in self.examiner.hear_silence(silence):
            self._follow(transition, outcome)
        return outcome

    def adopt(self, rules: Sequence[Rule]) -> Outcome:
        """Go on with other rules: one that is new or changed begins afresh, and what it said before is resolved."""
        outcome = Outcome()
        kept = {rule.mark: rule for rule in self.examiner.rules}
        self.examiner.rules = [kept.pop(rule.mark, rule) for rule in rules]
        gone = {rule.id for rule in kept.values()}
        for rule_id in gone:
            self.examiner.forget(rule_id)
        for alert in [alert for alert in self.firing if alert.rule in gone]:
            self._close(alert, self.through, alert.opened_at, CHANGED, outcome)
        return outcome

    def close(self, alerts: Iterable[Alert], reason: str) -> Outcome:
        """Resolve alerts that no longer hold, for a reason that is not in the data."""
        outcome = Outcome()
        for alert in alerts:
            self._close(alert, max(alert.last_step, self.through), alert.opened_at, reason, outcome)
        return outcome

    def checks(self) -> tuple[Check, ...]:
        return tuple(self.examiner.checks())

    def health(self, checks: Sequence[Check]) -> Health:
        levels = Counter(alert.level.word for alert in self.firing)
        verdict = "critical" if levels["critical"] else "warning" if levels["warning"] else "healthy"
        counts = Counter(check.verdict for check in checks)
        if verdict == "healthy" and counts["not_checked"] > UNKNOWN * len(checks):
            verdict = "unknown"
        return Health(
            verdict=verdict,  # type: ignore[arg-type]  # one of the words above
            firing={word: levels[word] for word in ("critical", "warning", "info")},
            checks={verdict: counts[verdict] for verdict in VERDICTS},
            through_step=self.through if self.through >= 0 else None,
        )

    def redeclare(self, config: Mapping[str, Any], intent: Mapping[str, Any]) -> None:
        """From the next step on, something else is declared."""
        facts = self.examiner.facts
        told = facts_of(config, intent)
        self.examiner.facts = replace(told, attempt=facts.attempt, attempt_step=facts.attempt_step)

    def save(self) -> dict[str, Any]:
        """Return what a restart needs beside the series and the stored alerts."""
        facts = self.examiner.facts
        return {"examiner": self.examiner.save(), "told": facts.told, "config": facts.config}

    def load(self, saved: Mapping[str, Any], tape: Tape, alerts: Iterable[Alert]) -> Outcome:
        """Go on from what was saved; rules that were changed since begin afresh."""
        self.redeclare(saved["config"], saved["told"])
        changed = self.examiner.load(saved["examiner"], tape)
        known = tuple(alerts)
        for alert in known:
            self.recall(alert)
        return self.close([alert for alert in known if alert.rule in changed], CHANGED)

    def recall(self, alert: Alert) -> None:
        """Know an alert from before."""
        if alert.state == "firing":
            self._firing[alert.rule, alert.subject] = alert
        else:
            self._remember(alert)

    def _follow(self, transition: Transition, outcome: Outcome) -> None:
        known = self._firing.get((transition.rule, transition.subject))
        if transition.kind == "resolved":
            if known is not None:
                self._close(known, transition.step, transition.time, transition.reason, outcome)
            return
        assert transition.finding is not None, "only what is resolved comes without"
        finding, level = self._diagnosed(transition.rule, transition.finding, transition.level)
        if known is None:
            self._open(transition, finding, level, outcome)
            return
        # What is refreshed is no worse than it was: a diagnosis that held it down at the opening still does.
        raised = transition.kind == "raised" and level > known.level
        level = level if raised else known.level
        alert = replace(known, finding=finding, level=level, last_step=transition.last_step)
        self._keep(alert, outcome)
        if raised:
            outcome.told.append(Told(alert.id, "raised", transition.step, transition.time, alert.level))

    def _open(self, transition: Transition, finding: Finding, level: Level, outcome: Outcome) -> None:
        alert = Alert(
            id=identity(self.run_id, transition.rule, transition.subject, transition.opened_step),
            run_id=self.run_id,
            rule=transition.rule,
            subject=transition.subject,
            parent=None,
            level=level,
            state="firing",
            opened_step=transition.opened_step,
            opened_at=transition.time,
            last_step=transition.last_step,
            resolved_step=None,
            resolved_at=None,
            reason=None,
            finding=finding,
        )
        alert = replace(alert, parent=parent_of(alert, (*self.firing, *self._resolved)))
        self._keep(alert, outcome)
        outcome.told.append(Told(alert.id, "fired", transition.step, transition.time, level))
        for child in adopted(alert, self.firing):
            self._keep(replace(child, parent=alert.id), outcome)

    def _close(self, alert: Alert, step: int, time: float, reason: str | None, outcome: Outcome) -> None:
        if self._firing.get((alert.rule, alert.subject), alert).id == alert.id:
            self._firing.pop((alert.rule, alert.subject), None)
        closed = replace(alert, state="resolved", resolved_step=step, resolved_at=time, reason=reason)
        self._remember(closed)
        outcome.alerts[closed.id] = closed
        outcome.told.append(Told(closed.id, "resolved", step, time, closed.level))

    def _keep(self, alert: Alert, outcome: Outcome) -> None:
        self._firing[alert.rule, alert.subject] = alert
        outcome.alerts[alert.id] = alert

    def _remember(self, alert: Alert) -> None:
        self._resolved = [*self._resolved[-REMEMBERED + 1 :], alert]

    def _diagnosed(self, rule: str, finding: Finding, level: Level) -> tuple[Finding, Level]:
        finding, at_most = diagnosed(rule, finding, self.examiner.facts)
        return finding, level if at_most is None else min(level, at_most)


def identity(run_id: str, rule: str, subject: str, opened_step: int) -> str:
    """Return the id of an alert: the same for the same breach, however often the run is judged."""
    told = "\0".join((run_id, rule, subject, str(opened_step)))
    return blake2b(told.encode(), digest_size=10).hexdigest()

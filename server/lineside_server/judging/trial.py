"""Trying a rule: when it would have fired on runs that are stored, by the evaluator that runs live."""

from collections.abc import Mapping, Sequence
from typing import Any

from lineside_server.core.runs import ENDED
from lineside_server.judging.judgement import Judgement, Outcome
from lineside_server.judging.past import Position, pages, stand
from lineside_server.rules.book import rule_of
from lineside_server.rules.intake import Intake
from lineside_server.rules.model import Rule
from lineside_server.store.engine import Store
from lineside_server.store.runs import get_run


def trial(store: Store, told: Mapping[str, Any], run_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Judge runs by one rule alone, each from its beginning; nothing of it is kept.

    NotFound: no such run; RuleFaultError: no such rule.
    """
    return [{"run": run_id, "would_have_fired": _firings(store, rule_of(told), run_id)} for run_id in run_ids]


def _firings(store: Store, rule: Rule, run_id: str) -> list[dict[str, Any]]:
    run = get_run(store, run_id)
    judgement, intake, outcome = Judgement.of(run, [rule]), Intake(), Outcome()
    for stretch in pages(store, run_id, Position({}), stand(store, run_id)[0]):
        outcome.add(judgement.judge_stored(intake, stretch, 0.0))
    outcome.add(judgement.judge(intake.complete(None), ended=run.state in ENDED))
    return [
        {
            "subject": alert.subject,
            "step": alert.opened_step,
            "severity": alert.level.word,
            "title": alert.finding.title,
            "resolved_step": alert.resolved_step,
            "keys": list(alert.finding.keys),
        }
        for alert in sorted(outcome.alerts.values(), key=lambda alert: (alert.opened_step, alert.subject))
    ]

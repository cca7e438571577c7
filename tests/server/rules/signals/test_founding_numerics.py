"""The founding runs: one NaN that was clamped, an eval that stands still, and nothing else of these families."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lineside_server.core.findings import Level
from lineside_server.rules.examine import Examiner
from lineside_server.rules.intake import Mark, Stretch
from lineside_server.rules.knowledge import facts_of, refine
from lineside_server.rules.signals import learning, numerics
from lineside_server.rules.signals.learning.eval_frozen import EvalFrozen
from lineside_server.rules.signals.numerics.nonfinite import NonFinite
from lineside_server.rules.tape import Points

Judge = Callable[..., Any]
Run = Callable[[str], dict[str, Any]]
OTHERS = [
    rule for rule in (*numerics.RULES, *learning.RULES) if rule.id not in {"nonfinite", "eval-frozen", "off-target"}
]


def on_time(run: dict[str, Any]) -> dict[str, Any]:
    """Set the events on the clock of the points, half a second a step."""
    return {**run, "events": [replace(event, ts=event.step * 0.5) for event in run["events"]]}


@pytest.mark.parametrize("name", ["after_fix_lr_zero", "after_fix_lr_warmup"])
def test_the_clamped_nan_is_one_alert_that_is_told_to_the_end(judge: Judge, founding_run: Run, name: str) -> None:
    judged = judge(NonFinite, **on_time(founding_run(name)))
    (fired,) = judged.transitions
    assert (fired.step, fired.subject, fired.level) == (1118, "lm_loss", Level.WARNING)
    assert fired.finding.title == "lm_loss is NaN at step 1,118, clamped to zero; one so far"
    assert judged.check.verdict == "firing"


def test_five_of_them_are_one_alert_too(judge: Judge, founding_run: Run) -> None:
    judged = judge(NonFinite, **on_time(founding_run("before_fix")))
    assert [(t.kind, t.step) for t in judged.transitions] == [("fired", 212)]
    assert judged.newest()[0].finding.title == "lm_loss is NaN at step 2,777, clamped to zero; 5 so far"


def test_the_third_eval_at_step_3000_is_frozen(judge: Judge, founding_run: Run) -> None:
    (fired,) = judge(EvalFrozen, **founding_run("before_fix")).fired
    assert (fired.step, fired.subject, fired.level) == (3000, "eval", Level.WARNING)
    assert set(fired.finding.keys) == {"eval/loss", "eval/kd_loss", "eval/feature_loss", "eval/attention_loss"}


@pytest.mark.parametrize("name", ["before_fix", "after_fix_lr_zero", "after_fix_lr_warmup"])
def test_the_other_rules_are_quiet(founding_run: Run, name: str) -> None:
    run = founding_run(name)
    examiner = Examiner([rule() for rule in OTHERS], facts_of(run["config"], run["intent"]), refine)
    points = {
        key: Points(np.array(steps), np.array(steps) / 2, np.array(values))
        for key, (steps, values) in run["series"].items()
    }
    marks = tuple(Mark(event.step, event) for event in run["events"])
    assert examiner.examine(Stretch(points, marks), ended=True) == []
    assert not examiner.broken

"""Rules of numerics and learning say the same of a run however it is cut, and stand whatever a series holds."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lineside_server.core.events import StoredEvent
from lineside_server.rules.model import Rule
from lineside_server.rules.signals import learning, numerics

Judge = Callable[..., Any]
RULES = [rule for rule in (*numerics.RULES, *learning.RULES) if rule.id != "off-target"]
CONFIG = {"vocab_size": 64, "max_grad_norm": 1.0, "logging_nan_inf_filter": True}
INTENT = {
    "accumulation": 2,
    "total_steps": 400,
    "eval_every": 15,
    "schedule": {"kind": "cosine", "peak": 1e-3, "warmup": 10, "total": 200, "cycles": 1.5},
}


def wild(random: np.random.Generator, steps: Any, level: float) -> Any:
    """A course with regimes, spikes, exact zeros, repeated values, and values that are not finite."""
    regimes = level * random.choice([1.0, 1.0, 0.5, 2.0, 6.0, 0.999], 8)[np.arange(len(steps)) * 8 // len(steps)]
    values = regimes * (1 + random.normal(0, random.choice([0.0, 0.02, 0.3]), len(steps)))
    for special in (np.nan, np.inf, -np.inf, 0.0, 30.0, -1.0, 1e300):
        at = random.integers(0, len(steps))
        if random.random() < 0.5:
            values[at : at + random.choice([1, 1, 3, 40])] = special
    at = random.integers(0, len(steps))
    values[at : at + 60] = values[at]
    return values


def run(seed: int) -> tuple[dict[str, Any], list[StoredEvent]]:
    random = np.random.default_rng(seed)
    steps = np.sort(random.choice(450, 350, replace=False))
    series = {
        key: (steps, wild(random, steps, level))
        for key, level in (("train/loss", 5.0), ("train/lm_loss", 4.16), ("grad_norm", 1.0), ("loss_scale", 2.0**16))
    }
    series["updates_skipped"] = (steps, np.cumsum(random.random(len(steps)) < 0.1 * random.random()))
    updates = steps[1::2]
    for key, level in (("update_ratio", 1e-3), ("params/changed", 2.0), ("lr", 1e-3)):
        series[key] = (updates, wild(random, updates, level))
    evals = np.arange(15, 450, 15)
    for key in ("eval/loss", "eval/lm_loss", "eval/accuracy", "other/eval_loss"):
        series[key] = (evals, wild(random, evals, 3.0))
    actions = ("clamped_to_zero", "skipped_step", "none", "raised")
    events = [
        StoredEvent(
            int(step), "nonfinite", int(step), step * 0.5, {"component": "lm_loss", "action": actions[step % 4]}
        )
        for step in np.sort(random.choice(steps, 5, replace=False))
    ]
    return series, events


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_it_says_the_same(judge: Judge, rule: type[Rule], seed: int) -> None:
    series, events = run(seed)
    judged = judge(rule, series, events=events, config=CONFIG, intent=INTENT if seed % 2 else {})
    assert judged.check.reason
    for transition in judged.all:
        if transition.finding is not None:
            assert len(transition.finding.title) <= 160
            assert transition.finding.window[0] <= transition.finding.window[1]
            figures = (transition.finding.observed, transition.finding.expected, transition.finding.clues)
            json.dumps(figures, allow_nan=False)

"""Values that cannot be, beside those that only look odd."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lineside_server.core.findings import Level
from lineside_server.diagnosis.rank import diagnosed
from lineside_server.rules.signals.declared.impossible_value import ImpossibleValue

Judge = Callable[..., Any]
N = 60
STEPS = range(1, N + 1)


def at_ten(value: float, otherwise: float = 0.5) -> tuple[range, list[float]]:
    """A series that is `value` at step 10 and another value else."""
    return STEPS, [value if step == 10 else otherwise for step in STEPS]


@pytest.mark.parametrize(
    ("key", "value", "level"),
    [
        ("lr", -1e-6, Level.CRITICAL),
        ("train/ce_loss", -0.2, Level.CRITICAL),
        ("train/cross_entropy_loss", -0.2, Level.CRITICAL),
        ("eval/mse_loss", -0.2, Level.CRITICAL),
        ("train/kd_loss", -0.2, Level.WARNING),
        ("eval/accuracy", 101.0, Level.WARNING),
        ("eval/accuracy", -0.1, Level.WARNING),
    ],
)
def test_what_cannot_be_fires_at_its_step(judge: Judge, key: str, value: float, level: Level) -> None:
    judged = judge(ImpossibleValue, {key: at_ten(value)})
    assert [(t.step, t.level, t.subject) for t in judged.fired] == [(10, level, key)]
    assert judged.fired[0].finding.title.startswith(f"{key} is {value:.4g}, ")
    finding, _ = diagnosed("impossible-value", judged.fired[0].finding, judged.examiner.facts)
    assert finding.actions


@pytest.mark.parametrize(
    ("series", "config"),
    [
        ({"train/policy_loss": at_ten(-0.4)}, {}),
        ({"train/loss": at_ten(-0.4)}, {}),
        ({"train/elbo_loss": at_ten(-120.0)}, {}),
        ({"train/kl_loss": at_ten(-0.01), "reward/mean": at_ten(1.0)}, {}),  # estimated from samples
        ({"train/kl_loss": at_ten(-1e-7)}, {}),  # rounding
        ({"train/kl_loss": at_ten(-2e-3)}, {"bf16": True}),
        ({"eval/accuracy": (STEPS, np.linspace(0.3, 99.5, N))}, {}),  # percent that begins low
        ({"eval/accuracy": (STEPS, 1.0 + 0.1 * np.sin(np.arange(N)))}, {}),  # chance level of a hundred classes
        ({"eval/accuracy": (STEPS, np.linspace(0.1, 1.0, N))}, {}),
        ({"eval/accuracy": (STEPS, [0.9] * 30 + [90.0] * 30)}, {}),  # its unit changed
    ],
)
def test_what_only_looks_odd_stays_quiet(judge: Judge, series: dict[str, Any], config: dict[str, Any]) -> None:
    assert judge(ImpossibleValue, series, config=config).quiet


def test_a_fraction_above_one_fires_once_it_is_known_to_be_one(judge: Judge) -> None:
    judged = judge(ImpossibleValue, {"eval/accuracy": (STEPS, [0.9] * 40 + [1.02] * 20)})
    assert [(t.step, t.level) for t in judged.fired] == [(41, Level.WARNING)]


def perplexity_run(of: Any, loss: Any, more: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"eval/loss": (STEPS, loss), "eval/perplexity": (STEPS, of), **(more or {})}


def test_a_perplexity_that_is_not_the_exponential_of_any_loss_fires_after_three(judge: Judge) -> None:
    loss = np.linspace(4.0, 3.0, N)
    judged = judge(ImpossibleValue, perplexity_run(np.exp(loss * 1.5), loss))
    assert [(t.step, t.level) for t in judged.fired] == [(3, Level.WARNING)]
    assert "not the exponential of eval/loss" in judged.fired[0].finding.title
    assert judge(ImpossibleValue, perplexity_run(np.exp(loss), loss)).quiet


def test_a_perplexity_may_belong_to_a_term_or_be_capped(judge: Judge) -> None:
    loss = np.linspace(4.0, 3.0, N)
    term = {"eval/lm_loss": (STEPS, 2 * loss)}
    assert judge(ImpossibleValue, perplexity_run(np.exp(2 * loss), loss, term)).quiet
    assert not judge(ImpossibleValue, perplexity_run(np.exp(1.5 * loss), loss, term)).quiet
    assert judge(ImpossibleValue, perplexity_run(np.exp(2 * loss), loss, {"eval/kd_loss": (STEPS, loss)})).quiet
    assert judge(ImpossibleValue, perplexity_run(np.full(N, np.exp(20.0)), loss + 30)).quiet
    flagged = {"eval/perplexity_capped": (STEPS, np.ones(N))}
    assert judge(ImpossibleValue, perplexity_run(np.full(N, 1234.5), loss + 30, flagged)).quiet
    assert judge(ImpossibleValue, perplexity_run(np.exp(loss) * 1.2, loss)).quiet  # a mean of exponentials


def test_a_total_below_a_term_that_is_in_it_fires(judge: Judge) -> None:
    series = {"train/loss": (STEPS, np.ones(N)), "train/a_loss": (STEPS, np.full(N, 2.0))}
    intent = {"components_are": "weighted"}
    judged = judge(ImpossibleValue, series, intent=intent)
    assert [(t.step, t.subject) for t in judged.fired] == [(3, "train/loss terms")]
    assert judge(ImpossibleValue, series).quiet  # its weight may be below one
    signed = {**series, "train/b_loss": (STEPS, np.full(N, -1.0))}
    assert judge(ImpossibleValue, signed, intent=intent).quiet


def test_it_says_what_it_looked_at(judge: Judge) -> None:
    check = judge(ImpossibleValue, {"train/ce_loss": at_ten(1.0), "lr": at_ten(0.1)}).check
    assert (check.verdict, check.reason) == ("passing", "All 120 values of 2 series (train/ce_loss, lr) are possible.")
    check = judge(ImpossibleValue, {"train/loss": at_ten(1.0)}).check
    assert check.verdict == "not_checked"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_nonsense_raises_nothing(judge: Judge, value: float) -> None:
    keys = ("lr", "train/ce_loss", "eval/accuracy", "eval/perplexity", "eval/loss", "train/loss")
    judge(ImpossibleValue, {key: (STEPS, [value] * N) for key in keys}, intent={"components_are": "weighted"})

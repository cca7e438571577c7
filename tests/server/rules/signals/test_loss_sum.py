"""The terms of a loss against its total: read the way that is possible, judged where it is declared."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lineside_server.core.findings import Level
from lineside_server.diagnosis.rank import diagnosed
from lineside_server.rules.signals.declared.loss_sum import LossSum

Judge = Callable[..., Any]
N = 300
STEPS = range(1, N + 1)
WEIGHTS = {"kd_loss": 0.7, "feature_loss": 0.1, "lm_loss": 0.2}
DECLARED = {"losses": {name: {"weight": weight} for name, weight in WEIGHTS.items()}, "components_are": "raw"}


def parts() -> dict[str, Any]:
    pick = np.random.default_rng(3)
    fall = np.exp(-np.arange(N) / 200)
    return {
        "kd_loss": 8 * fall * pick.normal(1, 0.05, N),
        "feature_loss": 20 * pick.normal(1, 0.05, N),
        "lm_loss": 5 * np.sqrt(fall) * pick.normal(1, 0.05, N),
    }


def run(total: Any, terms: dict[str, Any], phase: str = "train") -> dict[str, Any]:
    logged = {f"{phase}/{name}": (STEPS, values) for name, values in terms.items()}
    return {**logged, f"{phase}/loss": (STEPS, total)}


def later(series: dict[str, Any]) -> dict[str, Any]:
    """The same series at every 50th step."""
    return {key: (steps[49::50], values[49::50]) for key, (steps, values) in series.items()}


def summed(terms: dict[str, Any], weights: dict[str, float]) -> Any:
    return sum(weights[name] * values for name, values in terms.items())


def test_a_weighted_sum_passes_and_the_reading_is_printed(judge: Judge) -> None:
    judged = judge(LossSum, run(summed(parts(), WEIGHTS), parts()), intent=DECLARED)
    assert judged.quiet
    assert judged.check.verdict == "passing"
    assert "Σ wᵢLᵢ (weights applied) is 1.000 of train/loss" in judged.check.reason


def test_a_term_that_was_forgotten_is_named_within_ten_points(judge: Judge) -> None:
    terms = parts()
    total = summed(terms, {**WEIGHTS, "lm_loss": 0.0})
    judged = judge(LossSum, run(total, terms), intent=DECLARED)
    (fired,) = judged.fired
    assert (fired.step, fired.level, fired.subject) == (10, Level.WARNING, "train")
    newest = judged.newest()[0]
    finding, _ = diagnosed("loss-sum", newest.finding, judged.examiner.facts)
    assert finding.causes[0].id == "component-dropped"
    assert finding.causes[0].fit > 0.95
    assert finding.actions[0] == "Add lm_loss to the total of train with its weight."


def test_a_term_at_sixteen_times_its_part_is_named_with_its_factor(judge: Judge) -> None:
    terms = parts()
    judged = judge(LossSum, run(summed(terms, {**WEIGHTS, "lm_loss": 3.2}), terms), intent=DECLARED)
    (fired,) = judged.fired
    assert fired.step == 10
    assert [t.level for t in judged.newest()] == [Level.CRITICAL]
    finding, _ = diagnosed("loss-sum", judged.newest()[0].finding, judged.examiner.facts)
    assert finding.causes[0].id == "component-scaled"
    assert "With lm_loss at 16 times its declared part" in finding.causes[0].explanation
    assert any("lm_loss 3.2" in action for action in finding.actions)  # by least squares


def test_weights_that_training_does_not_apply_are_critical(judge: Judge) -> None:
    terms = parts()
    judged = judge(LossSum, run(summed(terms, dict.fromkeys(terms, 1.0)), terms), intent=DECLARED)
    assert {t.level for t in judged.fired} == {Level.CRITICAL}
    assert "train/loss is the plain sum of its terms: the weights are not applied" in judged.fired[0].finding.title
    finding, _ = diagnosed("loss-sum", judged.fired[0].finding, judged.examiner.facts)
    assert finding.causes[0].id == "weights-not-applied"


def test_in_eval_a_plain_sum_is_a_warning(judge: Judge) -> None:
    terms = parts()
    judged = judge(LossSum, run(summed(terms, dict.fromkeys(terms, 1.0)), terms, "eval"), intent=DECLARED)
    assert [(t.step, t.level) for t in judged.fired] == [(2, Level.WARNING)]


def test_what_training_has_already_is_not_said_of_eval_again(judge: Judge) -> None:
    terms = parts()
    forgotten = summed(terms, {**WEIGHTS, "lm_loss": 0.0})
    series = run(forgotten, terms) | later(run(forgotten, terms, "eval"))
    assert {t.subject for t in judge(LossSum, series, intent=DECLARED).fired} == {"train"}
    series = run(forgotten, terms) | later(run(3 * summed(terms, WEIGHTS), terms, "eval"))  # the other way round
    assert {t.subject for t in judge(LossSum, series, intent=DECLARED).fired} == {"train", "eval"}


def test_without_saying_what_the_terms_are_either_reading_will_do(judge: Judge) -> None:
    terms, intent = parts(), {"losses": DECLARED["losses"]}
    for weights in (WEIGHTS, dict.fromkeys(terms, 1.0)):
        assert judge(LossSum, run(summed(terms, weights), terms), intent=intent).quiet
    judged = judge(LossSum, run(5 * summed(terms, dict.fromkeys(terms, 1.0)), terms), intent=intent)
    assert {t.level for t in judged.fired} == {Level.WARNING}


def test_terms_logged_before_their_weights_though_declared_after_are_a_note(judge: Judge) -> None:
    terms = parts()
    intent = {**DECLARED, "components_are": "weighted"}
    judged = judge(LossSum, run(summed(terms, WEIGHTS), terms), intent=intent)
    assert {t.level for t in judged.fired} == {Level.INFO}


def test_terms_of_other_batches_scatter_and_stay_quiet(judge: Judge) -> None:
    pick, terms = np.random.default_rng(5), parts()
    total = summed(terms, WEIGHTS) * pick.lognormal(0.0, 0.15, N)
    assert judge(LossSum, run(total, terms), intent=DECLARED).quiet


def test_weights_that_are_logged_count_as_they_change(judge: Judge) -> None:
    terms = parts()
    moving = np.linspace(0.0, 1.0, N)
    series = run(terms["kd_loss"] + moving * terms["lm_loss"], {name: terms[name] for name in ("kd_loss", "lm_loss")})
    series["train/weight/kd_loss"] = (STEPS, np.ones(N))
    series["train/weight/lm_loss"] = (STEPS, moving)
    assert judge(LossSum, series).quiet


def test_what_is_logged_beside_the_declared_terms_is_not_added(judge: Judge) -> None:
    terms = parts()
    series = run(summed(terms, WEIGHTS), terms) | {"train/teacher_loss": (STEPS, np.full(N, 9.0))}
    assert judge(LossSum, series, intent=DECLARED).quiet


def test_weights_of_a_model_are_no_weights_of_losses(judge: Judge) -> None:
    terms = parts()
    series = run(5 * summed(terms, dict.fromkeys(terms, 1.0)), terms) | {"weights/layer_1": (STEPS, np.ones(N))}
    judged = judge(LossSum, series)
    assert judged.quiet
    assert "No weights are declared" in judged.check.reason


def test_the_founding_eval_is_not_checked_and_says_how_it_reads(
    judge: Judge, founding_run: Callable[[str], dict[str, Any]]
) -> None:
    judged = judge(LossSum, **founding_run("after_fix_lr_zero"))
    assert judged.quiet
    assert judged.check.verdict == "not_checked"
    for part in (
        "lm_loss is declared and not logged in eval",
        "no weights applied",
        "39.32 of 95.86 (41.0%)",
        "813 nats",
    ):
        assert part in judged.check.reason
    assert 'lineside.log({"eval/lm_loss": …})' in judged.check.reason


def test_logged_terms_that_exceed_the_total_under_every_reading_fire_though_one_is_missing(judge: Judge) -> None:
    terms = {name: values for name, values in parts().items() if name != "lm_loss"}
    judged = judge(LossSum, run(0.5 * summed(terms, WEIGHTS), terms), intent=DECLARED)
    assert {t.level for t in judged.fired} == {Level.CRITICAL}
    assert "The logged terms alone are 2.00 times train/loss" in judged.fired[0].finding.title


def test_without_weights_a_sum_is_inferred_and_never_more_than_a_note(judge: Judge) -> None:
    terms = parts()
    total = summed(terms, dict.fromkeys(terms, 1.0))
    judged = judge(LossSum, run(total, terms))
    assert judged.quiet
    assert "Inferred, since no weights are declared: the logged terms add up to train/loss" in judged.check.reason
    total[150:] -= terms["feature_loss"][150:]
    judged = judge(LossSum, run(total, terms))
    assert [t.level for t in judged.fired] == [Level.INFO]
    assert 150 < judged.fired[0].step < 250


def test_weights_are_inferred_where_the_figures_tell_them(judge: Judge) -> None:
    terms = parts()
    check = judge(LossSum, run(summed(terms, WEIGHTS), terms)).check
    assert check.verdict == "not_checked"
    assert "Inferred from train/loss" in check.reason
    for told in ("kd_loss 0.7", "feature_loss 0.1", "lm_loss 0.2"):
        assert told in check.reason


def test_without_terms_it_says_how_to_log_them(judge: Judge) -> None:
    check = judge(LossSum, {"train/loss": (STEPS, np.ones(N))}, intent=DECLARED).check
    assert check.verdict == "not_checked"
    assert "lineside.log_losses(" in check.reason


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), 0.0, -1.0])
def test_totals_without_a_share_are_passed_over(judge: Judge, value: float) -> None:
    assert judge(LossSum, run(np.full(N, value), parts()), intent=DECLARED).quiet
    terms = {name: np.full(N, value) for name in parts()}
    judge(LossSum, run(np.ones(N), terms), intent=DECLARED)

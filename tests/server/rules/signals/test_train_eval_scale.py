"""Eval on another scale than training: found at the first evals, told apart from a gap that grows."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from lineside_server.core.findings import Level
from lineside_server.diagnosis.rank import diagnosed
from lineside_server.rules.signals.declared.train_eval_scale import TrainEvalScale

Judge = Callable[..., Any]
STEPS = range(1, 401)
EVALS = [100, 200, 300, 400]


def run(ratios: Sequence[float], train: Any = None, key: str = "eval/loss") -> dict[str, Any]:
    """A run of 400 updates with an eval every 100, `ratios` times the train loss of 2."""
    losses = np.full(len(STEPS), 2.0) + 0.02 * np.sin(np.arange(len(STEPS))) if train is None else train
    evals = [ratio * float(np.median(losses[step - 50 : step])) for step, ratio in zip(EVALS, ratios, strict=False)]
    return {"train/loss": (STEPS, losses), key: (EVALS[: len(ratios)], evals)}


@pytest.mark.parametrize("name", ["after_fix_lr_zero", "after_fix_lr_warmup"])
def test_the_founding_gap_is_a_difference_of_definition(
    judge: Judge, founding_run: Callable[[str], dict[str, Any]], name: str
) -> None:
    judged = judge(TrainEvalScale, **founding_run(name))
    (fired,) = judged.fired
    assert (fired.step, fired.subject, fired.level) == (2000, "eval", Level.CRITICAL)
    assert fired.finding.title.startswith(
        "eval/loss is 6.12 times the train loss from its first eval on (95.86 against"
    )
    finding, at_most = diagnosed("train-eval-scale", fired.finding, judged.examiner.facts)
    assert at_most == Level.WARNING
    causes = {cause.id: cause for cause in finding.causes}
    assert finding.causes[0].id == "weights-not-in-eval"
    assert finding.causes[0].fit == pytest.approx(0.88, abs=0.005)
    for figure in ("5.18 and 6.58", "14.56", "18.50", "39.32", "813 nats"):
        assert figure in finding.causes[0].explanation
    assert causes["temperature-squared"].fit == pytest.approx(0.0001, abs=0.00005)
    assert causes["accumulation-scale"].fit < 1e-9
    assert "16 or 0.0625" in causes["accumulation-scale"].explanation
    assert causes["generalisation-gap"].fit < 1e-9
    assert "the first R was 6.12, and it is the first eval" in causes["generalisation-gap"].explanation
    assert all(cause.explanation.startswith("Refuted: ") for cause in finding.causes[1:])
    assert "top-k-in-training-only" not in causes
    assert "top 256 tokens in training alone" in finding.cannot_tell
    assert "0.7·kd_loss + 0.1·feature_loss + 0.1·attention_loss + 0.1·lm_loss" in finding.actions[0]
    assert "between 14.56 and 18.50" in finding.actions[0]


def test_the_run_before_has_the_same_cause(judge: Judge, founding_run: Callable[[str], dict[str, Any]]) -> None:
    judged = judge(TrainEvalScale, **founding_run("before_fix"))
    (fired,) = judged.fired
    assert (fired.step, fired.level) == (1000, Level.WARNING)
    assert fired.finding.observed["ratio"] == pytest.approx(4.7, abs=0.01)
    finding, _ = diagnosed("train-eval-scale", fired.finding, judged.examiner.facts)
    assert finding.causes[0].id == "weights-not-in-eval"
    assert finding.causes[0].fit == pytest.approx(0.91, abs=0.005)


def test_three_evals_on_another_scale_fire_at_the_third(judge: Judge) -> None:
    judged = judge(TrainEvalScale, run([3.0, 3.1, 3.2, 3.1]))
    assert [(t.step, t.level) for t in judged.fired] == [(300, Level.WARNING)]
    assert "3.20 times the train loss from its first 3 evals on" in judged.fired[0].finding.title


def test_one_eval_far_off_suffices(judge: Judge) -> None:
    judged = judge(TrainEvalScale, run([4.5]))
    assert [(t.step, t.level) for t in judged.fired] == [(100, Level.WARNING)]


def test_it_is_resolved_where_eval_comes_back(judge: Judge) -> None:
    judged = judge(TrainEvalScale, run([6.0, 1.0, 1.0, 1.0]))
    assert [(t.kind, t.step) for t in judged.transitions] == [("fired", 100), ("resolved", 300)]


@pytest.mark.parametrize(
    "ratios",
    [
        [1.05, 1.1, 1.2, 1.1],
        [1.05, 1.6, 3.0, 6.0],  # a gap in generalisation
        [2.1, 2.8, 3.4, 4.0],  # growing from the first
        [1.4, 2.5, 2.5, 2.5],
        [3.0, 3.0],  # two evals are too few, and neither is far off
        [0.7, 0.8, 0.9, 0.9],
    ],
)
def test_gaps_that_are_none_of_definition_stay_quiet(judge: Judge, ratios: list[float]) -> None:
    judged = judge(TrainEvalScale, run(ratios))
    assert judged.quiet
    assert judged.check.verdict == "passing"


def test_an_eval_that_is_no_higher_than_training_was_stays_quiet(judge: Judge) -> None:
    falling = 10.0 * np.exp(-np.arange(len(STEPS)) / 60) + 0.05
    assert judge(TrainEvalScale, run([3.0, 3.0, 3.0, 3.0], train=falling)).quiet


def test_an_eval_that_is_declared_to_be_another_objective_is_not_judged(judge: Judge) -> None:
    judged = judge(TrainEvalScale, run([6.0] * 4), intent={"differs": {"objective": {"train": "kd", "eval": "nll"}}})
    assert judged.quiet
    assert "differs.objective" in judged.check.reason


@pytest.mark.parametrize(
    ("ratio", "intent", "level"),
    [
        (0.4, {}, Level.INFO),
        (0.25, {"accumulation": 4, "step_unit": "update"}, Level.WARNING),
        (0.1, {}, Level.CRITICAL),
    ],
)
def test_a_small_eval_is_a_note_unless_a_declared_number_explains_it(
    judge: Judge, ratio: float, intent: dict[str, Any], level: Level
) -> None:
    judged = judge(TrainEvalScale, run([ratio] * 4), intent=intent)
    assert {t.level for t in judged.fired} == {level}


WEIGHTS = {"kd_loss": 0.7, "lm_loss": 0.3}
DECLARED = {"losses": {name: {"weight": weight} for name, weight in WEIGHTS.items()}, "components_are": "raw"}


def composed(eval_terms: dict[str, float], eval_total: float, train_total: Any = None) -> dict[str, Any]:
    """A run that logs its terms: kd falls from 40 to 4 at once, lm is 5."""
    kd = np.where(np.arange(len(STEPS)) < 20, 40.0, 4.0)
    total = 0.7 * kd + 0.3 * 5 if train_total is None else np.full(len(STEPS), train_total)
    evals = {f"eval/{name}": (EVALS, [value] * 4) for name, value in eval_terms.items()}
    train = {"train/kd_loss": (STEPS, kd), "train/lm_loss": (STEPS, [5.0] * len(STEPS)), "train/loss": (STEPS, total)}
    return {**train, **evals, "eval/loss": (EVALS, [eval_total] * 4)}


def test_totals_that_differ_for_the_same_terms_need_no_further_eval(judge: Judge) -> None:
    assert judge(TrainEvalScale, composed({"kd_loss": 4.0, "lm_loss": 5.0}, 8.0), intent=DECLARED).quiet
    judged = judge(TrainEvalScale, composed({"kd_loss": 4.0, "lm_loss": 5.0}, 12.9), intent=DECLARED)
    assert [(t.step, t.level) for t in judged.fired] == [(100, Level.WARNING)]
    assert judged.fired[0].finding.observed["ratio_for_the_same_terms"] == pytest.approx(3.0)


def test_terms_with_their_weights_in_them_are_added_as_they_are(judge: Judge) -> None:
    intent = {**DECLARED, "components_are": "weighted"}
    sound = {
        "train/kd_loss": (STEPS, [1.0] * 400),
        "train/lm_loss": (STEPS, [1.0] * 400),
        "train/loss": (STEPS, [2.0] * 400),
        "eval/kd_loss": (EVALS, [0.1] * 4),
        "eval/lm_loss": (EVALS, [2.0] * 4),
        "eval/loss": (EVALS, [2.1] * 4),
    }
    assert judge(TrainEvalScale, sound, intent=intent).quiet
    judged = judge(TrainEvalScale, {**sound, "eval/loss": (EVALS, [8.4] * 4)}, intent=intent)
    assert judged.fired[0].finding.observed["ratio_for_the_same_terms"] == pytest.approx(4.0)
    finding, _ = diagnosed("train-eval-scale", judged.fired[0].finding, judged.examiner.facts)
    assert "weights-not-in-eval" not in {cause.id for cause in finding.causes}


def test_a_term_that_agrees_shows_that_training_is_not_merely_ahead(judge: Judge) -> None:
    series = composed({"kd_loss": 16.0, "lm_loss": 5.0}, 0.7 * 16 + 0.3 * 5)
    judged = judge(TrainEvalScale, series, intent=DECLARED)
    assert [t.step for t in judged.fired] == [300]
    lagging = composed({"kd_loss": 16.0, "lm_loss": 8.0}, 0.7 * 16 + 0.3 * 8)
    assert judge(TrainEvalScale, lagging, intent=DECLARED).quiet


def test_updates_are_counted_not_steps(judge: Judge) -> None:
    judged = judge(TrainEvalScale, run([6.0] * 4), intent={"accumulation": 4, "step_unit": "batch"})
    assert [t.step for t in judged.fired] == [200]


def test_named_sets_are_never_taken_for_the_total(judge: Judge) -> None:
    judged = judge(TrainEvalScale, run([6.0] * 4, key="eval_g0_loss"))
    assert judged.quiet
    assert "roles={'eval_g0_loss': 'eval.loss'}" in judged.check.reason


def test_each_set_is_a_subject_of_its_own_and_no_more_than_a_note(judge: Judge) -> None:
    first, second = run([6.0] * 4, key="eval/g0/loss"), run([1.0] * 4, key="eval/g1/loss")
    judged = judge(TrainEvalScale, {**first, **second})
    assert [(t.subject, t.level) for t in judged.fired] == [("eval/g0", Level.INFO)]


def test_an_eval_that_once_agreed_is_on_the_same_scale(judge: Judge) -> None:
    series = run([6.0] * 4)
    steps, values = series["eval/loss"]
    assert judge(TrainEvalScale, {**series, "eval/loss": ([20, *steps], [2.0, *values])}).quiet
    assert not judge(TrainEvalScale, {**series, "eval/loss": ([20, *steps], [12.0, *values])}).quiet


def test_train_losses_too_few_to_judge_by_give_no_alarm(judge: Judge) -> None:
    sparse = {"train/loss": (range(20, 401, 20), [1.0] * 20), "eval/loss": (EVALS, [6.0] * 4)}
    assert [t.step for t in judge(TrainEvalScale, sparse).fired] == [300]  # at the first eval there were 5
    evals = (range(401, 4010, 401), [2.2, 2.4, 2.6, 2.9, 3.1, 3.3, 3.5, 3.6, 3.7])
    judged = judge(TrainEvalScale, {"loss": (range(401, 4010, 401), np.linspace(1.0, 0.05, 9)), "eval/loss": evals})
    assert judged.quiet


@pytest.mark.parametrize(
    ("series", "said"),
    [
        ({"train/loss": (STEPS, [1.0] * 400)}, "No total eval loss"),
        ({"eval/loss": (EVALS, [1.0] * 4)}, "No train loss"),
        ({"train/loss": (range(1, 11), [1.0] * 10), "eval/loss": ([10], [1.0])}, "No eval came yet after 50 updates"),
    ],
)
def test_it_says_what_is_missing(judge: Judge, series: dict[str, Any], said: str) -> None:
    check = judge(TrainEvalScale, series).check
    assert check.verdict == "not_checked"
    assert said in check.reason


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.0, -3.0])
def test_values_without_a_ratio_are_passed_over(judge: Judge, value: float) -> None:
    assert judge(TrainEvalScale, {"train/loss": (STEPS, [value] * 400), "eval/loss": (EVALS, [1.0] * 4)}).quiet
    assert judge(TrainEvalScale, {"train/loss": (STEPS, [1.0] * 400), "eval/loss": (EVALS, [value] * 4)}).quiet

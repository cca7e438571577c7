"""Values that are not finite: told within one point, one alert for one outburst, severity by how often and where."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lineside_server.core.events import StoredEvent
from lineside_server.core.findings import Level
from lineside_server.rules.examine import Examiner
from lineside_server.rules.intake import Mark, Stretch
from lineside_server.rules.knowledge import facts_of, refine
from lineside_server.rules.signals.numerics.nonfinite import NonFinite
from lineside_server.rules.tape import Points

Judge = Callable[..., Any]
NAN, INF = float("nan"), float("inf")


def falling(n: int) -> Any:
    return 5.0 / np.sqrt(np.arange(n) + 1.0)


def reported(step: int, component: str, action: str, value: str = "nan") -> StoredEvent:
    body = {"component": component, "value": value, "action": action}
    return StoredEvent(step, "nonfinite", step, step * 0.5, body)


def test_a_report_of_a_component_that_is_not_logged_is_one_alert_that_says_what_was_done(judge: Judge) -> None:
    events = [reported(1118, "lm_loss", "clamped_to_zero")]
    judged = judge(NonFinite, {"train/loss": (range(1, 2066), falling(2065))}, events=events)
    (fired,) = judged.fired
    assert (fired.step, fired.subject, fired.level) == (1118, "lm_loss", Level.WARNING)
    assert fired.finding.title == "lm_loss is NaN at step 1,118, clamped to zero; one so far"
    assert fired.finding.observed["action"] == "clamped_to_zero"
    assert judged.check.verdict == "firing"  # still told at the end


def test_it_counts_and_is_over_when_long_enough_nothing_came(judge: Judge) -> None:
    events = [reported(step, "lm_loss", "clamped_to_zero") for step in (212, 640, 1333, 3000)]
    judged = judge(NonFinite, {"train/loss": (range(1, 5001), falling(5000))}, events=events)
    assert [(t.kind, t.step) for t in judged.transitions] == [
        ("fired", 212),
        ("resolved", 2333),
        ("fired", 3000),
        ("resolved", 4000),
    ]
    assert judged.newest()[-1].finding.title.endswith("; 4 so far")
    assert judged.check.reason == "None in the last 1,000 steps; 4 so far."


def test_point_and_report_of_one_component_are_one_subject_and_the_total_goes_along(judge: Judge) -> None:
    loss, term = falling(400), falling(400)
    loss[200], term[200] = NAN, NAN
    series = {
        "train/loss": (range(400), loss),
        "train/lm_loss": (range(400), term),
        "train/kd_loss": (range(400), loss),
    }
    judged = judge(NonFinite, series, events=[reported(200, "lm_loss", "skipped_step")])
    (fired,) = judged.fired
    assert fired.subject == "train/lm_loss"
    assert fired.finding.observed["also"] == ["train/kd_loss", "train/loss"]
    assert fired.finding.title == "train/lm_loss is NaN at step 200, its update skipped; one so far"


def test_of_what_begins_at_one_step_the_term_leads_before_total_and_gradient(judge: Judge) -> None:
    loss, term, norm = falling(400), falling(400), np.ones(400)
    loss[200], term[200], norm[200] = NAN, NAN, NAN
    series = {
        "a_norm/grad_norm": (range(400), norm),
        "train/loss": (range(400), loss),
        "train/z_loss": (range(400), term),
    }
    (fired,) = judge(NonFinite, series).fired
    assert (fired.subject, fired.finding.observed["also"]) == ("train/z_loss", ["a_norm/grad_norm", "train/loss"])


def test_three_within_a_hundred_steps_are_critical(judge: Judge) -> None:
    loss = falling(600)
    loss[[100, 250, 300, 349]] = NAN
    judged = judge(NonFinite, {"train/loss": (range(600), loss)})
    assert [(t.kind, t.step, t.level) for t in judged.transitions] == [
        ("fired", 100, Level.WARNING),
        ("raised", 349, Level.CRITICAL),
    ]
    assert judged.transitions[1].finding.title == "train/loss is NaN again at step 349: 3 in 100 steps, 4 so far"


@pytest.mark.parametrize("key", ["eval/loss", "val_loss", "eval/lm_loss"])
def test_any_in_an_eval_is_critical(judge: Judge, key: str) -> None:
    series = {"train/loss": (range(400), falling(400)), key: (range(0, 400, 100), [4.0, 3.0, NAN, 3.0])}
    (fired,) = judge(NonFinite, series).fired
    assert (fired.step, fired.subject, fired.level) == (200, key, Level.CRITICAL)


def test_a_gradient_norm_once_is_info_while_the_loss_is_sound(judge: Judge) -> None:
    norm = np.ones(600)
    norm[[100, 300, 350, 360]] = INF
    judged = judge(NonFinite, {"train/loss": (range(600), falling(600)), "grad_norm": (range(600), norm)})
    assert [(t.step, t.level) for t in judged.transitions] == [(100, 1), (350, 2), (360, 3)]


def test_a_loss_scaler_may_look_for_its_scale(judge: Judge) -> None:
    norm = np.ones(300)
    norm[:7] = INF
    series = {"loss": (range(300), falling(300)), "grad_norm": (range(300), norm)}
    assert [t.level for t in judge(NonFinite, series).transitions] == [Level.INFO]


def test_what_follows_from_an_outburst_is_no_alert_of_its_own(judge: Judge) -> None:
    loss, norm, other = falling(300), np.ones(300), np.zeros(300)
    loss[151:], norm[150:], other[152:] = NAN, INF, NAN
    series = {"loss": (range(300), loss), "grad_norm": (range(300), norm), "mine": (range(300), other)}
    judged = judge(NonFinite, series)
    assert [(t.kind, t.subject, t.step, t.level) for t in judged.transitions] == [
        ("fired", "grad_norm", 150, Level.INFO),
        ("raised", "grad_norm", 151, Level.WARNING),
        ("raised", "grad_norm", 152, Level.CRITICAL),
    ]
    assert judged.transitions[2].finding.observed["also"] == ["loss"]


def test_what_ended_the_run_is_critical(judge: Judge) -> None:
    judged = judge(NonFinite, {"loss": (range(40), falling(40))}, events=[reported(39, "lm_loss", "raised")])
    (fired,) = judged.fired
    assert fired.level == Level.CRITICAL
    assert "and it ended the run" in fired.finding.title


def test_a_figure_beside_training_that_was_never_defined_is_info_and_one_that_was_is_not(judge: Judge) -> None:
    never, once = np.full(300, NAN), np.ones(300)
    once[200:] = NAN
    series = {"loss": (range(300), falling(300)), "my/never": (range(300), never), "my/once": (range(300), once)}
    judged = judge(NonFinite, series)
    assert [(t.subject, t.step, t.level) for t in judged.transitions] == [
        ("my/never", 0, Level.INFO),
        ("my/once", 200, Level.WARNING),
        ("my/once", 202, Level.CRITICAL),
    ]


def test_series_of_nothing_else_are_told_and_stay_cheap(judge: Judge) -> None:
    judged = judge(NonFinite, {"loss": (range(5000), np.full(5000, NAN)), "a": ([3], [INF])})
    assert [(t.kind, t.step) for t in judged.transitions] == [("fired", 0), ("raised", 2)]
    bad = judged.examiner.rules[0].state.subjects["loss"]
    assert (bad.count, len(bad.recent)) == (5000, 100)


def test_sound_series_pass_with_their_count(judge: Judge) -> None:
    judged = judge(NonFinite, {"loss": (range(50), falling(50)), "lr": (range(50), np.zeros(50))})
    assert judged.quiet
    assert judged.check.reason == "All 100 points of 2 series are finite."


def test_without_a_point_nothing_is_checked(judge: Judge) -> None:
    assert judge(NonFinite, {}).check.verdict == "not_checked"


def test_a_report_that_comes_late_names_the_step_that_it_tells_of() -> None:
    late = StoredEvent(1, "nonfinite", 20, 150.0, {"component": "lm_loss", "value": "inf", "action": "none"})
    examiner = Examiner([NonFinite()], facts_of({}, {}), refine)
    for part in (slice(0, 300), slice(300, 400)):
        steps = np.arange(400)[part]
        points = Points(steps, steps / 2, falling(400)[part])
        marks = (Mark(20, late),) if part.start else ()
        said = examiner.examine(Stretch({"train/loss": points}, marks))
    (fired,) = said
    assert fired.step == 300
    assert fired.finding is not None
    assert fired.finding.title == "lm_loss is infinite at step 20; one so far"

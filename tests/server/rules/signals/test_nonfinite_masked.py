"""Zeros that hide a NaN are told; zeros that are a term's own, and what is told already, are not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lineside_server.core.events import StoredEvent
from lineside_server.core.findings import Level
from lineside_server.rules.signals.numerics.nonfinite_masked import NonFiniteMasked

Judge = Callable[..., Any]
N = 400


def around(level: float, seed: int = 0) -> Any:
    return level + np.random.default_rng(seed).normal(0, 0.02 * level, N)


def test_a_zero_between_values_is_told_with_the_next_point(judge: Judge) -> None:
    term = around(3.0)
    term[200] = 0.0
    judged = judge(NonFiniteMasked, {"train/loss": (range(N), around(4.0)), "train/lm_loss": (range(N), term)})
    (fired,) = judged.fired
    assert (fired.step, fired.subject, fired.level) == (201, "train/lm_loss", Level.WARNING)
    assert fired.finding.title.startswith("train/lm_loss is exactly 0 at step 200, where 2.978 is usual")
    assert fired.finding.title.endswith("; one so far")
    assert fired.finding.observed["step"] == 200


def test_it_is_told_for_a_while_and_counted(judge: Judge) -> None:
    term = np.full(3000, 3.0) + np.random.default_rng(1).normal(0, 0.1, 3000)
    term[[200, 900, 2500]] = 0.0
    series = {"train/loss": (range(3000), term + 1), "train/lm_loss": (range(3000), term)}
    judged = judge(NonFiniteMasked, series)
    assert [(t.kind, t.step) for t in judged.transitions] == [("fired", 201), ("resolved", 1902), ("fired", 2501)]
    assert judged.newest()[-1].finding.title.endswith("; 3 so far")


def test_what_the_trainer_told_of_is_left_to_nonfinite(judge: Judge) -> None:
    term = around(3.0)
    term[200] = 0.0
    told = StoredEvent(
        1, "nonfinite", 200, 100.0, {"component": "lm_loss", "value": "nan", "action": "clamped_to_zero"}
    )
    series = {"train/loss": (range(N), around(4.0)), "train/lm_loss": (range(N), term)}
    assert judge(NonFiniteMasked, series, events=[told]).quiet


def test_a_term_that_is_often_zero_or_hardly_above_its_resolution_is_quiet(judge: Judge) -> None:
    hinge, coarse = around(0.5), np.round(np.linspace(0.11, 0.29, N), 2)
    hinge[::7] = 0.0
    coarse[200] = 0.0
    series = {
        "train/loss": (range(N), around(4.0)),
        "train/hinge_loss": (range(N), hinge),
        "train/aux_loss": (range(N), coarse),
    }
    assert judge(NonFiniteMasked, series).quiet


@pytest.mark.parametrize(("norm", "steps"), [(float("nan"), [200]), (0.5, [])])
def test_a_total_of_zero_counts_where_its_gradient_is_not_finite(judge: Judge, norm: float, steps: list[int]) -> None:
    loss, norms = around(3.0), around(1.0)
    loss[200], norms[200] = 0.0, norm
    judged = judge(NonFiniteMasked, {"loss": (range(N), loss), "grad_norm": (range(N), norms)})
    assert [t.step for t in judged.fired] == steps


def test_a_filter_is_told_where_nothing_else_would_show_a_nan(judge: Judge) -> None:
    config = {"logging_nan_inf_filter": True}
    series = {"loss": (range(N), around(3.0))}
    (fired,) = judge(NonFiniteMasked, series, config=config).fired
    assert (fired.step, fired.subject, fired.level) == (49, "config", Level.INFO)
    assert judge(NonFiniteMasked, {**series, "grad_norm": (range(N), around(1.0))}, config=config).quiet
    assert judge(NonFiniteMasked, series, config={"logging_nan_inf_filter": False}).quiet


def test_a_loss_alone_is_not_checked_and_says_what_to_log(judge: Judge) -> None:
    check = judge(NonFiniteMasked, {"loss": (range(N), around(3.0))}).check
    assert check.verdict == "not_checked"
    assert "lineside.watch(model)" in check.reason


def test_nonsense_is_no_error(judge: Judge) -> None:
    nothing = np.full(50, np.nan)
    series = {
        "train/loss": (range(50), nothing),
        "train/lm_loss": (range(50), np.zeros(50)),
        "grad_norm": ([7], [np.inf]),
    }
    assert judge(NonFiniteMasked, series).quiet

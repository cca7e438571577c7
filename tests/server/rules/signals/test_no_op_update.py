"""Five updates in a row that change nothing are critical; a first rate of zero and skipped updates are not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lineside_server.core.findings import Level
from lineside_server.rules.signals.learning.no_op_update import NoOpUpdate

Judge = Callable[..., Any]
N = 100


def series(**values: Any) -> dict[str, Any]:
    return {
        key.replace("__", "/"): (range(4, 4 * N + 1, 4), np.broadcast_to(value, N)) for key, value in values.items()
    }


@pytest.mark.parametrize(
    ("values", "title"),
    [
        ({"grad_norm": 0.0}, "The gradient is zero (norm 0), at step 20"),
        ({"update_ratio": 1e-9}, "The updates move nothing: their norm is 1e-09 of the parameters', below 1e-08"),
        ({"update_norm": 0.0, "param_norm": 12.0, "grad_norm": 1.0}, "The updates move nothing: their norm is 0 of"),
        ({"params__trainable": 0.0, "params__changed": 0.0}, "No parameter is trainable, at step 20"),
        ({"params__changed": 0.0, "grad_norm": 1.0}, "The updates change no parameter, at step 20"),
    ],
)
def test_each_sign_fires_at_the_fifth_update(judge: Judge, values: dict[str, float], title: str) -> None:
    (fired,) = judge(NoOpUpdate, series(**values)).fired
    assert (fired.step, fired.level) == (20, Level.CRITICAL)
    assert fired.finding.title.startswith(title)
    assert fired.finding.window == (4, 20)


def test_four_updates_of_a_rate_that_begins_at_zero_are_quiet(judge: Judge) -> None:
    ratio = np.full(N, 1e-4)
    ratio[:4] = 0.0
    judged = judge(NoOpUpdate, series(update_ratio=ratio, grad_norm=1.0))
    assert judged.quiet
    assert judged.check.reason == "The newest update_ratio is 0.0001."


def test_an_infinite_gradient_is_a_skipped_update_and_a_coarse_zero_no_zero(judge: Judge) -> None:
    assert judge(NoOpUpdate, series(update_ratio=0.0, grad_norm=np.inf)).quiet
    rounded = np.round(np.random.default_rng(0).exponential(0.02, N), 2)
    rounded[50:60] = 0.0
    assert judge(NoOpUpdate, series(grad_norm=rounded)).quiet


def test_without_norms_it_says_what_logs_them(judge: Judge) -> None:
    check = judge(NoOpUpdate, series(loss=1.0)).check
    assert check.verdict == "not_checked"
    assert "lineside.watch(model, optimizer)" in check.reason


@pytest.mark.parametrize("value", [np.nan, -np.inf, -1.0])
def test_nonsense_is_no_error(judge: Judge, value: float) -> None:
    judge(NoOpUpdate, series(grad_norm=value, update_norm=value, param_norm=0.0, params__changed=value))

"""The guard: the component that is not finite, by name, under each policy."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
import torch

from lineside_trainer.config import LrScheduler
from lineside_trainer.guard import NonFiniteError
from lineside_trainer.loop import Job, Loop
from lineside_trainer.losses import Losses

if TYPE_CHECKING:
    from collections.abc import Callable

    from lineside_trainer.config import Config
    from lineside_trainer.data import Batch
    from lineside_trainer.losses import Objective

    from .conftest import Recorder


@dataclass
class Poisoned:
    """An objective whose nth batch has one component replaced by a poison, still in the graph."""

    inner: Objective
    component: str
    poison: float
    batch: int
    seen: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def __call__(self, batch: Batch, temperature: float) -> Losses:
        losses = self.inner(batch, temperature)
        self.seen += 1
        if self.seen != self.batch:
            return losses
        return Losses({**losses.raw, self.component: losses.raw[self.component] * self.poison}, losses.weights)


@pytest.fixture
def poisoned(
    tiny: Config, make_job: Callable[..., Job], make_objective: Callable[[Config], Objective], recorder: Recorder
) -> Callable[..., tuple[Loop, Poisoned]]:
    def make(
        policy: Any, component: str = "lm_loss", poison: float = math.nan, **settings: Any
    ) -> tuple[Loop, Poisoned]:
        config = replace(tiny, nonfinite_policy=policy, lr_scheduler=LrScheduler(), **settings)
        objective = Poisoned(make_objective(config), component, poison, batch=3)
        return Loop(recorder, make_job(config, objective=objective)), objective

    return make


def spoil_gradient(loop: Loop, factor: float) -> None:
    parameter: Any = loop.parameters[0]  # torch's register_hook carries no types
    parameter.register_hook(lambda gradient: gradient * factor)


def weights(loop: Loop) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in loop.parameters])


def test_skip_names_the_component_and_leaves_the_weights_alone(
    poisoned: Callable[..., tuple[Loop, Poisoned]], recorder: Recorder
) -> None:
    loop, _ = poisoned("skip")
    loop.update(0)
    before = weights(loop)
    loop.update(1)  # batches 3 and 4
    assert torch.equal(weights(loop), before)
    assert recorder.of("nonfinite") == [("nonfinite", 3, "lm_loss", "nan", "skipped_step")]
    assert recorder.lines == ["Step 3: lm_loss is nan (skipped step)."]
    assert recorder.levels == ["warning"]
    assert math.isnan(recorder.series["train/lm_loss"][3])
    assert math.isnan(recorder.series["train/loss"][3])
    assert math.isfinite(recorder.series["train/loss"][4])
    assert recorder.series["update"][4] == 2
    assert 4 not in recorder.series["grad_norm"]
    loop.update(2)
    assert not torch.equal(weights(loop), before)
    assert torch.isfinite(weights(loop)).all()
    assert recorder.series["lr"][5] == loop.schedule.at(2)


def test_clamp_trains_on_the_rest_as_if_the_component_were_zero(
    poisoned: Callable[..., tuple[Loop, Poisoned]], recorder: Recorder
) -> None:
    loop, objective = poisoned("clamp", poison=math.inf, gradient_accumulation_steps=1)
    for update in range(3):
        before = weights(loop)
        loop.update(update)
    assert recorder.of("nonfinite") == [("nonfinite", 3, "lm_loss", "inf", "clamped_to_zero")]
    assert torch.isfinite(weights(loop)).all()
    assert not torch.equal(weights(loop), before)
    assert math.isinf(recorder.series["train/lm_loss"][3])  # the log shows what it was
    assert objective.seen >= 3
    rest = sum(w * recorder.series[f"train/{n}"][3] for n, w in loop.objective.weights.items() if n != "lm_loss")
    assert recorder.series["train/loss"][3] == pytest.approx(rest, rel=1e-6)  # the total is what was back-propagated


def test_raise_reports_before_it_raises(poisoned: Callable[..., tuple[Loop, Poisoned]], recorder: Recorder) -> None:
    loop, _ = poisoned("raise", "feature_loss", -math.inf)
    loop.update(0)
    with pytest.raises(NonFiniteError, match=r"^feature_loss is not finite at step 3\.$"):
        loop.update(1)
    assert recorder.of("nonfinite") == [("nonfinite", 3, "feature_loss", "-inf", "raised")]
    assert recorder.series["train/feature_loss"][3] == -math.inf


def test_a_watched_component_of_weight_zero_stops_nothing(
    poisoned: Callable[..., tuple[Loop, Poisoned]], recorder: Recorder, tiny: Config
) -> None:
    loop, _ = poisoned("raise", loss_weights={**tiny.loss_weights, "lm_loss": 0.0})
    loop.update(0)
    loop.update(1)
    assert recorder.of("nonfinite") == [("nonfinite", 3, "lm_loss", "nan", "none")]
    assert math.isfinite(recorder.series["train/loss"][3])


@pytest.mark.parametrize("policy", ["skip", "clamp"])
def test_a_gradient_that_is_not_finite_is_skipped_under_its_own_name(
    poisoned: Callable[..., tuple[Loop, Poisoned]], recorder: Recorder, policy: str
) -> None:
    loop, _ = poisoned(policy, "kd_loss", 1.0)
    spoil_gradient(loop, math.nan)
    before = weights(loop)
    loop.update(0)
    assert torch.equal(weights(loop), before)
    assert recorder.of("nonfinite") == [("nonfinite", 2, "grad_norm", "nan", "skipped_step")]
    assert math.isnan(recorder.series["grad_norm"][2])
    assert math.isfinite(recorder.series["train/loss"][2])


def test_a_gradient_that_is_not_finite_raises_under_raise(
    poisoned: Callable[..., tuple[Loop, Poisoned]], recorder: Recorder
) -> None:
    loop, _ = poisoned("raise", "kd_loss", 1.0)
    spoil_gradient(loop, math.inf)
    with pytest.raises(NonFiniteError, match="grad_norm"):
        loop.update(0)
    assert recorder.of("nonfinite")[0][4] == "raised"


def test_finite_parts_with_an_infinite_sum_skip_the_update_even_under_clamp(
    poisoned: Callable[..., tuple[Loop, Poisoned]], recorder: Recorder
) -> None:
    loop, _ = poisoned("clamp", loss_weights={"kd_loss": 3e38, "lm_loss": 3e38}, poison=1.0)
    before = weights(loop)
    loop.update(0)
    assert torch.equal(weights(loop), before)
    assert {event[2:] for event in recorder.of("nonfinite")} == {("loss", "inf", "skipped_step")}

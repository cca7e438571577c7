"""The losses against a reference: float64, explicit loops, the definitions written out."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from lineside_trainer.data import Batch
from lineside_trainer.losses import Losses, Objective, attention_loss, feature_loss, kd_loss, lm_loss

if TYPE_CHECKING:
    from collections.abc import Callable

    from lineside_trainer.config import Config

MASK = [[True, True, True, False], [True, False, True, True]]


def softmax(row: list[float]) -> list[float]:
    top = max(row)
    powers = [math.exp(value - top) for value in row]
    return [power / sum(powers) for power in powers]


def divergence(p: list[float], q: list[float]) -> float:
    return sum(a * math.log(a / b) for a, b in zip(p, q, strict=True) if a > 0)


def reference_kd(student: Any, teacher: Any, mask: Any, temperature: float, top_k: int | None) -> float:
    """KL by its definition, one position at a time; the teacher's k largest by sorting."""
    found = []
    for b, t in np.argwhere(mask):
        kept = np.argsort(-teacher[b, t])[:top_k]
        p = softmax([teacher[b, t, i] / temperature for i in kept])
        q = softmax([student[b, t, i] / temperature for i in kept])
        found.append(divergence(p, q))
    return temperature**2 * sum(found) / len(found)


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return 3 * torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("top_k", [None, 1, 4, 11])
@pytest.mark.parametrize("temperature", [0.7, 1.0, 2.0, 5.0])
def test_kd_loss_is_the_kl_at_a_temperature_times_its_square(temperature: float, top_k: int | None) -> None:
    student, teacher, mask = draw(2, 4, 11), draw(2, 4, 11, seed=1), torch.tensor(MASK)
    expected = reference_kd(student.double().numpy(), teacher.double().numpy(), mask.numpy(), temperature, top_k)
    assert kd_loss(student, teacher, mask, temperature, top_k).item() == pytest.approx(expected, rel=1e-5, abs=1e-7)


def test_kd_loss_is_zero_for_a_student_that_equals_its_teacher_up_to_a_shift() -> None:
    teacher = draw(2, 4, 11)
    assert kd_loss(teacher + 7, teacher, torch.tensor(MASK), 2.0).item() == pytest.approx(0, abs=1e-6)


def test_kd_gradient_does_not_shrink_with_the_temperature() -> None:
    """What T² is for: between high temperatures, the gradient stays of one size."""
    norms = []
    for temperature in (50.0, 100.0):
        student = draw(2, 4, 11).requires_grad_()
        kd_loss(student, draw(2, 4, 11, seed=1), torch.tensor(MASK), temperature).backward()  # type: ignore[no-untyped-call]  # torch's own
        assert student.grad is not None
        norms.append(student.grad.norm().item())
    assert norms[0] == pytest.approx(norms[1], rel=0.05)


def test_what_the_mask_hides_changes_no_loss_even_when_it_is_nan() -> None:
    student, teacher, mask = draw(2, 4, 11), draw(2, 4, 11, seed=1), torch.tensor(MASK)
    before = kd_loss(student, teacher, mask, 2.0)
    student[~mask] = math.nan
    assert kd_loss(student, teacher, mask, 2.0) == before


def test_feature_loss_is_the_mean_over_width_positions_and_layers() -> None:
    mask = torch.tensor(MASK)
    student, teacher = [draw(2, 4, 5, seed=i) for i in range(3)], [draw(2, 4, 5, seed=i + 10) for i in range(3)]
    layers = []
    for ours, theirs in zip(student, teacher, strict=True):
        errors = [
            sum((float(a) - float(b)) ** 2 for a, b in zip(ours[i, j], theirs[i, j], strict=True)) / 5
            for i, j in np.argwhere(mask.numpy())
        ]
        layers.append(sum(errors) / len(errors))
    assert feature_loss(student, teacher, mask).item() == pytest.approx(sum(layers) / 3, rel=1e-5)


def test_attention_loss_compares_heads_averaged_whatever_their_number() -> None:
    mask, hidden = torch.tensor(MASK), torch.ones(4, 4).triu(1).bool()
    student = [draw(2, 4, 4, 4, seed=i).masked_fill(hidden, -math.inf).softmax(-1) for i in range(2)]
    teacher = [draw(2, 3, 4, 4, seed=i + 5).masked_fill(hidden, -math.inf).softmax(-1) for i in range(2)]
    layers = []
    for ours, theirs in zip(student, teacher, strict=True):
        rows = [
            divergence(
                theirs[i, :, j].double().mean(0).tolist(),
                ours[i, :, j].double().mean(0).clamp_min(1e-300).tolist(),
            )
            for i, j in np.argwhere(mask.numpy())
        ]
        layers.append(sum(rows) / len(rows))
    assert attention_loss(student, teacher, mask).item() == pytest.approx(sum(layers) / 2, rel=1e-5)


def test_lm_loss_is_the_mean_of_minus_log_p_over_valid_targets() -> None:
    logits, targets = draw(2, 4, 11), torch.tensor([[3, 0, 10, -100], [7, -100, 7, 1]])
    found = [
        -math.log(softmax(logits[b, t].double().tolist())[int(targets[b, t])])
        for b, t in np.argwhere(targets.numpy() != -100)
    ]
    assert lm_loss(logits, targets).item() == pytest.approx(sum(found) / len(found), rel=1e-6)


def test_the_objective_predicts_the_next_token_and_matches_the_mapped_layers(
    tiny: Config, make_objective: Callable[[Config], Objective]
) -> None:
    """End to end: the components equal the losses of the models' own outputs, shifted by one."""
    objective = make_objective(replace(tiny, kd_top_k=9))
    ids = torch.arange(24).view(3, 8) % 50
    labels = ids.clone()
    labels[0, 5:] = -100
    batch = Batch.of(ids, labels)
    raw = objective(batch, 3.0).raw
    trainee, outputs = objective.trainee, {"output_hidden_states": True, "output_attentions": True}
    student, teacher = trainee.model(ids, **outputs), objective.teacher(ids, **outputs)
    mask = labels[:, 1:] != -100
    assert batch.tokens == int(mask.sum()) == 18
    assert trainee.pairs == ((1, 2), (2, 3))
    ours, theirs = (output.logits[:, :-1].detach().double().numpy() for output in (student, teacher))
    assert raw["kd_loss"].item() == pytest.approx(reference_kd(ours, theirs, mask.numpy(), 3.0, 9), rel=1e-4)
    chosen = torch.tensor([[ours[b, t, ids[b, t + 1]] for t in range(7)] for b in range(3)])
    nats = torch.from_numpy(ours).logsumexp(-1) - chosen
    assert raw["lm_loss"].item() == pytest.approx(nats[mask].mean().item(), rel=1e-5)
    features = [
        (project(student.hidden_states[low]) - teacher.hidden_states[high])[:, :-1][mask].square().mean()
        for project, (low, high) in zip(trainee.projections, trainee.pairs, strict=True)
    ]
    assert raw["feature_loss"].item() == pytest.approx(torch.stack(features).mean().item(), rel=1e-5)
    maps = [
        (
            teacher.attentions[t - 1].double().mean(1)[:, :-1][mask],
            student.attentions[s - 1].double().mean(1)[:, :-1][mask],
        )
        for s, t in trainee.pairs
    ]
    attention = [torch.where(p > 0, p * (p / q).log(), 0.0).sum(-1).mean() for p, q in maps]
    assert raw["attention_loss"].item() == pytest.approx(torch.stack(attention).mean().item(), abs=1e-7)


def test_the_total_is_the_weighted_sum_and_a_weight_of_zero_only_watches() -> None:
    raw = {"kd_loss": torch.tensor(2.0), "lm_loss": torch.tensor(math.nan), "feature_loss": torch.tensor(4.0)}
    losses = Losses(raw, {"kd_loss": 0.75, "lm_loss": 0.0, "feature_loss": 0.125})
    assert {name: value.item() for name, value in losses.weighted.items() if name != "lm_loss"} == {
        "kd_loss": 1.5,
        "feature_loss": 0.5,
    }
    assert losses.total.item() == 2.0
    figures = losses.figures()
    assert figures.total == 2.0
    assert math.isnan(figures.raw["lm_loss"])
    assert losses.without(["kd_loss"]).total.item() == 0.5


def test_no_component_without_its_teacher(tiny: Config, make_objective: Callable[[Config], Objective]) -> None:
    objective = replace(make_objective(tiny), teacher=None)
    with pytest.raises(ValueError, match=r"kd_loss compares with a teacher, and there is none"):
        objective(Batch.of(torch.zeros(1, 8, dtype=torch.long)), 1.0)


def test_bf16_forward_leaves_losses_in_float32_and_near(
    tiny: Config, make_objective: Callable[[Config], Objective]
) -> None:
    batch = Batch.of(torch.arange(32).view(4, 8))
    exact, rough = make_objective(tiny)(batch, 2.0), make_objective(replace(tiny, bf16=True))(batch, 2.0)
    for name, value in rough.raw.items():
        assert value.dtype == torch.float32
        assert value.item() == pytest.approx(exact.raw[name].item(), rel=0.1, abs=1e-3)
    assert rough.raw["lm_loss"] != exact.raw["lm_loss"]

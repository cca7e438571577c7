"""The four losses of distillation, and the one objective that training and evaluation share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from torch import Tensor

    from lineside_trainer.data import Batch
    from lineside_trainer.models import Trainee


def kd_loss(student: Tensor, teacher: Tensor, mask: Tensor, temperature: float, top_k: int | None = None) -> Tensor:
    """Return T² · KL(teacher ‖ student) at temperature T, in nats, the mean over valid positions.

    Logits are (batch, position, token), the mask (batch, position). With `top_k`, both distributions
    are renormalised over the teacher's k likeliest tokens.
    """
    student, teacher = student.float(), teacher.float()
    if top_k is not None:
        teacher, kept = teacher.topk(top_k, dim=-1)
        student = student.gather(-1, kept)
    log_p = functional.log_softmax(teacher / temperature, dim=-1)
    log_q = functional.log_softmax(student / temperature, dim=-1)
    return temperature**2 * masked_mean((log_p.exp() * (log_p - log_q)).sum(-1), mask)


def feature_loss(student: Sequence[Tensor], teacher: Sequence[Tensor], mask: Tensor) -> Tensor:
    """Return the mean squared error of hidden states, one tensor (batch, position, width) a mapped layer.

    The mean is over the width, the valid positions and the layers, so it grows with none of them.
    """
    errors = [(s.float() - t.float()).square().mean(-1) for s, t in zip(student, teacher, strict=True)]
    return torch.stack([masked_mean(error, mask) for error in errors]).mean()


def attention_loss(student: Sequence[Tensor], teacher: Sequence[Tensor], mask: Tensor) -> Tensor:
    """Return KL(teacher ‖ student) of attention, (batch, head, query, key) a mapped layer, in nats.

    Heads are averaged first, so their counts may differ; then the mean over valid queries and layers.
    """
    return torch.stack([masked_mean(_row_divergence(s, t), mask) for s, t in zip(student, teacher, strict=True)]).mean()


def _row_divergence(student: Tensor, teacher: Tensor) -> Tensor:
    p, q = teacher.float().mean(1), student.float().mean(1)
    # A causal mask leaves exact zeros in both; 0 · log 0 counts as 0, as in the definition of KL.
    log_q = q.clamp_min(torch.finfo(q.dtype).tiny).log()
    divergence: Tensor = torch.special.xlogy(p, p) - p * log_q
    return divergence.sum(-1)


def lm_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the cross-entropy in nats; targets (batch, position) are already shifted, -100 counts for nothing."""
    flat = functional.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), reduction="none")
    return masked_mean(flat.view_as(targets), targets != -100)


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    return torch.where(mask, values, 0.0).sum() / mask.sum().clamp_min(1)


@dataclass(frozen=True, slots=True)
class Figures:
    """The losses of one batch as plain numbers."""

    raw: dict[str, float]
    total: float


@dataclass(frozen=True, slots=True)
class Losses:
    """Components before their weights, and what becomes of them; `total` is what is back-propagated."""

    raw: Mapping[str, Tensor]
    weights: Mapping[str, float]

    @property
    def weighted(self) -> dict[str, Tensor]:
        return {name: self.weights[name] * value for name, value in self.raw.items()}

    @property
    def total(self) -> Tensor:
        # A component of weight zero is only watched: 0 · NaN must not reach the gradient.
        counted = [value for name, value in self.weighted.items() if self.weights[name] != 0]
        return torch.stack(counted).sum() if counted else torch.zeros(())

    def without(self, names: Collection[str]) -> Losses:
        return Losses({name: value for name, value in self.raw.items() if name not in names}, self.weights)

    def figures(self) -> Figures:
        """Return the numbers, by a single transfer: `.item()` is a point where CPU and GPU wait for each other."""
        *raw, total = torch.stack([*self.raw.values(), self.total.to(self._device)]).detach().double().tolist()
        return Figures(dict(zip(self.raw, raw, strict=True)), total)

    @property
    def _device(self) -> torch.device:
        return next(iter(self.raw.values())).device


@dataclass(frozen=True, slots=True)
class Objective:
    """What is minimised: calling it on a batch gives the losses, alike in training and in evaluation."""

    trainee: Trainee
    weights: Mapping[str, float]
    teacher: Any = None  # a frozen transformers model; None while the teacher itself is trained
    top_k: int | None = None
    bf16: bool = False

    def __call__(self, batch: Batch, temperature: float) -> Losses:
        mask, targets = batch.mask, batch.targets
        with torch.autocast(batch.input_ids.device.type, torch.bfloat16, enabled=self.bf16):
            student = self._forward(self.trainee.model, batch)
            with torch.no_grad():
                teacher = self._forward(self.teacher, batch) if self.teacher is not None else None
            features = self._features(student, teacher)
        raw = {}
        for name in self.weights:
            if name == "lm_loss":
                raw[name] = lm_loss(student.logits[:, :-1], targets)
            elif teacher is None:
                raise ValueError(f"{name} compares with a teacher, and there is none.")
            elif name == "kd_loss":
                raw[name] = kd_loss(student.logits[:, :-1], teacher.logits[:, :-1], mask, temperature, self.top_k)
            elif name == "feature_loss":
                raw[name] = feature_loss(*features, mask)
            else:  # attention_loss: Config knows no fifth
                raw[name] = attention_loss(*self._attentions(student, teacher), mask)
        return Losses(raw, self.weights)

    def _forward(self, model: Any, batch: Batch) -> Any:
        return model(
            batch.input_ids,
            output_hidden_states="feature_loss" in self.weights,
            output_attentions="attention_loss" in self.weights,
            use_cache=False,
        )

    def _features(self, student: Any, teacher: Any) -> tuple[list[Tensor], list[Tensor]]:
        if "feature_loss" not in self.weights or teacher is None:
            return [], []
        projected = [
            project(student.hidden_states[ours][:, :-1])
            for project, (ours, _) in zip(self.trainee.projections, self.trainee.pairs, strict=True)
        ]
        return projected, [teacher.hidden_states[theirs][:, :-1] for _, theirs in self.trainee.pairs]

    def _attentions(self, student: Any, teacher: Any) -> tuple[list[Tensor], list[Tensor]]:
        # hidden_states[0] is the embedding, so layer n of `pairs` has its attention at n - 1.
        ours = [student.attentions[layer - 1][:, :, :-1] for layer, _ in self.trainee.pairs]
        return ours, [teacher.attentions[layer - 1][:, :, :-1] for _, layer in self.trainee.pairs]

"""The settings of a distillation run: a frozen dataclass that refuses impossible values in plain sentences."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Annotated, Any, Literal

COMPONENTS = ("kd_loss", "feature_loss", "attention_loss", "lm_loss")


class ConfigError(ValueError):
    """A setting is unknown or impossible; the message says which one and why."""


@dataclass(frozen=True, slots=True)
class ModelShape:
    """A causal language model to be built from nothing."""

    family: Literal["gpt2", "llama"] = "gpt2"
    layers: int = 2
    hidden: int = 64
    heads: int = 4


@dataclass(frozen=True, slots=True)
class LrScheduler:
    """The schedule of the learning rate; warm-up is given in updates or as a share of all updates."""

    type: Literal["linear", "cosine", "constant"] = "linear"
    warmup_steps: int | None = None
    warmup_ratio: float | None = None

    def warmup(self, total_updates: int) -> int:
        """Return the updates of warm-up, rounded down when they are given as a share."""
        if self.warmup_steps is not None:
            return self.warmup_steps
        return int((self.warmup_ratio or 0.0) * total_updates)


@dataclass(frozen=True, slots=True)
class TeacherTraining:
    """What differs from the student's settings while the built teacher is trained."""

    num_train_epochs: int = 1
    learning_rate: float = 3e-3
    gradient_accumulation_steps: int = 1
    lr_scheduler: LrScheduler = LrScheduler(warmup_ratio=0.1)


@dataclass(frozen=True, slots=True)
class Config:
    """One distillation run; its defaults are the demo. The text beside each type is its help on the command line."""

    teacher: Annotated[ModelShape | str, "a shape to build and train first, or a folder or hub name to load"] = (
        ModelShape(layers=3, hidden=128)
    )
    student: Annotated[ModelShape | str, "a shape to build, or a folder or hub name to load"] = ModelShape()
    teacher_training: Annotated[TeacherTraining, "how a teacher that is built here gets trained"] = TeacherTraining()
    corpus: Annotated[tuple[str, ...], "text files and folders; none: this Python's standard library"] = ()
    max_train_tokens: Annotated[int, "tokens of the corpus to train on; the rest is left alone"] = 224_000
    vocab_size: Annotated[int, "size of the BPE vocabulary trained on the corpus"] = 1024
    sequence_length: Annotated[int, "tokens in one sequence"] = 64
    batch_size: Annotated[int, "sequences in one batch"] = 8
    gradient_accumulation_steps: Annotated[int, "batches in one update"] = 4
    num_train_epochs: Annotated[int, "passes over the training sequences"] = 2
    learning_rate: Annotated[float, "peak learning rate"] = 2e-3
    lr_scheduler: Annotated[
        LrScheduler, "type linear, cosine or constant; warmup_steps in updates, or warmup_ratio"
    ] = LrScheduler(warmup_ratio=0.1)
    weight_decay: Annotated[float, "decoupled weight decay of AdamW"] = 0.01
    max_grad_norm: Annotated[float, "gradients are clipped to this norm; 0 clips nothing"] = 1.0
    temperature: Annotated[float, "temperature of the distillation"] = 2.0
    min_temperature: Annotated[float | None, "if below temperature, where its straight fall over the run ends"] = None
    kd_top_k: Annotated[int | None, "distil the teacher's k likeliest tokens only, in training and evaluation"] = None
    loss_weights: Annotated[dict[str, float], "weights of the components; others are not computed"] = field(
        default_factory=lambda: {"kd_loss": 0.7, "feature_loss": 0.1, "attention_loss": 0.1, "lm_loss": 0.1}
    )
    nonfinite_policy: Annotated[
        Literal["skip", "clamp", "filter", "raise"],
        "on NaN or infinity: skip the update, clamp the component to zero, filter (skip, and log no loss), or raise",
    ] = "skip"
    dropout: Annotated[float, "dropout of models that are built here"] = 0.0
    bf16: Annotated[bool, "forward passes in bfloat16; losses stay in float32"] = False
    eval_every: Annotated[int, "batches between evaluations"] = 100
    eval_batches: Annotated[int, "held-out batches in one evaluation, at most"] = 12
    save_every: Annotated[int, "batches between checkpoints; 0 saves at the end only"] = 200
    batch_seconds: Annotated[float, "least time of a batch: the loop waits for the rest; 0 waits for nothing"] = 0.0
    seed: Annotated[int, "seed of weights, order and dropout"] = 0

    def __post_init__(self) -> None:
        check(self)

    @property
    def distils(self) -> bool:
        """Whether any loss compares with a teacher."""
        return any(name != "lm_loss" for name in self.loss_weights)

    @property
    def anneals(self) -> bool:
        """Whether the temperature falls over the run."""
        return self.min_temperature is not None and self.min_temperature < self.temperature

    def for_teacher(self) -> Config:
        """Return the settings by which the built teacher is trained: the language model's loss alone."""
        own = {item.name: getattr(self.teacher_training, item.name) for item in fields(TeacherTraining)}
        return replace(self, student=self.teacher, loss_weights={"lm_loss": 1.0}, min_temperature=None, **own)

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values, readable again by `parse`."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def check(config: Config) -> None:
    """Refuse values that cannot be; raise ConfigError with the first fault."""
    for faulty, sentence in _faults(config):
        if faulty:
            raise ConfigError(sentence)


def _faults(c: Config) -> list[tuple[bool, str]]:
    unknown = [name for name in c.loss_weights if name not in COMPONENTS]
    return [
        *_below(
            c, 1, "max_train_tokens batch_size gradient_accumulation_steps num_train_epochs eval_every eval_batches"
        ),
        *_below(c.teacher_training, 1, "gradient_accumulation_steps num_train_epochs"),
        *_below(c, 0, "save_every seed weight_decay max_grad_norm batch_seconds"),
        *[fault for shape in (c.teacher, c.student) if isinstance(shape, ModelShape) for fault in _shape_faults(shape)],
        (c.sequence_length < 2, "sequence_length must be at least 2: a token is predicted from those before it."),
        (c.vocab_size < 257, f"vocab_size is {c.vocab_size}; 257 is the least: 256 bytes and the end of a text."),
        (not _positive(c.learning_rate), f"learning_rate is {c.learning_rate}; it must be above zero and finite."),
        (
            not _positive(c.teacher_training.learning_rate),
            f"teacher_training.learning_rate is {c.teacher_training.learning_rate}; it must be above zero and finite.",
        ),
        (not _positive(c.temperature), f"temperature is {c.temperature}; it must be above zero and finite."),
        (
            c.min_temperature is not None and not _positive(c.min_temperature),
            f"min_temperature is {c.min_temperature}; it must be above zero and finite.",
        ),
        (c.kd_top_k is not None and c.kd_top_k < 1, f"kd_top_k is {c.kd_top_k}; at least one token must be kept."),
        (not 0 <= c.dropout < 1, f"dropout is {c.dropout}; it must be from 0 up to, not including, 1."),
        (bool(unknown), f"loss_weights names {', '.join(unknown)}; the components are {', '.join(COMPONENTS)}."),
        (
            not all(math.isfinite(w) and w >= 0 for w in c.loss_weights.values()) or not any(c.loss_weights.values()),
            "loss_weights must be finite, none below zero and at least one above it.",
        ),
        *_scheduler_faults("lr_scheduler", c.lr_scheduler),
        *_scheduler_faults("teacher_training.lr_scheduler", c.teacher_training.lr_scheduler),
    ]


def _positive(value: float) -> bool:
    return math.isfinite(value) and value > 0


def _below(of: Any, least: int, names: str) -> list[tuple[bool, str]]:
    """Return a fault for each named field that is below the least value (or not finite)."""
    return [
        (not least <= getattr(of, name) < math.inf, f"{name} is {getattr(of, name)}; it must be at least {least}.")
        for name in names.split()
    ]


def _scheduler_faults(place: str, scheduler: LrScheduler) -> list[tuple[bool, str]]:
    steps, ratio = scheduler.warmup_steps, scheduler.warmup_ratio
    return [
        (steps is not None and ratio is not None, f"Give warmup_steps or warmup_ratio of {place}, not both."),
        (steps is not None and steps < 0, f"{place}.warmup_steps is {steps}; it cannot be below zero."),
        (ratio is not None and not 0 <= ratio < 1, f"{place}.warmup_ratio is {ratio}; it must be from 0 to below 1."),
    ]


def _shape_faults(shape: ModelShape) -> list[tuple[bool, str]]:
    size = shape.hidden // max(shape.heads, 1)
    uneven = shape.heads > 0 and shape.hidden % shape.heads != 0
    odd = shape.family == "llama" and size % 2 != 0
    return [
        *_below(shape, 1, "layers hidden heads"),
        (uneven, f"hidden is {shape.hidden}; {shape.heads} heads cannot share it evenly."),
        (odd, f"A head of {size} is odd; llama turns its entries in pairs: choose an even hidden / heads."),
    ]

"""What a person means a run to do, as types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

ScheduleKind = Literal[
    "constant",
    "constant_with_warmup",
    "linear",
    "cosine",
    "cosine_with_min_lr",
    "polynomial",
    "inverse_sqrt",
    "warmup_stable_decay",
    "one_cycle",
    "step",
]
StepUnit = Literal["batch", "update"]


class Schedule(TypedDict, total=False):
    """The declared learning rate; `warmup` and `total` are counted in `unit`."""

    kind: ScheduleKind
    peak: float
    floor: float
    warmup: int
    total: int
    unit: StepUnit
    power: float
    cycles: float
    timescale: int
    stable: int
    decay: int
    warmup_shape: str
    decay_shape: str
    start: float
    every: int
    gamma: float
    milestones: list[int]


class Loss(TypedDict, total=False):
    """A component of the loss: its weight, and the share of the total it is meant to have."""

    weight: float
    share: float


class Phases(TypedDict, total=False):
    """A setting that is meant to differ between training and evaluation."""

    train: Any
    eval: Any


class Target(TypedDict, total=False):
    """Something to be reached or kept, such as {"metric": "eval/loss", "below": 50, "by_epoch": 1}."""

    metric: str
    over: str
    below: float
    above: float
    by_epoch: float
    by_step: int
    nonfinite: int
    loss_share: Literal["declared"]


class Intent(TypedDict, total=False):
    """What a run is declared to do; everything is optional, whatever is there gets checked against what is seen."""

    total_steps: int
    step_unit: StepUnit
    epochs: float
    steps_per_epoch: int
    accumulation: int
    schedule: Schedule
    losses: Mapping[str, Loss | float]  # a number alone is a weight
    components_are: Literal["raw", "weighted"]
    temperature: float
    eval_every: int
    differs: Mapping[str, Phases]
    targets: list[Target]
    roles: Mapping[str, str]

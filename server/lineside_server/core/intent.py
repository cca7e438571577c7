"""What the person declared about a run, read leniently into one frozen noun."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Unit = Literal["batch", "update"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """A declared learning-rate schedule; `warmup`, `total`, `stable`, `decay`, `every`, `milestones` count `unit`s."""

    kind: str
    peak: float
    floor: float = 0.0
    warmup: int = 0
    total: int | None = None
    unit: Unit = "update"
    power: float = 1.0
    cycles: float = 0.5
    timescale: int | None = None
    stable: int | None = None
    decay: int | None = None
    warmup_shape: str = "linear"
    decay_shape: str = "cosine"
    start: float | None = None
    every: int | None = None
    gamma: float = 0.1
    milestones: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LossTerm:
    weight: float | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """Everything is optional; what was not understood is simply not declared."""

    total_steps: int | None = None
    step_unit: Unit | None = None
    epochs: float | None = None
    steps_per_epoch: int | None = None
    accumulation: int = 1
    schedule: Schedule | None = None
    losses: Mapping[str, LossTerm] = field(default_factory=dict)
    components_are: Literal["raw", "weighted"] | None = None
    temperature: float | None = None
    eval_every: int | None = None
    differs: Mapping[str, Any] = field(default_factory=dict)
    targets: tuple[Mapping[str, Any], ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)


def parse_intent(declared: Mapping[str, Any] | None) -> Intent:
    """Read the intent of a request or a config; a value of a wrong type is left out, never an error."""
    told = declared or {}
    return Intent(
        total_steps=_count(told.get("total_steps")),
        step_unit=_unit(told.get("step_unit")),
        epochs=_number(told.get("epochs")),
        steps_per_epoch=_count(told.get("steps_per_epoch")),
        accumulation=_count(told.get("accumulation")) or 1,
        schedule=_schedule(told.get("schedule")),
        losses={name: _loss(term) for name, term in _mapping(told.get("losses")).items()},
        components_are=_components(told.get("components_are")),
        temperature=_number(told.get("temperature")),
        eval_every=_count(told.get("eval_every")),
        differs=_mapping(told.get("differs")),
        targets=tuple(target for target in _list(told.get("targets")) if isinstance(target, Mapping)),
        roles={key: role for key, role in _mapping(told.get("roles")).items() if isinstance(role, str)},
    )


def _schedule(told: object) -> Schedule | None:
    plan = _mapping(told)
    peak = _number(plan.get("peak"))
    if not isinstance(plan.get("kind"), str) or peak is None:
        return None
    counts = {name: _count(plan.get(name)) for name in ("total", "timescale", "stable", "decay", "every")}
    numbers = {name: _number(plan.get(name)) for name in ("floor", "power", "cycles", "start", "gamma")}
    shapes = {name: plan.get(name) for name in ("warmup_shape", "decay_shape") if isinstance(plan.get(name), str)}
    milestones = tuple(sorted(count for mark in _list(plan.get("milestones")) if (count := _count(mark)) is not None))
    told_plainly: dict[str, Any] = {k: v for k, v in {**counts, **numbers, **shapes}.items() if v is not None}
    return Schedule(
        kind=plan["kind"],
        peak=peak,
        warmup=_count(plan.get("warmup")) or 0,
        unit=_unit(plan.get("unit")) or "update",
        milestones=milestones,
        **told_plainly,
    )


def _loss(told: object) -> LossTerm:
    """A loss is declared as `{"weight": 0.7}` or, in short, as the weight alone."""
    if (weight := _number(told)) is not None:
        return LossTerm(weight=weight)
    term = _mapping(told)
    return LossTerm(weight=_number(term.get("weight")), share=_number(term.get("share")))


def _number(told: object) -> float | None:
    if isinstance(told, bool) or not isinstance(told, (int, float)):
        return None
    try:
        number = float(told)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _count(told: object) -> int | None:
    number = _number(told)
    return int(number) if number is not None and number >= 0 else None


def _unit(told: object) -> Unit | None:
    return told if told in ("batch", "update") else None


def _components(told: object) -> Literal["raw", "weighted"] | None:
    return told if told in ("raw", "weighted") else None


def _mapping(told: object) -> Mapping[str, Any]:
    return told if isinstance(told, Mapping) else {}


def _list(told: object) -> list[Any]:
    return told if isinstance(told, list) else []

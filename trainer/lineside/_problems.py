"""Says in plain sentences what is wrong with an intent."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard, get_args

from ._intent import ScheduleKind, StepUnit

_Check = Callable[[str, Any], str | None]


def problems(intent: object) -> list[str]:
    """Return one sentence for each thing that cannot be meant; never raises."""
    if not isinstance(intent, Mapping):
        return [f"The intent is to be a mapping, not {_kind(intent)}."]
    found = _check(intent, _INTENT, "intent")
    if isinstance(schedule := intent.get("schedule"), Mapping):
        found += _check(schedule, _SCHEDULE, "intent.schedule") + _schedule_problems(schedule)
    found += _parts(_as_losses(intent.get("losses")), _LOSS, "intent.losses")
    found += _parts(intent.get("differs"), _PHASES, "intent.differs")
    return found + _target_problems(intent.get("targets")) + _whole_problems(intent)


def _check(values: Mapping[Any, Any], fields: Mapping[str, _Check], where: str) -> list[str]:
    found = []
    for key, value in values.items():
        check = fields.get(key) if isinstance(key, str) else None
        if check is None:
            found.append(f"{where} has an unknown entry {key!r}{_nearest(key, fields)}.")
        elif sentence := check(f"{where}.{key}", value):
            found.append(sentence)
    return found


def _parts(values: object, fields: Mapping[str, _Check], where: str) -> list[str]:
    if not isinstance(values, Mapping):
        return []
    found = []
    for name, part in values.items():
        if isinstance(part, Mapping):
            found += _check(part, fields, f"{where}[{name!r}]")
        else:
            found.append(f"{where}[{name!r}] is to be a mapping, not {_kind(part)}.")
    return found


def _as_losses(losses: object) -> object:
    """Spell out the short form, in which a loss is its weight alone."""
    if not isinstance(losses, Mapping):
        return losses
    return {name: {"weight": part} if isinstance(part, int | float) else part for name, part in losses.items()}


def _schedule_problems(schedule: Mapping[Any, Any]) -> list[str]:
    found = []
    peak, floor = schedule.get("peak"), schedule.get("floor")
    warmup, total = schedule.get("warmup"), schedule.get("total")
    if _is_number(warmup) and _is_number(total) and warmup >= total:
        found.append(f"The warm-up ({warmup}) does not end before the schedule ({total}): the peak is never held.")
    if _is_number(peak) and _is_number(floor) and floor > peak:
        found.append(f"The floor of the learning rate ({floor}) is above its peak ({peak}).")
    if schedule and "kind" not in schedule:
        found.append("The schedule has no kind, so the learning rate cannot be checked against it.")
    return found


def _target_problems(targets: object) -> list[str]:
    if not isinstance(targets, list | tuple):
        return []
    found = []
    for place, target in enumerate(targets):
        where = f"intent.targets[{place}]"
        if not isinstance(target, Mapping):
            found.append(f"{where} is to be a mapping, not {_kind(target)}.")
            continue
        found += _check(target, _TARGET, where)
        if "metric" in target and "below" not in target and "above" not in target:
            found.append(f"{where} names the metric {target['metric']!r} but neither 'below' nor 'above'.")
        if "metric" not in target and ("below" in target or "above" in target):
            found.append(f"{where} has a bound but names no metric.")
    return found


def _whole_problems(intent: Mapping[Any, Any]) -> list[str]:
    found = []
    total, epochs, length = intent.get("total_steps"), intent.get("epochs"), intent.get("steps_per_epoch")
    # An unfinished last epoch or a dropped last batch is no contradiction.
    if _is_number(total) and _is_number(epochs) and _is_number(length) and abs(total - epochs * length) > length:
        found.append(f"total_steps is {total}, but {epochs} epochs of {length} steps are {epochs * length:g}.")
    losses = intent.get("losses")
    if isinstance(losses, Mapping) and losses:
        shares = [part.get("share") for part in losses.values() if isinstance(part, Mapping)]
        declared = sum(share for share in shares if _is_number(share))
        if declared > 1 + 1e-9:
            found.append(f"The declared shares of the losses add up to {declared:g}, which is more than 1.")
    return found


def _nearest(key: object, fields: Mapping[str, _Check]) -> str:
    import difflib  # noqa: PLC0415 - only a mistake needs it

    close = difflib.get_close_matches(str(key), fields, 1)
    return f" (is {close[0]!r} meant?)" if close else ""


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _kind(value: object) -> str:
    return {type(None): "None", str: "text", list: "a list", dict: "a mapping"}.get(type(value), type(value).__name__)


def _number(least: float, *, most: float = math.inf, exclusive: bool = False) -> _Check:
    def check(where: str, value: Any) -> str | None:
        if not _is_number(value):
            return f"{where} is to be a finite number, not {value!r}."
        if value < least or (exclusive and value == least):
            return f"{where} is {value}, but it has to be {'above' if exclusive else 'at least'} {least:g}."
        return f"{where} is {value}, but it can be at most {most:g}." if value > most else None

    return check


def _whole(least: int) -> _Check:
    def check(where: str, value: Any) -> str | None:
        if not _is_number(value) or value != int(value):
            return f"{where} is to be a whole number, not {value!r}."
        return f"{where} is {value}, but it has to be at least {least}." if value < least else None

    return check


def _one_of(*words: str) -> _Check:
    def check(where: str, value: Any) -> str | None:
        return None if value in words else f"{where} is {value!r}, but it has to be one of {', '.join(words)}."

    return check


def _text(where: str, value: Any) -> str | None:
    return None if isinstance(value, str) and value else f"{where} is to be a name, not {value!r}."


def _mapping(where: str, value: Any) -> str | None:
    return None if isinstance(value, Mapping) else f"{where} is to be a mapping, not {_kind(value)}."


def _list(where: str, value: Any) -> str | None:
    return None if isinstance(value, list | tuple) else f"{where} is to be a list, not {_kind(value)}."


def _roles(where: str, value: Any) -> str | None:
    if isinstance(value, Mapping) and all(isinstance(role, str) for role in value.values()):
        return None
    return f"{where} is to name a role for each series, such as {{'train/total_loss': 'train.loss'}}."


def _anything(_where: str, _value: Any) -> str | None:
    return None


_SCHEDULE: dict[str, _Check] = {
    "kind": _one_of(*get_args(ScheduleKind)),
    "peak": _number(0, exclusive=True),
    "floor": _number(0),
    "warmup": _whole(0),
    "total": _whole(1),
    "unit": _one_of(*get_args(StepUnit)),
    "power": _number(0),
    "cycles": _number(0),
    "timescale": _whole(1),
    "stable": _whole(0),
    "decay": _whole(0),
    "warmup_shape": _text,
    "decay_shape": _text,
    "start": _number(0),
    "every": _whole(1),
    "gamma": _number(0, exclusive=True),
    "milestones": _list,
}
_LOSS: dict[str, _Check] = {"weight": _number(0), "share": _number(0, most=1)}
_PHASES: dict[str, _Check] = {"train": _anything, "eval": _anything}
_TARGET: dict[str, _Check] = {
    "metric": _text,
    "over": _text,
    "below": _number(-math.inf),
    "above": _number(-math.inf),
    "by_epoch": _number(0),
    "by_step": _whole(0),
    "nonfinite": _whole(0),
    "loss_share": _one_of("declared"),
}
_INTENT: dict[str, _Check] = {
    "total_steps": _whole(1),
    "step_unit": _one_of(*get_args(StepUnit)),
    "epochs": _number(0, exclusive=True),
    "steps_per_epoch": _whole(1),
    "accumulation": _whole(1),
    "schedule": _mapping,
    "losses": _mapping,
    "components_are": _one_of("raw", "weighted"),
    "temperature": _number(0, exclusive=True),
    "eval_every": _whole(1),
    "differs": _mapping,
    "targets": _list,
    "roles": _roles,
}

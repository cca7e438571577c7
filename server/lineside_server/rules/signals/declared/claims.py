"""What is declared about lengths, held against itself: each contradiction in words and figures."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lineside_server.core.declared import Declared, schedule_of
from lineside_server.core.facts import Facts
from lineside_server.core.findings import Level
from lineside_server.core.intent import Intent, Schedule, parse_intent
from lineside_server.rules.signals.declared.rates import ENDLESS
from lineside_server.rules.signals.declared.words import described

SAME_KINDS: Final = {"constant_with_warmup": "constant", "cosine_with_min_lr": "cosine"}
PER_PROCESS: Final = ("per_device_train_batch_size", "micro_batch_size", "train_micro_batch_size_per_gpu")


@dataclass(frozen=True, slots=True)
class Claim:
    """Two declarations that cannot both hold; `id` names the pair, `formula` says how the second figure came about."""

    id: str
    level: Level
    title: str
    told: Mapping[str, Any]
    against: Mapping[str, Any]
    formula: str = ""
    clues: Mapping[str, Any] = field(default_factory=dict)


def claims(facts: Facts) -> list[Claim]:
    """Return all contradictions among the declared figures, the gravest first."""
    found = [
        *_warmup(facts),
        *_total(facts),
        *_schedules(facts),
        *_length(facts.intent),
        *_told_twice(facts),
        *_batch_size(facts.declared),
    ]
    return sorted(found, key=lambda claim: -claim.level)


def counted_updates(facts: Facts, epochs_least: float = 1.0) -> tuple[float, float, str] | None:
    """Return the updates that batches, epochs and accumulation make, by how many they may be off, and the formula."""
    intent, group = facts.intent, facts.intent.accumulation
    slack = max(intent.epochs or epochs_least, epochs_least)
    if intent.step_unit == "update" and intent.total_steps:
        return (
            float(intent.total_steps),
            slack,
            f"{intent.total_steps:,} steps of one update each = {intent.total_steps:,}",
        )
    batches, how = _batches(facts)
    if batches is None:
        return None
    return batches / group, slack, f"{how} / accumulation {group} = {batches / group:,.1f}"


def _batches(facts: Facts) -> tuple[float | None, str]:
    """Return the batches of the whole run, and the formula."""
    intent, declared = facts.intent, facts.declared
    if intent.step_unit == "batch" and intent.steps_per_epoch and intent.epochs:
        total = intent.steps_per_epoch * intent.epochs
        return total, f"{intent.steps_per_epoch:,} batches · {intent.epochs:g} epochs"
    if intent.step_unit == "batch" and intent.total_steps:
        return float(intent.total_steps), f"{intent.total_steps:,} batches"
    if declared.batches and (declared.epochs or intent.epochs):
        epochs = intent.epochs or declared.epochs or 0.0
        return declared.batches * epochs, f"{declared.batches:,.0f} batches · {epochs:g} epochs"
    return declared.total_batches, f"{declared.total_batches or 0:,.0f} batches"


def _warmup(facts: Facts) -> Iterator[Claim]:
    """The warm-up never ends."""
    schedule = facts.intent.schedule
    if schedule is None or not schedule.warmup:
        return
    ends = {} if schedule.kind in ENDLESS or not schedule.total else {"the declared total": float(schedule.total)}
    counted = counted_updates(facts)
    if counted is not None:
        ends["the whole run"] = counted[0] * (facts.intent.accumulation if schedule.unit == "batch" else 1)
    for name, end in ends.items():
        if schedule.warmup >= end:
            yield Claim(
                "warmup-never-ends",
                Level.CRITICAL,
                f"The warm-up takes {schedule.warmup:,} {schedule.unit}s, and {name} only {end:,.0f}",
                {"warmup": schedule.warmup},
                {"total": end},
                counted[2] if counted is not None and name == "the whole run" else "warm-up < total",
                _clues(facts, schedule),
            )
            return


def _total(facts: Facts) -> Iterator[Claim]:
    """|N - batches · epochs / G| > epochs."""
    schedule, counted = facts.intent.schedule, counted_updates(facts)
    if schedule is None or not schedule.total or schedule.kind in ENDLESS or counted is None:
        return
    group = facts.intent.accumulation if schedule.unit == "batch" else 1
    due, slack, how = counted
    if abs(schedule.total / group - due) > slack:
        yield Claim(
            "total",
            Level.WARNING,
            f"The schedule is declared for {schedule.total:,} {schedule.unit}s, and the run makes {due * group:,.0f}",
            {"schedule_total": schedule.total, "unit": schedule.unit},
            {"updates": due, "within": slack},
            how,
            _clues(facts, schedule),
        )


def _schedules(facts: Facts) -> Iterator[Claim]:
    """The config's scheduler is another than the intent's."""
    intent, config = parse_intent(facts.told).schedule, schedule_of(facts.declared)
    if intent is None or config is None:
        return
    differing = [name for name, differs in _differences(intent, config, facts).items() if differs]
    if differing:
        yield Claim(
            "config-schedule",
            Level.WARNING,
            f"The config's scheduler is {_short(config, differing)}; declared is {_short(intent, differing)}",
            {name: getattr(config, name) for name in differing},
            {name: getattr(intent, name) for name in differing},
            f"config: {described(config)}; intent: {described(intent)}",
            _clues(facts, config) | {"differing": differing},
        )


def _differences(intent: Schedule, config: Schedule, facts: Facts) -> dict[str, bool]:
    """Return what differs by more than rounding; a count of batches may be told in updates too."""
    slack = max(facts.intent.epochs or 1.0, 1.0)
    group = facts.intent.accumulation if intent.unit == "batch" else 1
    totals = (intent.total, config.total)
    return {
        "kind": SAME_KINDS.get(intent.kind, intent.kind) != SAME_KINDS.get(config.kind, config.kind),
        "warmup": not _near(intent.warmup, config.warmup, group, max(1.0, 0.01 * intent.warmup)),
        "total": config.kind not in ENDLESS and all(totals) and not _near(totals[0] or 0, totals[1] or 0, group, slack),
        "peak": abs(math.log(config.peak / intent.peak)) > 0.01 if min(config.peak, intent.peak) > 0 else False,
    }


def _near(one: float, other: float, group: int, slack: float) -> bool:
    return abs(one - other) <= slack or abs(one / group - other) <= slack


def _short(schedule: Schedule, names: list[str]) -> str:
    words = {
        "kind": schedule.kind,
        "warmup": f"warm-up {schedule.warmup:,}",
        "total": f"total {schedule.total or 0:,}",
        "peak": f"peak {schedule.peak:.3g}",
    }
    return ", ".join(words[name] for name in names)


def _length(intent: Intent) -> Iterator[Claim]:
    """The steps are not epochs times the steps of one."""
    if not (intent.total_steps and intent.epochs and intent.steps_per_epoch):
        return
    due = intent.epochs * intent.steps_per_epoch
    if abs(intent.total_steps - due) > max(1.0, intent.epochs):
        yield Claim(
            "length",
            Level.WARNING,
            f"{intent.total_steps:,} steps are declared, and {intent.epochs:g} epochs of "
            f"{intent.steps_per_epoch:,} make {due:,.0f}",
            {"total_steps": intent.total_steps},
            {"steps": due},
            f"{intent.epochs:g} epochs · {intent.steps_per_epoch:,} steps = {due:,.0f}",
        )


def _told_twice(facts: Facts) -> Iterator[Claim]:
    """The config and the intent give one setting two values."""
    declared, intent, told = facts.declared, facts.intent, facts.told
    pairs: list[tuple[str, float | None, float | None, float]] = [
        ("accumulation", intent.accumulation if "accumulation" in told else None, declared.accumulation, 0.0)
    ]
    if not declared.max_steps:
        pairs.append(("epochs", intent.epochs if "epochs" in told else None, declared.epochs, 0.0))
    if intent.step_unit == "batch" and "steps_per_epoch" in told:
        pairs.append(("steps_per_epoch", intent.steps_per_epoch, declared.batches, 1.0))
    for name, ours, config, slack in pairs:
        if ours and config and abs(ours - config) > slack:
            yield Claim(
                name,
                Level.WARNING,
                f"The intent declares {name} {ours:g}; the config has {config:g}",
                {name: config},
                {name: ours},
            )


def _batch_size(declared: Declared) -> Iterator[Claim]:
    """The batch of an update is not that of a process times processes times accumulation."""
    size, processes, group = declared.batch_size, declared.processes, declared.accumulation or 1.0
    named = declared.where.get("batch_size", "").endswith(PER_PROCESS)
    if not (size and processes and declared.global_batch and named):
        return
    due = size * processes * group
    if due != declared.global_batch:
        yield Claim(
            "batch-size",
            Level.WARNING,
            f"An update is declared to take {declared.global_batch:,.0f} examples, and takes {due:,.0f}",
            {"global_batch_size": declared.global_batch},
            {"examples": due},
            f"{size:g} a process · {processes:g} processes · accumulation {group:g} = {due:,.0f}",
        )


def _clues(facts: Facts, schedule: Schedule) -> dict[str, Any]:
    batches, _ = _batches(facts)
    counted = counted_updates(facts)
    return {
        "total": schedule.total,
        "warmup": schedule.warmup,
        "batches": batches,
        "updates": counted[0] if counted is not None else None,
        "accumulation": facts.intent.accumulation,
    }

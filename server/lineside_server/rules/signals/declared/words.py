"""Sentences and figures that the rules of the learning rate share."""

import json
from collections.abc import Mapping
from typing import Any, Final

from lineside_server.core.facts import Facts
from lineside_server.core.intent import Schedule
from lineside_server.rules.model import Scene
from lineside_server.rules.signals.declared.rates import HUGE, computable, updates_known
from lineside_server.rules.signals.declared.speed import Speed

LOG_RATE: Final = 'No learning rate is logged: add `lineside.log({"lr": scheduler.get_last_lr()[0]})`.'
DECLARE: Final = 'No schedule is declared: add `intent={{"schedule": {plan}}}` to `lineside.init`, {words}.'
EXAMPLE: Final = '{"kind": "linear", "peak": 3e-5, "warmup": 467, "total": 4676}'
SAY_UNIT: Final = (
    "The config accumulates gradients over {group} batches, and nothing says whether a step is a batch or an update: "
    'add `"step_unit": "batch"` or `"update"` to the intent, or log `update`.'
)


def missing(scene: Scene) -> str | None:
    """Return in words what a rule of the learning rate lacks, None where it can judge."""
    if missing not in scene.memo:
        scene.memo[missing] = _missing(scene)
    found: str | None = scene.memo[missing]
    return found


def _missing(scene: Scene) -> str | None:
    facts = scene.facts
    schedule = facts.intent.schedule
    if scene.one("lr") is None:
        return LOG_RATE
    if schedule is None:
        return undeclared(facts)
    if not 1 / HUGE < schedule.peak < HUGE:
        return f"The declared peak of the schedule is {figure(schedule.peak)}; it must be above zero and no nonsense."
    if not computable(schedule):
        return f"The declared schedule, {described(schedule)}, lacks a count that it needs, or is of an unknown kind."
    if not updates_known(facts, scene.one("update")):
        return SAY_UNIT.format(group=facts.intent.accumulation)
    return None


def undeclared(facts: Facts) -> str:
    """Return what is said of a run without a schedule."""
    if facts.declared.metric_driven:
        return f"The schedule ({facts.declared.kind}) follows a metric: nobody can say beforehand where it goes."
    found = facts.inferred.schedule
    if found is None:
        return DECLARE.format(plan=EXAMPLE, words="with this run's figures")
    counts = {"warmup": found.warmup or None, "total": found.total}
    plan = {"kind": found.kind, "peak": found.peak} | {name: count for name, count in counts.items() if count}
    words = "if that is what was meant"
    return f"{DECLARE.format(plan=json.dumps(plan), words=words)} {facts.inferred.why}"


def figure(value: float) -> str:
    """Return a rate as an expert writes it: 0 is exact, all else has three digits."""
    return "0" if value == 0 else f"{value:.2e}"


def described(schedule: Schedule) -> str:
    """Return a schedule in a few words."""
    parts = [schedule.kind]
    if schedule.warmup:
        parts.append(f"warm-up {schedule.warmup:,}")
    if schedule.total is not None:
        parts.append(f"total {schedule.total:,} {schedule.unit}s")
    return ", ".join([*parts, f"peak {schedule.peak:.3g}"])


def formula(schedule: Schedule, unit: float) -> str:
    """Return how the rate that is due came about."""
    at = f"{schedule.unit} {unit:,.0f}"
    if unit < schedule.warmup:
        return f"lr due = peak · {at} / warm-up = {schedule.peak:.3g} · {unit:.0f} / {schedule.warmup}"
    return f"lr due = the schedule ({described(schedule)}) at {at}"


def pace_words(speed: Speed | None, misfit: float) -> str:
    """Return how a sentence begins that says how the rate differs, as far as that was solved."""
    if speed is not None and speed.solved(misfit):
        return f"The learning rate runs at {times_words(speed.speed)} the declared speed:"
    if speed is not None and speed.height_misfit <= misfit and not 0.9 < speed.height < 1.1 and speed.height > 0:
        return f"The learning rate is {times_words(speed.height)} the declared one:"
    return "The learning rate is"


def times_words(factor: float) -> str:
    """Return a factor in words: a fraction below one, else times."""
    return f"1/{_plain(1.0 / factor)} of" if factor < 1.0 else f"{_plain(factor)} times"


def clues_of(speed: Speed) -> Mapping[str, Any]:
    """Return what was solved, as figures for the diagnosis."""
    return {
        "speed": speed.speed,
        "misfit": speed.misfit,
        "names": list(speed.names),
        "height": speed.height,
        "height_misfit": speed.height_misfit,
        "config_misfit": speed.config_misfit,
        "restart_misfit": speed.restart_misfit,
        "points": speed.points,
    }


def _plain(value: float) -> str:
    return f"{value:,.0f}" if abs(value - round(value)) < 0.05 * value and value >= 1.5 else f"{value:.2g}"

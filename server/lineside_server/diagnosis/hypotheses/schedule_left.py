"""Why a learning rate leaves its schedule: its speed, its height, its beginning, and what the config says."""

import math
from collections.abc import Iterator
from typing import Final

from lineside_server.core.declared import schedule_of
from lineside_server.core.facts import Facts
from lineside_server.core.findings import Cause, Finding
from lineside_server.core.intent import Schedule
from lineside_server.diagnosis.fit import EXPLAINS, FREE, best, closeness, scored
from lineside_server.diagnosis.hypotheses.learning_rate_actions import actions, unclear
from lineside_server.diagnosis.model import Diagnosis

SHORT: Final = 0.1  # mean relative misfit that a cause may have, as the tolerance of a fit

# Of each speed that declared figures predict: the cause, and what would have happened.
SPEEDS: Final = {
    "1/accumulation": ("schedule-in-batches", "Built for batches instead of updates"),
    "accumulation": ("stepped-per-batch", "Stepped after every batch instead of every update"),
    "processes": ("stepped-per-process", "Stepped once for each process at every update"),
    "1/processes": ("schedule-for-one-process", "Built for the updates that one process alone would make"),
    "accumulation-and-processes": ("stepped-per-batch-and-process", "Stepped after every batch by every process"),
    "1/accumulation-and-processes": ("schedule-in-all-batches", "Built for the batches of all processes"),
    "batches-per-epoch": ("schedule-in-epochs", "Built for epochs and stepped after every batch"),
}


def schedule_left(finding: Finding, facts: Facts) -> Diagnosis:
    """Compare the speed, the height and the standstill of the rates with what each cause predicts."""
    clues = finding.clues
    causes = [*_speeds(finding, facts), *_not_stepped(finding), *_restarted(finding), *_height(finding)]
    leading = best(causes)
    if leading is None or leading.id not in {cause for cause, _ in SPEEDS.values()} or leading.fit < EXPLAINS:
        causes += _of_config(finding, facts)
        leading = best(causes)
    alike = bool(clues.get("solved")) and abs(math.log(clues["speed"] / clues["height"])) < SHORT
    return Diagnosis(
        tuple(causes),
        actions(leading.id if leading else "", facts),
        unclear(alike=alike and clues["height_misfit"] < SHORT, solved=leading is not None),
    )


def _speeds(finding: Finding, facts: Facts) -> Iterator[Cause]:
    clues, schedule = finding.clues, facts.intent.schedule
    for name, predicted in clues.get("figures", {}).items():
        cause, told = SPEEDS[name]
        speed = clues.get("speed") if clues.get("solved") else None
        fit = closeness(speed, predicted) if speed is not None else 0.0
        sentence = f"{told}, the schedule would run at {_factor(predicted)} the declared speed; "
        sentence += f"it runs at {_ratio(speed)}." if speed is not None else "no one speed gives the rates seen."
        if cause == "schedule-in-batches" and fit >= EXPLAINS and schedule is not None and schedule.total:
            sentence = _in_batches(schedule, speed or 0.0, facts)
        yield scored(cause, fit, sentence, predicted=predicted, observed=speed)


def _in_batches(schedule: Schedule, speed: float, facts: Facts) -> str:
    total = schedule.total or 0
    built = batches_of(facts) or total * facts.intent.accumulation
    sentence = (
        f"The schedule was built from {built:,.0f} batches instead of {total:,} updates: with an accumulation of "
        f"{facts.intent.accumulation} it would run at 1/{facts.intent.accumulation} of its speed, and it runs at "
        f"{_ratio(speed)}."
    )
    own = schedule_of(facts.declared)
    if own is not None and own.total and own.total != total:
        sentence += f" The config's scheduler says so: warm-up {own.warmup:,} of {own.total:,}."
    return sentence


def _not_stepped(finding: Finding) -> Iterator[Cause]:
    same, off = finding.clues.get("updates_same", 0), finding.clues.get("updates_off", 0)
    if not off:
        return
    stands = same >= off and same > 1
    sentence = (
        f"Had the scheduler not been stepped, the rate would stand still; it has been the same for {same:,} updates"
        if stands
        else "Had the scheduler not been stepped, the rate would stand still; it changes"
    )
    yield scored("scheduler-not-stepped", 1.0 if stands else 0.0, f"{sentence}.", updates_same=same, updates_off=off)


def _restarted(finding: Finding) -> Iterator[Cause]:
    misfit = finding.clues.get("restart_misfit")
    if misfit is not None:
        sentence = (
            "Had the schedule begun anew where this run goes on, its rates would differ from those seen by "
            f"{misfit:.1%} on average."
        )
        yield scored("schedule-restarted", _fit(misfit), sentence, misfit=misfit)


def _height(finding: Finding) -> Iterator[Cause]:
    height, misfit = finding.clues.get("height"), finding.clues.get("height_misfit")
    if height is None or misfit is None or height <= 0 or abs(math.log(height)) < SHORT:
        return
    sentence = f"{_factor(height)} the declared rate at every update differs from the rates seen by {misfit:.1%}."
    yield scored("peak-scaled", FREE * _fit(misfit), sentence, factor=height, misfit=misfit)


def _of_config(finding: Finding, facts: Facts) -> Iterator[Cause]:
    misfit, own = finding.clues.get("config_misfit"), schedule_of(facts.declared)
    if misfit is None or own is None:
        return
    sentence = (
        f"The config's own schedule ({own.kind}, warm-up {own.warmup:,}, total {own.total or 0:,}, "
        f"peak {own.peak:.3g}) differs from the rates seen by {misfit:.1%}."
    )
    yield scored("config-not-intent", _fit(misfit), sentence, misfit=misfit)


def batches_of(facts: Facts) -> float | None:
    """Return the batches of the whole run as declared."""
    intent, declared = facts.intent, facts.declared
    if intent.step_unit == "batch" and (intent.total_steps or (intent.epochs and intent.steps_per_epoch)):
        return intent.total_steps or (intent.epochs or 0.0) * (intent.steps_per_epoch or 0)
    return declared.total_batches or (
        declared.batches * declared.epochs if declared.batches and declared.epochs else None
    )


def _fit(misfit: float) -> float:
    """Return the fit of a cause that predicts every rate, from the mean relative misfit."""
    return math.exp(-0.5 * (misfit / SHORT) ** 2)


def _factor(factor: float) -> str:
    return f"{_ratio(factor)} of" if factor < 1 else _ratio(factor)


def _ratio(factor: float) -> str:
    return f"{factor:.3g} times" if factor >= 1 else f"1/{1 / factor:.3g}"

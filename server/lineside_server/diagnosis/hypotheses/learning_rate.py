"""Why the learning rate is another than the declared one, stands still, or is declared twice."""

import math
from collections.abc import Iterator
from typing import Final

from lineside_server.core.facts import Facts
from lineside_server.core.findings import Cause, Finding
from lineside_server.diagnosis.fit import FREE, OPEN, best, closeness, meeting, scored, stands
from lineside_server.diagnosis.hypotheses.learning_rate_actions import actions
from lineside_server.diagnosis.hypotheses.rate_exhausted import nothing_left
from lineside_server.diagnosis.hypotheses.schedule_left import schedule_left
from lineside_server.diagnosis.model import Diagnosis, Doctor

END: Final = 1e-3  # of the peak: a rate below it is nothing
SHORT: Final = 0.1  # logarithmic distance below which two rates are the same


def stands_still(finding: Finding, facts: Facts) -> Diagnosis:
    """Say whether the scheduler was not stepped, its updates were skipped, or it is stepped by epoch."""
    skipped, travelled = finding.clues["skipped"], finding.clues["travelled"]
    updates = finding.observed["updates_seen"]
    of_skips = closeness(skipped, travelled)
    over = _over(finding, facts)
    causes = [
        *over,
        scored(
            "scheduler-not-stepped",
            OPEN if over and stands(over[0]) else 1.0 - of_skips,
            f"Nothing steps the scheduler: the rate is bit-identical over {updates:,} updates.",
            updates=updates,
        ),
        scored(
            "updates-skipped",
            of_skips,
            "A scheduler that waits for skipped updates would stand still; "
            f"{skipped:,.0f} of {travelled:,.0f} were skipped.",
            skipped=skipped,
        ),
        *_by_epoch(travelled, facts),
    ]
    leading = best(causes)
    return Diagnosis(tuple(causes), actions(leading.id if leading else "", facts), "")


def _over(finding: Finding, facts: Facts) -> list[Cause]:
    """A schedule that has come to its end stands at its floor."""
    schedule, began = facts.intent.schedule, finding.clues["began"]
    if schedule is None or not schedule.total:
        return []
    ended = began > 1 and finding.observed["lr"] <= max(schedule.floor, END * schedule.peak)
    sentence = (
        f"The schedule is over: it came to its floor at {schedule.unit} {began:,.0f} of {schedule.total:,}."
        if ended
        else f"A schedule that is over stands at its floor, {schedule.floor:.3g}, after it had other rates."
    )
    return [scored("schedule-over", FREE if ended else 0.0, sentence, began=began)]


def _by_epoch(travelled: float, facts: Facts) -> Iterator[Cause]:
    per_epoch = facts.intent.steps_per_epoch or facts.declared.batches
    if per_epoch and facts.intent.step_unit == "batch":
        epoch = per_epoch / facts.intent.accumulation
        sentence = (
            f"Stepped once an epoch, the rate would change every {epoch:,.0f} updates; it stands for {travelled:,.0f}."
        )
        yield scored("stepped-per-epoch", OPEN if travelled <= epoch else 0.0, sentence, updates_per_epoch=epoch)


def other_peak(finding: Finding, facts: Facts) -> Diagnosis:
    """Say whether the factor is one of the declared figures, a slip of the decimal point, or the config's own."""
    factor, schedule = finding.clues["factor"], facts.intent.schedule
    causes = []
    own = facts.declared.learning_rate
    if own and schedule is not None and abs(math.log(own / schedule.peak)) > SHORT:
        sentence = f"The config sets a learning rate of {own:.3g}, {own / schedule.peak:.3g} times the declared peak."
        causes.append(scored("config-not-intent", closeness(factor, own / schedule.peak), sentence, config=own))
    figures = {"accumulation": facts.intent.accumulation, "processes": facts.declared.processes or 1}
    for name, figure in figures.items():
        if figure > 1:
            fit, predicted = meeting(factor, (figure, 1 / figure, math.sqrt(figure)))
            sentence = f"Scaled with the {name}, {figure:g}, the peak would be {predicted:.3g} times the declared one"
            causes.append(scored(f"scaled-with-{name}", fit, f"{sentence}; it is {factor:.3g}.", predicted=predicted))
    power = round(math.log10(factor)) if factor > 0 else 0
    if power:
        sentence = f"A slip of the decimal point gives powers of ten: 10^{power} here, and {factor:.4g} is seen."
        causes.append(scored("decimal-slip", FREE * closeness(factor, 10.0**power), sentence, predicted=10.0**power))
    leading = best(causes)
    return Diagnosis(tuple(causes), actions(leading.id if leading else "peak-scaled", facts), "")


def accounts(finding: Finding, facts: Facts) -> Diagnosis:
    """Say whether a total is one of batches, or a step another thing than declared."""
    clues, causes = finding.clues, []
    total, batches, updates, group = (clues.get(name) for name in ("total", "batches", "updates", "accumulation"))
    if total and batches and updates and group and group > 1:
        sentence = (
            f"A schedule of {total:,} is one of batches: the run has {batches:,.0f} of them, and with an accumulation "
            f"of {group} they make {updates:,.0f} updates."
        )
        causes.append(
            scored("schedule-in-batches", closeness(total, batches), sentence, predicted=batches, observed=total)
        )
        sentence = f"Without accumulation {batches:,.0f} batches are as many updates; the schedule counts {total:,}."
        causes.append(scored("accumulation-not-in-use", OPEN * closeness(total, batches), sentence, accumulation=group))
    if clues.get("what") == "steps an update" and clues.get("stride"):
        group, stride = facts.intent.accumulation, clues["stride"]
        expected = group if clues["due"] == 1.0 else 1.0
        unit = "a batch" if clues["due"] == 1.0 else "an update"
        sentence = f"If a step were {unit}, {expected:g} would make one update; {stride:.3g} do."
        causes.append(
            scored("step-unit-swapped", closeness(stride, expected), sentence, predicted=expected, observed=stride)
        )
    leading = best(causes)
    return Diagnosis(tuple(causes), actions(leading.id if leading else "contradiction", facts), "")


DOCTORS: dict[str, Doctor] = {
    "lr-schedule": schedule_left,
    "lr-exhausted": nothing_left,
    "lr-stuck": stands_still,
    "lr-peak": other_peak,
    "step-accounting": accounts,
}

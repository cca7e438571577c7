"""Why a learning rate is nothing where one is due."""

from collections.abc import Iterator
from typing import Final

from lineside_server.core.facts import Facts
from lineside_server.core.findings import Cause, Finding
from lineside_server.diagnosis.fit import FREE, OPEN, best, closeness, scored
from lineside_server.diagnosis.hypotheses.learning_rate_actions import UPDATE_NORM, actions
from lineside_server.diagnosis.model import Diagnosis

DECIMALS: Final = 6  # that a log without an exponent usually prints


def nothing_left(finding: Finding, facts: Facts) -> Diagnosis:
    """Say whether the scheduler was never stepped, the schedule is over, or the figure only a display's."""
    causes = [*_never_stepped(finding, facts), *_over(finding, facts), *_display(finding), *_elsewhere(finding)]
    leading = best(causes)
    told = "" if "moves" in finding.clues else UPDATE_NORM
    return Diagnosis(tuple(causes), actions(leading.id if leading else "", facts), told)


def _never_stepped(finding: Finding, facts: Facts) -> Iterator[Cause]:
    schedule, top = facts.intent.schedule, finding.clues["top"]
    update, never = finding.observed["update"], top <= finding.observed["lr"]
    rises = schedule is not None and schedule.warmup > 0
    sentence = (
        f"A scheduler that is never stepped stays at the first rate of its warm-up, 0; no other was seen in {update:,} "
        "updates."
        if never
        else f"A scheduler that is never stepped stays at its first rate; a rate of {top:.3g} was seen before."
    )
    yield scored("scheduler-not-stepped", 1.0 if never and rises else 0.0, sentence, greatest_rate_seen=top)
    if never and schedule is not None and update < schedule.warmup:
        sentence = f"A warm-up in whole numbers (update // warm-up) gives 0 until update {schedule.warmup:,}."
        yield scored("whole-number-warm-up", OPEN, sentence, update=update, warmup=schedule.warmup)
    batches, group = facts.intent.steps_per_epoch or facts.declared.batches, facts.intent.accumulation
    if batches and facts.intent.step_unit == "batch" and never and rises:
        epoch = batches / group
        sentence = (
            f"Stepped once an epoch, the schedule would leave 0 at update {epoch:,.0f}; this is update {update:,}."
        )
        yield scored("stepped-per-epoch", OPEN if update < epoch else 0.0, sentence, updates_per_epoch=epoch)


def _over(finding: Finding, facts: Facts) -> Iterator[Cause]:
    schedule, top, updates = facts.intent.schedule, finding.clues["top"], finding.clues["updates"]
    if schedule is None or not schedule.total or schedule.kind.startswith("constant"):
        return
    ended = max(1, finding.observed["update"] - updates)
    sentence = (
        f"The schedule is over: it fell to nothing about update {ended:,} of {schedule.total:,}."
        if top > finding.observed["lr"]
        else "A schedule that is over has had its rates; none above 0 was seen."
    )
    yield scored("schedule-over", FREE if top > finding.observed["lr"] else 0.0, sentence, ended_at_update=ended)
    group = facts.intent.accumulation
    if group > 1 and top > finding.observed["lr"] and schedule.unit == "update":
        speed = schedule.total / ended
        sentence = (
            f"Stepped after every batch, a schedule of {schedule.total:,} ends at update "
            f"{schedule.total / group:,.0f}; this one fell to nothing about update {ended:,}."
        )
        yield scored("stepped-per-batch", closeness(speed, group), sentence, predicted=group, observed=speed)


def _display(finding: Finding) -> Iterator[Cause]:
    expected, clues = finding.expected["lr"], finding.clues
    if "decimals" in clues:
        letter = "e" if clues["exponent"] else "f"
        text = f"{expected:.{clues['decimals']}{letter}}"
        exact = f" A printed {0.0:.{clues['decimals']}e} is an exact zero." if clues["exponent"] else ""
        sentence = f"The log prints %.{clues['decimals']}{letter}: {expected:.4g} would read {text}.{exact}"
        yield scored(
            "display-rounding", 0.0 if float(text) else OPEN, sentence, format=f"%.{clues['decimals']}{letter}"
        )
        return
    fixed = f"{expected:.{DECIMALS}f}"
    sentence = (
        f"A log with an exponent, such as {{lr:.2e}}, prints {expected:.4g} as {expected:.2e}, and 0.00e+00 is an "
        f"exact zero; with {DECIMALS} decimals it would read {fixed}."
    )
    yield scored("display-rounding", 0.0 if float(fixed) else OPEN, sentence, with_exponent=f"{expected:.2e}")


def _elsewhere(finding: Finding) -> Iterator[Cause]:
    moves = finding.clues.get("moves")
    if moves is None:
        return
    sentence = (
        "If the optimizer had another rate than the one logged, the weights would move: "
        f"{finding.clues['moves_key']} is {moves:.3g}."
    )
    yield scored("logged-elsewhere", 1.0 if moves > 0 else 0.0, sentence, moves=moves)

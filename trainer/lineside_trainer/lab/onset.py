"""From which step on the figures of a recorded run can tell its fault: computed from the recording."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lineside_trainer.faults.seam import TimedFault
from lineside_trainer.schedule import Plan, Schedule

if TYPE_CHECKING:
    from lineside_trainer.faults.catalogue import Entry
    from lineside_trainer.lab.tape import Tape

UPDATES = 50  # done before an evaluation says anything about scale
APART = 0.02  # of the peak


def first_step(entry: Entry, tape: Tape) -> int:
    intent = tape.start["intent"]
    plan = Plan(intent["steps_per_epoch"], intent["accumulation"], intent["epochs"])
    if entry.seen == "rate":
        return _first_rate_off(intent["schedule"], tape)
    if entry.seen == "eval":
        return next(step for step in tape.series("eval/loss") if step >= plan.steps_after(UPDATES))
    fault = entry.make()
    return fault.first(plan) if isinstance(fault, TimedFault) else 1


def _first_rate_off(declared: dict[str, Any], tape: Tape) -> int:
    """Return the first step whose rate is far from the declared one at its update and at both neighbours."""
    kind = "constant" if declared["kind"] == "constant_with_warmup" else declared["kind"]
    meant = Schedule(kind, declared["peak"], declared["warmup"], declared["total"])
    rates, updates = tape.series("lr"), tape.series("update")
    for step, rate in rates.items():
        update = int(updates.get(step - 1, 0.0))
        if all(abs(rate - meant.at(max(0, update + shift))) > APART * meant.peak for shift in (-1, 0, 1)):
            return step
    raise ValueError("The rate is the declared one at every step.")

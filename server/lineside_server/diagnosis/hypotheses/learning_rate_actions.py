"""What to do about a learning rate that is not the declared one, and what the rates cannot tell."""

from typing import Final

from lineside_server.core.facts import Facts

UPDATE_NORM: Final = (
    "Whether the logged value is the optimizer's own: another parameter group, or a scheduler that is not the one in "
    "use, would log the same. Log the update norm to settle it (`lineside.watch(model, optimizer, scheduler)` does): "
    "above zero, the weights move at another rate than the one logged."
)
READ_GROUPS: Final = 'Log the optimizer\'s own value, `optimizer.param_groups[0]["lr"]`, in full digits.'


def actions(leading: str, facts: Facts) -> tuple[str, ...]:
    """Return what to do about the cause that fits best."""
    schedule, group = facts.intent.schedule, facts.intent.accumulation
    total = f"{schedule.total:,}" if schedule is not None and schedule.total else "the number of updates"
    warmup = f"{schedule.warmup:,}" if schedule is not None else "its warm-up"
    peak = f"{schedule.peak:.3g}" if schedule is not None else "the declared one"
    build = (
        f"Build the scheduler for updates: num_warmup_steps={warmup}, num_training_steps={total} (batches divided by "
        f"the accumulation of {group}), and step it once an update."
    )
    step_once = "Call scheduler.step() once an update, directly behind optimizer.step(), and nowhere else."
    known: dict[str, tuple[str, ...]] = {
        "schedule-in-batches": (build,),
        "schedule-in-all-batches": (build,),
        "schedule-for-one-process": (build,),
        "schedule-in-epochs": (build,),
        "stepped-per-batch": (
            step_once,
            f"With an accumulation of {group}, guard it: `if (batch + 1) % {group} == 0`.",
        ),
        "stepped-per-batch-and-process": (step_once,),
        "stepped-per-process": (
            step_once,
            "Under accelerate, give the scheduler num_training_steps times the processes, or do not prepare it.",
        ),
        "stepped-per-epoch": (step_once,),
        "scheduler-not-stepped": (step_once, READ_GROUPS),
        "whole-number-warm-up": ("Divide the update by the warm-up as floating-point numbers.",),
        "schedule-over": (f"Build the scheduler for {total} updates; what is left of this run trains nothing.",),
        "schedule-restarted": ("Load the scheduler's state with the optimizer's when the run is resumed.",),
        "peak-scaled": (f"Set the optimizer's learning rate to {peak}, or declare the one that is meant.",),
        "decimal-slip": (f"Set the optimizer's learning rate to {peak}, or declare the one that is meant.",),
        "scaled-with-accumulation": (f"Declare the scaled peak, or set the optimizer's learning rate to {peak}.",),
        "scaled-with-processes": (f"Declare the scaled peak, or set the optimizer's learning rate to {peak}.",),
        "config-not-intent": ("Make config and intent say the same: one of them is not what was meant.",),
        "updates-skipped": ("Find out why updates are skipped: the scheduler waits for them.",),
        "display-rounding": ("Log the rate in full digits.",),
        "logged-elsewhere": (READ_GROUPS,),
        "step-unit-swapped": ('Correct `"step_unit"` in the intent.',),
        "accumulation-not-in-use": (build,),
        "contradiction": ("Correct the declaration that is wrong: until then schedule and progress are judged by it.",),
    }
    return known.get(leading, (READ_GROUPS,))


def unclear(*, alike: bool, solved: bool) -> str:
    """Return what the rates of a schedule that was left cannot tell."""
    if alike:
        return (
            "Until the warm-up ends, a schedule at another speed and a peak at another height give the same rates; the "
            "rates after it will tell."
        )
    return "" if solved else "No cause that the declared figures suggest gives these rates."

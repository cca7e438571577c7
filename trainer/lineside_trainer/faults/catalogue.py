"""The list of faults, and what each should make the judgement say: this is data, and needs no torch."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from lineside_trainer.config import ConfigError
from lineside_trainer.faults.machine import BadBatches, Hang, Kill, MemoryLeak, SlowLoader, StuckSampler
from lineside_trainer.faults.numbers import MaskedNotANumber, NotANumber
from lineside_trainer.faults.objectives import (
    DividedByAccumulation,
    DroppedComponent,
    FrozenParameters,
    LayersSummed,
    OneTermEval,
    ScaledComponent,
    StaleEval,
    TemperatureNotSquared,
    TopKInTrainingOnly,
    UnweightedEval,
)
from lineside_trainer.faults.schedules import (
    NeverStepped,
    ScheduleInBatches,
    SteppedPerBatch,
    StopsBeingStepped,
    ThousandfoldRate,
)
from lineside_trainer.faults.seam import Fault, TimedFault


@dataclass(frozen=True, slots=True)
class Entry:
    """A fault by name, and what is expected of those who judge a run that has it.

    `raises` are the rules of which at least one must fire, the likeliest first (none: nothing above info may);
    `follows` are those that may fire too, as consequences or companions; any other is a false alarm. `cause` is
    the hypothesis that must come first, where there is a table of them. `seen` says from where the data can tell:
    the first rate that is off, the first evaluation after 50 updates, the first batch, or the step of the fault.
    """

    name: str
    about: str
    make: Callable[[], Fault]
    seen: Literal["rate", "eval", "start", "step"]
    raises: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    cause: str | None = None
    survives: bool = True  # the run comes to an end of its own

    def at(self, step: int | None) -> Fault:
        """Return the fault, beginning at a step if it is one that begins."""
        fault = self.make()
        if isinstance(fault, TimedFault):
            fault.at = step or 0
        elif step is not None:
            raise ConfigError(f"The fault {self.name} is there from the start; leave --fault-at out.")
        return fault


NO_STEP = ("eval-frozen", "no-op-update", "no-learning", "plateau")  # what follows when the weights stand still
BLOWN_UP = ("loss-spike", "divergence", "grad-norm", "no-learning", "nonfinite", "nonfinite-masked", "skipped-steps")
SCALE = ("loss-sum", "loss-share")

ENTRIES = (
    Entry(
        "schedule-in-batches",
        "the schedule is built for the number of batches and stepped once an update",
        ScheduleInBatches,
        "rate",
        ("lr-schedule",),
        ("step-accounting", "lr-exhausted", "lr-stuck", *NO_STEP),
    ),
    Entry(
        "scheduler-never-stepped",
        "the rate stays at the first one of the warm-up, zero",
        NeverStepped,
        "rate",
        ("lr-exhausted",),
        ("lr-schedule", "lr-stuck", "lr-peak", *NO_STEP),
    ),
    Entry(
        "scheduler-stops",
        "from a step on the scheduler is not stepped any more",
        StopsBeingStepped,
        "rate",
        ("lr-stuck", "lr-schedule"),
        ("lr-exhausted",),
    ),
    Entry(
        "stepped-per-batch",
        "the schedule is built for updates and stepped after every batch",
        SteppedPerBatch,
        "rate",
        ("lr-schedule",),
        ("lr-exhausted", "lr-stuck", *NO_STEP),
    ),
    Entry(
        "lr-thousandfold",
        "the peak rate is a thousand times the declared one",
        ThousandfoldRate,
        "rate",
        ("lr-peak", "lr-schedule"),
        BLOWN_UP,
    ),
    Entry(
        "nan-clamped",
        "a component is NaN in one batch, and clamped to zero",
        partial(NotANumber, "clamp"),
        "step",
        ("nonfinite",),
        ("nonfinite-masked",),
    ),
    Entry(
        "nan-filtered",
        "a component is NaN in one batch, and the batch is left out of log and update",
        partial(NotANumber, "filter"),
        "step",
        ("nonfinite",),
        ("nonfinite-masked",),
    ),
    Entry(
        "nan-raised",
        "a component is NaN in one batch, and the run ends there",
        partial(NotANumber, "raise"),
        "step",
        ("nonfinite",),
        survives=False,
    ),
    Entry(
        "nan-masked",
        "a component is NaN in one batch, turned into zero before anybody looks",
        MaskedNotANumber,
        "step",
        ("nonfinite-masked",),
    ),
    Entry(
        "unweighted-eval",
        "the weights are applied in training, not in evaluation",
        UnweightedEval,
        "eval",
        ("train-eval-scale",),
        SCALE,
        "weights-not-in-eval",
    ),
    Entry(
        "one-term-eval",
        "the total of an evaluation is the language model's loss alone",
        OneTermEval,
        "eval",
        ("train-eval-scale",),
        SCALE,
        "eval-one-term",
    ),
    Entry(
        "top-k-in-training-only",
        "training distils the teacher's likeliest tokens, evaluation all of them",
        TopKInTrainingOnly,
        "eval",
        ("train-eval-scale",),
        (),
        "top-k-in-training-only",
    ),
    Entry(
        "layers-summed-in-eval",
        "hidden states and attention are averaged over layers in training, summed in evaluation",
        partial(LayersSummed, in_training=False),
        "eval",
        ("train-eval-scale",),
        (),
        "sum-not-mean",
    ),
    Entry(
        "layers-summed-in-training",
        "hidden states and attention are summed over layers in training, averaged in evaluation",
        partial(LayersSummed, in_training=True),
        "eval",
        ("train-eval-scale",),
        (),
        "sum-not-mean",
    ),
    Entry(
        "temperature-not-squared",
        "training leaves out the factor T² of the distillation, evaluation has it",
        TemperatureNotSquared,
        "eval",
        ("train-eval-scale",),
        (),
        "temperature-squared",
    ),
    Entry(
        "divided-by-accumulation",
        "the total of training is divided by the accumulation once too often",
        DividedByAccumulation,
        "eval",
        ("train-eval-scale",),
        SCALE,
        "accumulation-scale",
    ),
    Entry(
        "component-scaled",
        "one component enters the total sixteen times",
        ScaledComponent,
        "start",
        ("loss-sum",),
        ("loss-share",),
    ),
    Entry(
        "component-dropped",
        "one component is logged and left out of the total",
        DroppedComponent,
        "start",
        ("loss-sum",),
        ("loss-share",),
    ),
    Entry(
        "stale-eval",
        "a copy of the model made at the start is evaluated",
        StaleEval,
        "eval",
        ("eval-frozen",),
        ("plateau", "train-eval-scale"),
    ),
    Entry(
        "frozen-parameters",
        "the model was frozen after the optimizer had been given its parameters",
        FrozenParameters,
        "start",
        ("no-op-update",),
        ("eval-frozen", "no-learning", "plateau"),
    ),
    Entry("bad-batch", "one batch is noise", partial(BadBatches, 1), "step"),
    Entry("bad-batches-3", "three batches in a row are noise", partial(BadBatches, 3), "step", ("loss-spike",)),
    Entry(
        "bad-batches-50",
        "fifty batches in a row are noise",
        partial(BadBatches, 50),
        "step",
        ("loss-spike", "divergence"),
        ("grad-norm", "plateau"),
    ),
    Entry(
        "sampler-stuck",
        "from a step on the same four batches come again and again",
        StuckSampler,
        "step",
        ("overfitting",),
        ("train-eval-scale", "plateau"),
    ),
    Entry("memory-leak", "every batch leaves a megabyte behind", MemoryLeak, "step", ("memory-growth",)),
    Entry(
        "slow-loader", "from a step on the loader does heavy work for every batch", SlowLoader, "step", ("throughput",)
    ),
    Entry("hang", "the loader waits for ever", Hang, "step", ("stall",), survives=False),
    Entry("kill", "the process is killed", Kill, "step", ("stall",), survives=False),
)
CATALOGUE = {entry.name: entry for entry in ENTRIES}


def find(name: str) -> Entry:
    """Return a fault by its name; raise ConfigError in words."""
    if name not in CATALOGUE:
        near = difflib.get_close_matches(name, CATALOGUE, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise ConfigError(f"There is no fault {name}; --fault list names them.{hint}")
    return CATALOGUE[name]


def listing() -> str:
    """Return the faults, one a line, with what they should raise."""
    width = max(len(name) for name in CATALOGUE)
    return "\n".join(
        f"{entry.name:{width}}  {entry.about} -> {' or '.join(entry.raises) or 'nothing above info'}"
        for entry in ENTRIES
    )

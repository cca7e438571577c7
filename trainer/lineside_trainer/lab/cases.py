"""Which runs the lab makes: a few settings, healthy over several seeds, and every fault in one that shows it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lineside_trainer.config import Config, LrScheduler, ModelShape, TeacherTraining
from lineside_trainer.faults.catalogue import CATALOGUE, find
from lineside_trainer.faults.seam import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TEACHER = ModelShape(layers=3, hidden=48, heads=4)
STUDENT = ModelShape(layers=2, hidden=32, heads=4)
BASE = Config(
    teacher=TEACHER,
    student=STUDENT,
    teacher_training=TeacherTraining(learning_rate=4e-3, gradient_accumulation_steps=2),
    vocab_size=512,
    sequence_length=32,
    max_train_tokens=128_000,
    batch_size=8,
    gradient_accumulation_steps=2,
    num_train_epochs=1,
    learning_rate=3e-3,
    lr_scheduler=LrScheduler("linear", warmup_ratio=0.1),
    eval_every=50,
    eval_batches=6,
    save_every=0,
    batch_seconds=0.035,  # more than the work of a batch: neighbours on the machine must not look like faults of a run
)
SINGLE = replace(BASE, gradient_accumulation_steps=1, max_train_tokens=64_000, eval_every=25, batch_seconds=0.045)
ACCUMULATE = replace(
    BASE,
    batch_size=4,
    gradient_accumulation_steps=4,
    max_train_tokens=104_000,
    eval_every=80,
    batch_seconds=0.022,
    lr_scheduler=LrScheduler("cosine", warmup_steps=20),
)
SETTINGS = {
    "distil": BASE,
    "single": SINGLE,
    "accumulate": ACCUMULATE,
    "constant": replace(
        SINGLE,
        max_train_tokens=32_000,
        num_train_epochs=2,
        learning_rate=2e-3,
        lr_scheduler=LrScheduler("constant", warmup_steps=20),
    ),
    "plain": replace(
        SINGLE,
        loss_weights={"lm_loss": 1.0},
        dropout=0.1,
        lr_scheduler=LrScheduler("cosine", warmup_ratio=0.05),
        batch_seconds=0.03,
    ),
    # A pace is known after a while, and its change is believed after another.
    "long": replace(SINGLE, loss_weights={"lm_loss": 1.0}, max_train_tokens=102_400, eval_every=40, batch_seconds=0.02),
    # Nothing that holds a model back from learning its batches by heart.
    "bold": replace(
        SINGLE,
        loss_weights={"lm_loss": 1.0},
        learning_rate=1e-2,
        lr_scheduler=LrScheduler("constant", warmup_steps=20),
        batch_seconds=0.03,
    ),
    # An evaluation is compared with the updates before it: a ratio is clear where the loss falls slowly.
    "slow": replace(BASE, learning_rate=5e-4),
    "slow-accumulate": replace(ACCUMULATE, learning_rate=5e-4),
    "slow-layers": replace(
        BASE, teacher=replace(TEACHER, layers=4), student=replace(STUDENT, layers=4), learning_rate=3e-4
    ),
}
HEALTHY = ("distil", "single", "accumulate", "constant", "plain", "slow")
UNDECLARED = ("single", "plain")
WHERE = {
    **dict.fromkeys(("schedule-in-batches", "stepped-per-batch"), "accumulate"),
    **dict.fromkeys(("unweighted-eval", "one-term-eval", "top-k-in-training-only", "temperature-not-squared"), "slow"),
    **dict.fromkeys(("layers-summed-in-eval", "layers-summed-in-training"), "slow-layers"),
    "divided-by-accumulation": "slow-accumulate",
    "lr-thousandfold": "single",
    "sampler-stuck": "bold",
    "slow-loader": "long",
}


@dataclass(frozen=True, slots=True)
class Case:
    """One run of the lab; without a fault it is healthy, undeclared it has no intent."""

    setting: str
    base: Config
    fault: str | None = None
    seed: int = 0
    declared: bool = True

    @property
    def config(self) -> Config:
        return replace(self.base, seed=self.seed)

    def made(self) -> Fault:
        """Return the fault anew: faults have a state."""
        return find(self.fault).at(None) if self.fault else Fault()

    @property
    def name(self) -> str:
        what = self.fault or f"healthy-{self.setting}" + ("" if self.declared else "-undeclared")
        return f"{what}-{self.seed}"


def cases(which: str, seeds: int) -> list[Case]:
    """Return the runs of a name (all, healthy, or a fault), seed by seed; raise ConfigError for another name."""
    groups: dict[str, list[str]] = {"all": list(CATALOGUE), "healthy": []}
    faults = groups[which] if which in groups else [find(which).name]
    return [case for seed in range(seeds) for case in _of_seed(seed, faults, healthy=which in groups)]


def _of_seed(seed: int, faults: Iterable[str], *, healthy: bool) -> Iterator[Case]:
    if healthy:
        yield from (Case(name, SETTINGS[name], seed=seed) for name in HEALTHY)
        yield from (Case(name, SETTINGS[name], seed=seed, declared=False) for name in UNDECLARED)
    for fault in faults:
        setting = _setting_of(fault)
        yield Case(setting, SETTINGS[setting], fault, seed)


def _setting_of(fault: str) -> str:
    """Return the setting that shows a fault; one that begins at a step needs no more than a batch an update."""
    return WHERE.get(fault) or ("single" if find(fault).seen == "step" else "distil")

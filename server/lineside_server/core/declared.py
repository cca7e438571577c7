"""What a config declares about the course of training, found at any depth by the names that trainers use."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final

from lineside_server.core.intent import Intent, LossTerm, Schedule, Unit, parse_intent

DEEPEST: Final = 6
MOST_ENTRIES: Final = 4096
NAMES: Final[dict[str, tuple[str, ...]]] = {
    "learning_rate": ("learning_rate", "peak_learning_rate", "peak_lr", "max_lr", "lr"),
    "kind": ("lr_scheduler_type", "lr_scheduler", "lr_schedule", "scheduler_type"),
    "warmup": ("warmup_steps", "num_warmup_steps", "lr_warmup_steps", "warmup_updates"),
    "warmup_ratio": ("warmup_ratio", "warmup_fraction"),
    "max_steps": ("max_steps", "max_updates", "max_train_steps", "num_training_steps"),
    "epochs": ("num_train_epochs", "num_epochs", "max_epochs", "epochs"),
    "accumulation": (
        "gradient_accumulation_steps",
        "accumulate_grad_batches",
        "grad_accumulation_steps",
        "grad_accum_steps",
        "accumulation_steps",
    ),
    "batch_size": ("per_device_train_batch_size", "micro_batch_size", "train_micro_batch_size_per_gpu", "batch_size"),
    "global_batch": ("total_train_batch_size", "global_batch_size", "effective_batch_size"),
    "processes": ("world_size", "num_processes", "n_gpu", "num_gpus", "devices"),
    "batches_per_epoch": ("batches_per_epoch", "train_dataloader_length", "dataloader_length", "len_train_dataloader"),
    "total_batches": ("total_batches", "num_total_batches"),
    "examples": ("num_train_examples", "num_train_samples", "num_examples", "train_examples"),
    "weights": ("loss_weights",),
    "temperature": ("temperature",),
    "floor": ("min_lr",),
    "half": ("fp16", "mixed_precision", "precision"),
}
IN_SCHEDULER: Final[dict[str, tuple[str, ...]]] = {
    "kind": ("type", "kind", "name"),
    "warmup": ("warmup_steps", "num_warmup_steps", "warmup_num_steps", "warmup"),
    "warmup_ratio": ("warmup_ratio",),
    "total": ("total_steps", "num_training_steps", "total_num_steps", "max_steps", "total"),
    "learning_rate": ("peak", "max_lr", "warmup_max_lr"),
    "floor": ("min_lr", "lr_end", "eta_min", "floor"),
    "floor_ratio": ("min_lr_rate", "min_lr_ratio"),
    "cycles": ("num_cycles",),
    "power": ("power",),
    "timescale": ("timescale",),
    "stable": ("num_stable_steps",),
    "decay": ("num_decay_steps",),
}
SCHEDULERS: Final = frozenset(
    {"lr_scheduler", "lr_schedule", "scheduler", "lr_scheduler_kwargs", "lr_scheduler_config", "scheduler_params"}
)
OF_ANOTHER: Final = re.compile(r"teacher|discriminator|critic|generation|eval|env")  # their settings are not the run's
HUGGING_FACE: Final = frozenset({"per_device_train_batch_size", "lr_scheduler_type", "logging_steps"})
KINDS: Final = {
    "linear_with_warmup": "linear",
    "linear_schedule_with_warmup": "linear",
    "cosine_with_warmup": "cosine",
    "cosine_schedule_with_warmup": "cosine",
    "wsd": "warmup_stable_decay",
    "reducelronplateau": "reduce_lr_on_plateau",
}
LR_END: Final = 1e-7  # of polynomial, as transformers has it


@dataclass(frozen=True, slots=True)
class Declared:
    """The settings of a config that bear on its course; None: not said. `where` has the dotted path of each.

    `max_steps` counts updates, `batch_size` examples of one process in one batch, `total` the scheduler's own steps.
    """

    learning_rate: float | None = None
    kind: str | None = None
    warmup: float | None = None
    warmup_ratio: float | None = None
    total: float | None = None
    max_steps: float | None = None
    epochs: float | None = None
    accumulation: float | None = None
    batch_size: float | None = None
    global_batch: float | None = None
    processes: float | None = None
    batches_per_epoch: float | None = None
    total_batches: float | None = None
    examples: float | None = None
    temperature: float | None = None
    floor: float | None = None
    floor_ratio: float | None = None
    cycles: float | None = None
    power: float | None = None
    timescale: float | None = None
    stable: float | None = None
    decay: float | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    half: bool = False  # float16 with a loss scale, which skips updates until it has found its size
    step_unit: Unit | None = None
    where: Mapping[str, str] = field(default_factory=dict)

    @property
    def metric_driven(self) -> bool:
        """Whether the schedule follows a metric, so that nobody can say beforehand where it goes."""
        return self.kind is not None and "plateau" in self.kind

    @property
    def batches(self) -> float | None:
        """Batches of one process in an epoch: told, or from the examples and the batch size."""
        if self.batches_per_epoch or not self.examples or not self.batch_size:
            return self.batches_per_epoch
        return math.ceil(self.examples / (self.batch_size * (self.processes or 1)))

    @property
    def updates(self) -> float | None:
        """Updates of the whole run as the settings beside the scheduler's own have it."""
        if self.max_steps:
            return self.max_steps
        if not self.epochs or not self.batches:
            return None
        return math.ceil(self.epochs * math.ceil(self.batches / (self.accumulation or 1)))


def declared_in(config: Mapping[str, Any]) -> Declared:
    """Read a config; of several places for one setting the one nearest the top counts."""
    found: dict[str, Any] = {}
    where: dict[str, str] = {}
    names = set()
    for name, path, value, in_scheduler in islice(_entries(config), MOST_ENTRIES):
        names.add(name)
        for field_name, known in (IN_SCHEDULER if in_scheduler else NAMES).items():
            if name in known and field_name not in found and (read := _read(field_name, value)) is not None:
                found[field_name], where[field_name] = read, path
    unit: Unit | None = "update" if names & HUGGING_FACE else None
    if unit is None and ("batches_per_epoch" in found or "total_batches" in found):
        unit = "batch"
    return Declared(**found, step_unit=unit, where=where)


def completed(told: Mapping[str, Any], declared: Declared) -> Intent:
    """Return the intent with what only the config says in the places where it is silent."""
    intent = parse_intent(told)
    silent: dict[str, Any] = {}
    if "accumulation" not in told and declared.accumulation:
        silent["accumulation"] = max(1, int(declared.accumulation))
    if intent.step_unit is None and intent.total_steps is None:
        silent["step_unit"] = declared.step_unit
    also = {"epochs": None if declared.max_steps else declared.epochs, "temperature": declared.temperature}
    silent |= {name: value for name, value in also.items() if value and getattr(intent, name) is None}
    unit = silent.get("step_unit", intent.step_unit)
    total = {"update": declared.max_steps, "batch": declared.total_batches}.get(unit or "")
    if intent.total_steps is None and total and "step_unit" not in told:
        silent["total_steps"] = int(total)
    if intent.steps_per_epoch is None and unit == "batch" and declared.batches:
        silent["steps_per_epoch"] = int(declared.batches)
    if not intent.losses and declared.weights:
        silent["losses"] = {name: LossTerm(weight=weight) for name, weight in declared.weights.items()}
    if intent.schedule is None:
        silent["schedule"] = schedule_of(declared)
    return replace(intent, **silent)


def schedule_of(declared: Declared) -> Schedule | None:
    """Return the schedule, in updates, that a config declares; None where it does not say kind and peak."""
    kind, peak = declared.kind, declared.learning_rate
    if kind is None or declared.metric_driven or not peak:
        return None
    total = declared.total or (declared.updates if _of_transformers(declared) else declared.max_steps)
    counts = {name: getattr(declared, name) for name in ("timescale", "stable", "decay")}
    numbers: dict[str, Any] = {name: int(count) for name, count in counts.items() if count is not None}
    numbers |= {name: value for name in ("cycles", "power") if (value := getattr(declared, name)) is not None}
    return Schedule(
        kind="constant_with_warmup" if kind == "constant" and _warms_up(declared) else kind,
        peak=peak,
        floor=_floor(declared, peak),
        warmup=0 if kind == "constant" and not _warms_up(declared) else _warmup(declared, total),
        total=None if total is None else int(total),
        **numbers,
    )


def _warms_up(declared: Declared) -> bool:
    """Return whether a constant rate is warmed up: transformers ignores a warm-up beside `constant`."""
    return not _of_transformers(declared) and bool(declared.warmup or declared.warmup_ratio)


def _of_transformers(declared: Declared) -> bool:
    return declared.where.get("kind", "").endswith("lr_scheduler_type")


def _warmup(declared: Declared, total: float | None) -> int:
    if declared.warmup and declared.warmup >= 1:
        return int(declared.warmup)
    ratio = declared.warmup or declared.warmup_ratio or 0.0  # newer versions of transformers take a share as steps
    return math.ceil(ratio * total) if total and ratio < 1 else 0


def _floor(declared: Declared, peak: float) -> float:
    if declared.floor is not None:
        return declared.floor
    if declared.floor_ratio is not None:
        return declared.floor_ratio * peak
    return LR_END if declared.kind == "polynomial" else 0.0


def _entries(config: Mapping[str, Any]) -> Iterator[tuple[str, str, Any, bool]]:
    """Give (name, dotted path, value, whether it belongs to a scheduler), the nearest to the top first."""
    level: list[tuple[str, Mapping[str, Any], bool]] = [("", config, False)]
    for _ in range(DEEPEST):
        below: list[tuple[str, Mapping[str, Any], bool]] = []
        for prefix, mapping, in_scheduler in level:
            for key, value in mapping.items():
                path = f"{prefix}{key}"
                name = re.split(r"[/.]", str(key).lower().replace("-", "_"))[-1]
                value = _unwrapped(value)  # noqa: PLW2901 - the loop's value is what a wrapper holds
                if not isinstance(value, Mapping):
                    yield name, path, value, in_scheduler
                elif name == "loss_weights":
                    yield name, path, value, False
                elif not OF_ANOTHER.search(name):
                    below.append((f"{path}.", value, in_scheduler or name in SCHEDULERS))
        level = below


def _unwrapped(value: Any) -> Any:
    """Return what a config file of W&B keeps as `{desc, value}`."""
    wrapped = isinstance(value, Mapping) and "value" in value and set(value) <= {"desc", "value"}
    return value["value"] if wrapped else value


def _read(name: str, value: object) -> Any:
    """Return a setting as it is kept, or None for one that says nothing."""
    if name == "kind":
        return _kind(value)
    if name == "half":
        return True if value is True or str(value).lower() in ("16", "fp16", "16-mixed", "float16", "half") else None
    if name == "weights":
        pairs = value.items() if isinstance(value, Mapping) else ()
        return {str(key): weight for key, told in pairs if (weight := _number(told)) is not None} or None
    if name == "processes" and isinstance(value, (list, tuple)):
        return float(len(value)) or None
    number = _number(value)
    if number is None or number < 0 or (number == 0 and name not in ("warmup", "warmup_ratio", "floor")):
        return None
    return number


def _kind(value: object) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    name = value.lower().rsplit(".", 1)[-1].removeprefix("get_").replace("-", "_")
    return KINDS.get(name, name)


def _number(value: object) -> float | None:
    """Return a finite number; YAML gives `3e-5` as a text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None

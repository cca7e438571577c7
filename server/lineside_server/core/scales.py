"""The declared numbers by which a loss is apt to be off: accumulation, T², and what it may be summed over."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from lineside_server.core.composition import words_of
from lineside_server.core.facts import Facts

Kind = Literal["accumulation", "temperature", "size"]
# What a sum may run over, by the names under which configurations declare how many there are.
SIZES: Final[Mapping[str, frozenset[str]]] = {
    "tokens of a sequence": frozenset(
        {"sequence_length", "seq_length", "seq_len", "max_seq_length", "max_length", "block_size", "context_length"}
    ),
    "layers": frozenset({"layers", "num_layers", "n_layers", "n_layer", "num_hidden_layers"}),
    "classes": frozenset({"vocab_size", "num_classes", "n_classes", "num_labels"}),
    "top-k tokens": frozenset({"kd_top_k", "top_k"}),
    "processes": frozenset({"world_size", "num_processes", "n_gpu", "n_gpus", "num_gpus"}),
    "sequences of a batch": frozenset(
        {"batch_size", "train_batch_size", "per_device_train_batch_size", "micro_batch_size"}
    ),
}
CLASSES: Final = ("vocab_size", "num_labels", "num_classes", "n_classes")
DISTILLED: Final = frozenset({"kd", "kl", "kld", "distill", "distillation", "soft"})
DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Scale:
    """A declared number; `told` is where it stands."""

    kind: Kind
    of: str
    factor: float
    told: str


def declared_scales(facts: Facts) -> tuple[Scale, ...]:
    """Return the declared numbers above 1 that may scale a loss, each kind and factor once."""
    found: dict[tuple[str, float], Scale] = {}
    for scale in _scales(facts):
        if scale.factor > 1:
            found.setdefault((scale.kind, scale.factor), scale)
    return tuple(found.values())


def declared_classes(config: Mapping[str, Any]) -> tuple[float, str] | None:
    """Return the number of classes, or of tokens, that a loss decides between, and where it is told."""
    told = dict(numbers(config))
    for name in CLASSES:
        for path, number in told.items():
            if path.rpartition(".")[2] == name and number > 1:
                return number, path
    return None


def is_distilled(name: str) -> bool:
    """Whether a loss of this name compares with a teacher."""
    return bool(words_of(name) & DISTILLED)


def _scales(facts: Facts) -> Iterator[Scale]:
    yield Scale("accumulation", "gradient accumulation", float(facts.intent.accumulation), "accumulation")
    named = [(path, path.rpartition(".")[2], number) for path, number in numbers(facts.config)]
    for path, name, number in named:
        if name in ("gradient_accumulation_steps", "accumulation_steps", "grad_accum"):
            yield Scale("accumulation", "gradient accumulation", number, path)
    if not facts.intent.losses or any(is_distilled(name) for name in facts.intent.losses):
        warmth = [
            (facts.intent.temperature, "temperature"),
            *((number, path) for path, name, number in named if name == "temperature"),
        ]
        for temperature, path in warmth:
            if temperature is not None and 1e-3 < temperature < 1e3:
                squared = temperature**2
                yield Scale("temperature", f"T² (T = {temperature:g})", max(squared, 1 / squared), path)
    for of, names in SIZES.items():
        for path, name, number in named:
            if name in names:
                yield Scale("size", of, number, path)


def numbers(config: Mapping[str, Any], path: str = "", depth: int = 0) -> Iterator[tuple[str, float]]:
    """Return the numbers above zero of a configuration by their dotted paths."""
    for key, value in config.items():
        here = f"{path}{key}"
        if isinstance(value, Mapping) and depth < DEEPEST:
            yield from numbers(value, f"{here}.", depth + 1)
        elif isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1e12:
            yield here, float(value)

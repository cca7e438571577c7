"""Which values a series of some kind and name can have."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lineside_server.core.composition import words_of
from lineside_server.rules.model import Hold

# Words of a name that say which loss it is. A divergence may be estimated from samples and then be negative.
DIVERGENCES: Final = frozenset({"kl", "kld", "kd"})
ERRORS: Final = frozenset({"ce", "xent", "crossentropy", "mse", "rmse", "mae", "nll", "lm", "mlm", "bce"})
# Words of objectives that are negative by nature, and of runs whose divergences are estimates.
SIGNED: Final = frozenset(
    {"policy", "pg", "ppo", "grpo", "rl", "elbo", "reward", "rewards", "advantage", "actor", "surrogate", "approx"}
)
LOSSES: Final = frozenset(
    {"loss", "component", "set_loss", "set_component", "mean_loss", "mean_component", "batch_loss"}
)
LOW_PRECISION: Final = frozenset({"bf16", "fp16", "bfloat16", "float16", "half", "16-mixed", "bf16-mixed"})


@dataclass(frozen=True, slots=True)
class Bound:
    """What is wrong with a value, and what it should be; `aspect` tells apart what is said of one series."""

    what: str
    due: str
    hold: Hold | None = None
    aspect: str = ""


def kind_of(key: str) -> str:
    """Return which loss without negative values a key names, an empty text for none."""
    words = words_of(key)
    if words & SIGNED:
        return ""
    if {"cross", "entropy"} <= words:
        return "cross-entropy"
    if words & ERRORS:
        return "loss without negative values"
    return "divergence" if words & DIVERGENCES else ""


def is_loss(role: str) -> bool:
    return role.rpartition(".")[2] in LOSSES


def half_precision(config: Mapping[str, Any]) -> bool:
    """Whether the config says that the run computes in half precision."""
    return any(
        (str(key).lower() in ("bf16", "fp16") and value is True)
        or (isinstance(value, str) and value.lower() in LOW_PRECISION)
        for key, value in config.items()
    )

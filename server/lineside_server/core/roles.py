"""What each series is for, told from its key and from the declared intent."""

import re
from collections.abc import Iterable

from lineside_server.core.intent import Intent

TRAIN_PHASES = frozenset({"train", "training", "loss", "losses"})
EVAL_PHASES = frozenset({"eval", "evaluation", "val", "valid", "validation", "test", "dev"})

# The first pattern that matches the last part of a key (in lower case) decides.
PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (role, re.compile(pattern))
    for role, pattern in (
        ("lr", r"(lr|learning_?rate)([-_]?(group|pg)?_?\d+)?|lr[-_](adamw?|sgd)"),
        ("update", r"(optimi[sz]er_)?(update|updates|global_update|optimi[sz]er_steps?)"),
        ("epoch", r"epochs?"),
        ("loss_scale", r"(loss|grad|amp)_?scale"),
        ("update_ratio", r"(update_(param_)?|update_to_weight_|upd_)ratio|update_over_param"),
        ("grad_norm", r"(grad(ient)?_?norm|total_grad_norm|gnorm)"),
        ("update_norm", r"update_?norm"),
        ("param_norm", r"(param(eter)?s?|weights?)_?norm"),
        (
            "throughput",
            r"(tokens?|tok|samples?|steps?|batches|it|examples?|seq(uence)?s?)_?(per|/)_?s(ec(ond)?)?|throughput",
        ),
        ("step_time", r"(step|batch|iter(ation)?)_?(time|duration|seconds)(_s|_ms)?|seconds_per_(step|batch)"),
        (
            "memory",
            r"(gpu_|cuda_|host_|peak_|max_)*mem(ory)?(_(bytes|mb|gb|allocated|reserved|used|peak))*|rss(_bytes)?",
        ),
        ("perplexity", r"(perplexity|ppl)(_capped)?"),
        ("accuracy", r"(mean_|token_|top\d+_)*acc(uracy)?(_?top_?\d+)?|acc@\d+"),
    )
)
TOTALS = frozenset({"loss", "total_loss", "loss_total", "total"})
COMPONENT = re.compile(r"(.+_)?loss(_.+)?|(kd|kl|ce|nll|mse|lm)(_.+)?")


def role_of(key: str, intent: Intent) -> str | None:
    """Return the role of a series, or None for one that has none; a role declared in the intent decides."""
    declared = intent.roles.get(key)
    if declared is not None:
        return declared
    *groups, name = key.lower().split("/")
    if groups and groups[-1] in ("weight", "weights"):
        return "weight"
    phase, name = _phase(groups, name)
    return _pattern_role(name) or _loss_role(phase, name, intent)


def roles_of(keys: Iterable[str], intent: Intent) -> dict[str, str]:
    """Return the role of each key that has one."""
    return {key: role for key in keys if (role := role_of(key, intent)) is not None}


def _phase(groups: list[str], name: str) -> tuple[str | None, str]:
    """Return train, eval or None, and the name without its phase; the first group says, or the name's beginning."""
    if groups:
        side = "eval" if groups[0] in EVAL_PHASES else "train" if groups[0] in TRAIN_PHASES else None
        return side, name
    first, _, rest = name.partition("_")
    if rest and first in EVAL_PHASES:
        return "eval", rest
    return ("train", rest) if rest and first == "train" else ("train", name)


def _loss_role(phase: str | None, name: str, intent: Intent) -> str | None:
    if phase is None:
        return None
    if name in TOTALS:
        return f"{phase}.loss"
    known = COMPONENT.fullmatch(name) or name in {loss.lower() for loss in intent.losses}
    return f"{phase}.component" if known else None


def _pattern_role(name: str) -> str | None:
    return next((role for role, pattern in PATTERNS if pattern.fullmatch(name)), None)

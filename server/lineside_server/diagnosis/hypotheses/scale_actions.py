"""What to do about eval and train on different scales, and what their figures cannot tell."""

from collections.abc import Mapping
from typing import Final

from lineside_server.core.composition import Makeup
from lineside_server.core.facts import Facts
from lineside_server.core.figures import times
from lineside_server.core.scales import is_distilled, numbers

NOISE: Final = ("dropout", "attention_dropout", "hidden_dropout", "label_smoothing", "label_smoothing_factor")


def top_k(facts: Facts) -> float | None:
    """Return the declared k of a top-k distillation, None where there is none."""
    differs = facts.intent.differs.get("kd_top_k")
    told = differs.get("train") if isinstance(differs, Mapping) else None
    if isinstance(told, int) and not isinstance(told, bool):
        return float(told)
    return next((number for path, number in numbers(facts.config) if path.rpartition(".")[2] == "kd_top_k"), None)


def noise(facts: Facts) -> str | None:
    """Return what is declared to disturb training alone, in words."""
    told = [(path, n) for path, n in numbers(facts.config) if path.rpartition(".")[2] in NOISE]
    return " and ".join(f"{path} {number:g}" for path, number in told[:2]) or None


def actions(leading: str, evaled: Makeup, facts: Facts) -> tuple[str, ...]:
    """Return what to do about the cause that fits best."""
    missing = evaled.missing
    log_missing = tuple(f"Log eval/{name}: it is part of the declared loss and not logged." for name in missing)
    total = " + ".join(f"{weight:g}·{name}" for name, weight in evaled.weights.items())
    low = evaled.known("weighted")
    high = low + max((evaled.weights[name] for name in missing), default=0.0) * max(0.0, evaled.remainder("plain"))
    becomes = f"{times(low)}" if not missing else f"between {times(low)} and {times(high)}"
    then = f"The eval loss is then {becomes} rather than {evaled.total:.4g}."
    known: dict[str, tuple[str, ...]] = {
        "weights-not-in-eval": (
            f"Apply the weights in eval as in training: loss = {total}. {then}",
            *log_missing,
        ),
        "eval-one-term": (f"Compute the eval loss as training does: {total}.", *log_missing)
        if total
        else ("Compute the eval loss from all its terms, as training does.",),
        "accumulation-scale": (
            (
                f"Log the loss before it is divided by the accumulation ({facts.intent.accumulation}), as eval does; "
                "divide only what goes into backward()."
            ),
        ),
        "temperature-squared": ("Multiply the distillation term by T² in training and in eval alike.",),
        "sum-not-mean": ("Reduce every term the same way in training and in eval: the mean over what is summed now.",),
        "top-k-in-training-only": (
            f"Restrict the distillation to the top {top_k(facts) or 0:g} tokens in eval too, or log both figures.",
        ),
        "generalisation-gap": (
            "Compare a batch of the training data in eval mode: a gap in generalisation goes away.",
        ),
        "training-only-noise": (
            "Evaluate a batch of the training data without dropout or smoothing: the difference should go away.",
        ),
    }
    return known.get(leading, ("Compute the eval loss on one training batch, in eval mode, and compare the terms.",))


def cannot_tell(evaled: Makeup, trained: Makeup, facts: Facts, *, settled: bool) -> str:
    """Return what these figures leave open, and what would settle it."""
    told = []
    k = top_k(facts)
    if k is not None and not any(is_distilled(name) for name in trained.terms):
        told.append(
            f"Whether distilling over the top {k:g} tokens in training alone adds to it cannot be told from these "
            "figures; the distillation term logged in training beside that of eval would tell."
        )
    if not evaled.terms:
        told.append(
            "The terms of eval are not logged; `lineside.log_losses(step, 'eval', raw=…, total=…)` brings them."
        )
    if evaled.terms and not evaled.weights:
        told.append("No weights are declared; `intent={'losses': {…: {'weight': …}}}` lets the sums be compared.")
    if not settled:
        told.append("None of the declared numbers explains this ratio.")
    return " ".join(told)

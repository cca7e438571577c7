"""Puts together, under the names that the service knows, what the optimizers of a model have shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._readback import together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._pulse import Pulse

_PARTS = {
    "grad_norm": "grad_norm",
    "update_norm": "update_norm",
    "param_norm": "param_norm",
    "changed": "params/changed",
}


def figures_of(pulses: Sequence[Pulse], clipped: float | None) -> dict[str, float]:
    """Take what is new since the last time; where one optimizer has something new, the latest of the others is added.

    Several optimizers count as one: norms are of all their parameters, updates are those of the one that made most.
    `clipped` is the norm of the gradient from before it was clipped, which goes before that which the optimizer saw.
    """
    moved = any(pulse.moved for pulse in pulses)
    fresh = [pulse.taken() for pulse in pulses]
    if not moved and not any(fresh):
        return {} if clipped is None else {"grad_norm": clipped}
    figures = _rates(pulses)
    figures["update"] = float(max(pulse.updates or 0 for pulse in pulses))
    figures["updates_skipped"] = float(max(pulse.skipped for pulse in pulses))
    for part, key in _PARTS.items():
        if any(part in each for each in fresh):
            figures[key] = together(part, [pulse.known[part] for pulse in pulses if part in pulse.known])
    if clipped is not None:
        figures["grad_norm"] = clipped
    if "params/changed" in figures:
        figures["params/trainable"] = float(max(pulse.trainable for pulse in pulses))
        if figures["param_norm"] or not figures["update_norm"]:
            figures["update_ratio"] = figures["update_norm"] / (figures["param_norm"] or 1.0)
    scales = [each["loss_scale"] for each in fresh if "loss_scale" in each]
    return {**figures, "loss_scale": scales[0]} if scales else figures


def _rates(pulses: Sequence[Pulse]) -> dict[str, float]:
    """Return the learning rate of each group, counted through all optimizers."""
    rates = []
    for pulse in pulses:
        groups = (f"lr {place}" for place in range(len(pulse.optimizer.param_groups)))
        rates += [pulse.known[group] for group in groups if group in pulse.known]
    return {"lr" if place == 0 else f"lr/group_{place}": rate for place, rate in enumerate(rates)}

"""How a run stood at a step: figures of other series that tell one cause from another."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from lineside_server.rules.losses import due_rates
from lineside_server.rules.model import Scene
from lineside_server.rules.windows import median_of

LATELY = 64  # points


def sound(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures without those that are not finite, which JSON does not know."""
    return {name: told for name, told in figures.items() if not isinstance(told, float) or math.isfinite(told)}


def standing_at(scene: Scene, step: int) -> dict[str, Any]:
    """Return rate, gradient norm and loss scale as last logged at or before a step, each with its median of late."""
    clues: dict[str, Any] = {}
    for role in ("lr", "grad_norm", "loss_scale", "update_ratio"):
        track = scene.one(role)
        past = track.before(step, LATELY).values if track is not None else np.empty(0)
        sound = past[np.isfinite(past)]
        if len(sound):
            clues |= {role: float(sound[-1]), f"{role}_median": median_of(sound), f"{role}_max": float(sound.max())}
    due = due_rates(scene, np.array([step], np.int64))
    if np.isfinite(due[0]):
        clues["lr_due"] = float(due[0])
    return clues

"""How long the steps of a run take, from the times of the series that is logged most often."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lineside_server.core.events import F64, I64
from lineside_server.rules.model import Scene
from lineside_server.rules.tape import Points, Track

ROLES: Final = ("train.loss", "lr", "train.component", "grad_norm", "eval.loss")
NO_CLOCK: Final = "none"


@dataclass(frozen=True, slots=True, eq=False)
class Pace:
    """Seconds a step (n,), from the point before to the one at `steps` (n,); NaN where the clock went back."""

    steps: I64
    times: F64
    seconds: F64


def paced(scene: Scene) -> Track | None:
    """Return the series that tells the pace: the train loss, or what else is logged at the steps of training."""
    if scene.facts.config.get("_clock") == NO_CLOCK:
        return None
    return next((track for role in ROLES if (track := scene.one(role)) is not None), None)


def pace_of(points: Points) -> Pace:
    """Return the pace between neighbouring points; one point has none."""
    apart = np.diff(points.steps).astype(np.float64)
    took = np.diff(points.times)
    seconds = np.where((took >= 0) & np.isfinite(took), took, np.nan) / apart
    return Pace(points.steps[1:], points.times[1:], seconds)

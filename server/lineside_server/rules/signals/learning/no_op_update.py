"""Updates that change nothing: no gradient, no movement, or no parameter that is trained."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lineside_server.core.events import F64, I64
from lineside_server.core.findings import Finding, Level
from lineside_server.rules.clues import standing_at
from lineside_server.rules.model import ALL, Hold, NoState, Reading, Rule, Scene, Standing, not_checked, passing
from lineside_server.rules.resolution import printed_of, resolution
from lineside_server.rules.windows import Flags, exactly_at

ROLES: Final = ("grad_norm", "update_ratio", "update_norm", "param_norm", "trainable", "changed")
UPDATES: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class Signs:
    """What is known of the updates at n steps, NaN where nothing is."""

    steps: I64
    times: F64
    gradient: F64
    ratio: F64
    trainable: F64
    changed: F64


class NoOpUpdate(Rule):
    id, title, family = "no-op-update", "updates that change nothing", "learning"

    @dataclass(frozen=True)
    class Params:
        gradient: float = 1e-10  # a norm below it is zero
        ratio: float = 1e-8  # of update norm and parameter norm: below it nothing moves
        coarse: float = 1e-6  # a gradient norm that is rounded to more than this cannot be told from zero

    State = NoState
    hold = Hold(points=UPDATES)

    @np.errstate(all="ignore")
    def observe(self, scene: Scene) -> list[Reading]:
        signs = _signs(scene)
        if signs is None:
            return []
        params = self.params
        zero = np.abs(signs.gradient) < params.gradient
        gone = zero & ~self._coarse(scene, signs.steps, zero)
        still = (signs.ratio < params.ratio) & ~np.isinf(signs.gradient)
        idle = still | (signs.changed == 0) | (signs.trainable == 0)
        levels = np.where(gone | idle, Level.CRITICAL, Level.NONE).astype(np.int8)

        def tell(i: int) -> Finding:
            step = int(signs.steps[i])
            figures = {name: float(getattr(signs, name)[i]) for name in ("gradient", "ratio", "trainable", "changed")}
            known = {name: figure for name, figure in figures.items() if np.isfinite(figure)}
            return Finding(
                f"{_sentence(known, params.gradient, params.ratio)}, at step {step:,}",
                {_LONG[name]: figure for name, figure in known.items()},
                {"update_norm/param_norm": f">= {params.ratio:g}", "grad_norm": "above 0"},
                (int(signs.steps[max(0, i - UPDATES + 1)]), step),
                tuple(track.key for role in ROLES if (track := scene.one(role)) is not None),
                "update norm / parameter norm, the gradient norm, and the parameters that are trained or changed",
                {**known, **standing_at(scene, step)},
            )

        return [Reading(ALL, signs.steps, signs.times, levels, tell)]

    def standing(self, scene: Scene) -> Standing:
        ratio, gradient = scene.one("update_ratio") or scene.one("update_norm"), scene.one("grad_norm")
        if ratio is None and gradient is None and scene.one("changed") is None:
            return not_checked(
                "Neither gradient nor update norms are logged: `lineside.watch(model, optimizer)` logs both."
            )
        looked = ratio or gradient or scene.one("changed")
        newest = float(looked.all.values[-1]) if looked is not None and len(looked.all) else 0.0
        also = "" if ratio is not None else ", and no update norm is logged, which `lineside.watch(model)` would bring"
        return passing(f"The newest {looked.key if looked is not None else ''} is {newest:.3g}{also}.")

    def _coarse(self, scene: Scene, steps: I64, zero: Flags) -> Flags:
        """Return at which of the zeros among n steps the norm is printed so coarsely that it may be a small one."""
        track, coarse = scene.one("grad_norm"), np.zeros(len(steps), np.bool_)
        if track is None:
            return coarse
        printed = printed_of(scene.facts.config, track.key)
        for at in np.flatnonzero(zero).tolist():
            past = track.before(int(steps[at]), 256).values
            coarse[at] = resolution(past, printed) > self.params.coarse
        return coarse


_LONG: Final = {
    "gradient": "grad_norm",
    "ratio": "update_norm/param_norm",
    "trainable": "parameters_trainable",
    "changed": "parameters_changed",
}


def _signs(scene: Scene) -> Signs | None:
    """Return what the new points say of the updates, None where there are none."""
    tracks = {role: scene.one(role) for role in ROLES}
    news = [track.new for track in tracks.values() if track is not None and len(track.new)]
    if not news:
        return None
    steps, first = np.unique(np.concatenate([new.steps for new in news]), return_index=True)
    times = np.concatenate([new.times for new in news])[first]

    def values(role: str) -> F64:
        track = tracks[role]
        return np.full(len(steps), np.nan) if track is None else exactly_at(track.all, steps)

    ratio = values("update_ratio")
    ratio = np.where(np.isnan(ratio), values("update_norm") / values("param_norm"), ratio)
    signs = (values("grad_norm"), ratio, values("trainable"), values("changed"))
    known = ~np.isnan(np.stack(signs)).all(axis=0)
    return Signs(steps[known], times[known], *(sign[known] for sign in signs)) if known.any() else None


def _sentence(known: dict[str, float], gradient: float, ratio: float) -> str:
    if known.get("trainable") == 0:
        return "No parameter is trainable"
    if abs(known.get("gradient", 1.0)) < gradient:
        return f"The gradient is zero (norm {known['gradient']:.3g})"
    if known.get("changed") == 0:
        return "The updates change no parameter"
    return f"The updates move nothing: their norm is {known.get('ratio', 0.0):.3g} of the parameters', below {ratio:g}"

"""What is not finite in a stretch: the points of each series, and what the trainer told of its components."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lineside_server.core.events import F64, I64, StoredEvent
from lineside_server.core.roles import SPLITS
from lineside_server.rules.model import Scene
from lineside_server.rules.tape import Track
from lineside_server.rules.windows import Flags

SOFT: Final = frozenset({"grad_norm", "perplexity"})  # they may overflow while the loss is sound
LATER: Final = frozenset({"update_norm", "param_norm", "update_ratio", "loss_scale", "accuracy", "changed"})
LEADS: Final = 4  # the rank from which on a source follows others


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """The non-finite points (n,) of one series or, with what was `done`, of a component as the trainer told it.

    `said` are the steps that it told of, which may lie before `steps` where it was late.

    `rank` says who leads where several begin at one step; None: a series beside the training's own.
    """

    name: str
    rank: int | None
    steps: I64
    times: F64
    values: F64
    soft: bool = False
    evaluated: bool = False
    done: Sequence[str] = ()
    said: Sequence[int] = ()

    def at(self, step: int) -> int | None:
        """Return the place of a step, None where the source is sound there."""
        place = int(np.searchsorted(self.steps, step))
        return place if place < len(self.steps) and self.steps[place] == step else None


def sources_in(scene: Scene) -> list[Source]:
    """Return what is not finite among the new points and in the events of a stretch."""
    reported = _reported(scene)
    found = []
    for key, track in scene.tracks.items():
        new = track.new
        sound = np.isfinite(new.values)
        if not sound.all():
            role = scene.facts.roles.get(key, "")
            bad = ~sound
            points = (new.steps[bad], new.times[bad], new.values[bad])
            found.append(Source(key, _rank(role), *points, role in SOFT, is_eval(key, role)))
    return reported + found


def is_eval(key: str, role: str) -> bool:
    """Return whether a series belongs to an eval: by its role, or by the group that its key begins with."""
    return role.startswith("eval.") or ("/" in key and SPLITS.get(key.partition("/")[0].lower(), "train") != "train")


def _rank(role: str) -> int | None:
    if role.endswith("component"):
        return 1
    if role.startswith(("train.", "eval.")) or role == "lr":
        return 2
    if role in SOFT:
        return 3
    return LEADS if role in LATER else None


def _reported(scene: Scene) -> list[Source]:
    """Return what the trainer told, by component; one that is a series too goes by the key of that."""
    told: dict[str, list[StoredEvent]] = {}
    for event in scene.events:
        component = event.body.get("component")
        if event.type == "nonfinite" and isinstance(component, str):
            told.setdefault(_series_of(component, scene.tracks), []).append(event)
    return [_told(name, events, scene) for name, events in told.items()]


def _told(name: str, events: Sequence[StoredEvent], scene: Scene) -> Source:
    # One that comes late counts at the first step that is not judged yet.
    placed = {max(scene.from_step if event.step is None else event.step, scene.from_step): event for event in events}
    steps = sorted(placed)
    return Source(
        name,
        0,
        np.array(steps, np.int64),
        np.array([placed[step].ts for step in steps]),
        np.array([_number(placed[step].body.get("value")) for step in steps]),
        soft=scene.facts.roles.get(name, name) in SOFT,
        evaluated=is_eval(name, scene.facts.roles.get(name, "")),
        said=[step if (told := placed[step].step) is None else told for step in steps],
        done=[str(placed[step].body.get("action", "none")) for step in steps],
    )


def _series_of(component: str, tracks: dict[str, Track] | object) -> str:
    if not isinstance(tracks, dict) or component in tracks:
        return component
    same = [key for key in tracks if key.rpartition("/")[2] == component]
    return min(same, key=lambda key: (SPLITS.get(key.partition("/")[0].lower(), "") != "train", key), default=component)


def _number(told: object) -> float:
    try:
        return float(str(told))
    except ValueError:
        return float("nan")


def among(steps: I64, sources: Sequence[Source]) -> Flags:
    """Return which of the steps (n,) one of the sources is not finite at."""
    return (
        np.isin(steps, np.concatenate([source.steps for source in sources])) if sources else np.zeros(len(steps), bool)
    )

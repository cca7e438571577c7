"""An eval that gives the very same figures again and again, or that does not come at all."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from lineside_server.core.findings import Finding, Level
from lineside_server.rules.clues import sound, standing_at
from lineside_server.rules.losses import clock, eval_losses, eval_name, level_at, train_loss
from lineside_server.rules.model import Reading, Rule, Scene, Standing, levels_of, not_checked, passing
from lineside_server.rules.tape import Track
from lineside_server.rules.windows import finite, median_of, recent

MISSING: Final = "missing"  # the subject of evals that do not come
EVALS: Final = ("eval/", "eval_", "val/", "val_", "valid", "test/", "test_")
# What an eval says of itself, not of the model.
BESIDE: Final = re.compile(r".*(time|second|speed|epoch|_at|count|samples|steps|memory|capped|weight.*)$")


@dataclass(slots=True)
class Last:
    """How often in a row an eval has given the same, at which step first, and the train loss of then."""

    same: int = 0
    since: int = -1
    train: float = float("nan")


class EvalFrozen(Rule):
    id, title, family = "eval-frozen", "an eval that does not move, or does not come", "learning"

    @dataclass(frozen=True)
    class Params:
        evals: int = 3  # with the same figures: warning
        many: int = 5  # critical
        late: float = 1.5  # declared intervals without an eval

    @dataclass
    class State:
        sets: dict[str, Last] = field(default_factory=dict)

    @np.errstate(all="ignore")
    def observe(self, scene: Scene) -> list[Reading]:
        losses = eval_losses(scene)
        names = [eval_name(track.key) for track in losses]
        readings = [self._frozen(scene, track, _members(scene, track, names)) for track in losses if len(track.new)]
        late = self._late(scene, losses)
        return readings if late is None else [*readings, late]

    def standing(self, scene: Scene) -> Standing:
        losses = eval_losses(scene)
        every = scene.facts.intent.eval_every
        if not losses and every:
            return not_checked(f"No eval loss yet; an eval every {every:,} steps is declared.")
        if not losses:
            return not_checked('No eval loss is logged: add `lineside.log({"eval/loss": value}, step=step)`.')
        most = max(losses, key=lambda track: track.count)
        if most.count < self.params.evals:
            return not_checked(f"{most.count} evals of {most.key}; {self.params.evals} are needed.")
        return passing(f"{most.count:,} evals of {most.key}, the newest differs from those before it.")

    def _frozen(self, scene: Scene, track: Track, members: Sequence[Track]) -> Reading:
        """Judge each eval by how many before it gave the same, in the loss and in everything else that it gives."""
        last = self.state.sets.setdefault(track.key, Last())
        points, begin = recent(track, 1)
        new, values = track.new, points.values
        same = np.concatenate([[False], np.isfinite(values[1:]) & (values[1:] == values[:-1])])
        train = train_loss(scene)
        counts, sinces, trains = [], [], []
        for at in range(begin, len(points)):
            step = int(points.steps[at])
            if same[at] and all(_unmoved(member, int(points.steps[at - 1]), step) for member in members):
                last.same += 1
            else:
                last.same, last.since = 1, step
                last.train = level_at(train, step, 16) if train is not None else float("nan")
            counts.append(last.same)
            sinces.append(last.since)
            trains.append(last.train)
        levels = levels_of(len(new))
        levels[np.array(counts) >= self.params.evals] = Level.WARNING
        levels[np.array(counts) >= self.params.many] = Level.CRITICAL

        @np.errstate(all="ignore")
        def tell(i: int) -> Finding:
            step, value, count, since = int(new.steps[i]), float(new.values[i]), counts[i], sinces[i]
            moved = _moved(train, trains[i], step)
            return Finding(
                f"{track.key} is {value:.10g} for the {_nth(count)} eval in a row, bit for bit, since step {since:,}",
                {"value": value, "evals": count, "since_step": since, "steps_advanced": step - since, **moved},
                {"evals": 1},
                (since, step),
                (track.key, *(member.key for member in members[:7])),
                "evals whose figures all equal those of the eval before, bit for bit",
                {"evals": count, **moved, **standing_at(scene, step)},
            )

        return Reading(eval_name(track.key), new.steps, new.times, levels, tell)

    def _late(self, scene: Scene, losses: Sequence[Track]) -> Reading | None:
        """Judge the steps by how long ago the newest eval was, where it is declared how often they come."""
        every, ticking = scene.facts.intent.eval_every, clock(scene)
        if not every or ticking is None or not len(ticking.new):
            return None
        new = ticking.new
        newest = np.full(len(new), int(ticking.first.steps[0]), np.int64)
        for track in losses or _evals(scene):
            at = np.searchsorted(track.all.steps, new.steps, side="right") - 1
            newest = np.where(at >= 0, np.maximum(newest, track.all.steps[at]), newest)
        levels = levels_of(len(new))
        levels[new.steps - newest > self.params.late * every] = Level.WARNING
        first = int(ticking.first.steps[0])

        def tell(i: int) -> Finding:
            step, last = int(new.steps[i]), int(newest[i])
            since = f"since step {last:,}" if last > first else "so far"
            return Finding(
                f"No eval came {since}, at step {step:,}; one every {every:,} steps is declared",
                {"steps_without": step - last, "last_eval_step": last if last > first else None},
                {"eval_every": every},
                (last, step),
                tuple(track.key for track in losses),
                f"steps since the newest eval > {self.params.late:g} times the declared interval",
                {"missing": True, "ever": last > first},
            )

        return Reading(MISSING, new.steps, new.times, levels, tell)


def _evals(scene: Scene) -> list[Track]:
    """Return the series that evals log where none of them is a loss."""
    return [track for key, track in scene.tracks.items() if key.lower().startswith(EVALS)]


def _members(scene: Scene, loss: Track, names: Sequence[str]) -> list[Track]:
    """Return what else an eval gives: the series under its name that belong to no other eval set."""
    name = eval_name(loss.key)
    others = [other for other in names if other != name and other.startswith(name)]
    return [
        track
        for key, track in scene.tracks.items()
        if key.startswith((f"{name}/", f"{name}_"))
        and key != loss.key
        and not BESIDE.fullmatch(key.rpartition("/")[2].lower())
        and not any(key.startswith(other) for other in others)
    ]


def _unmoved(track: Track, before: int, now: int) -> bool:
    """Return whether a series has the same value at two steps; what is missing or not a number says nothing."""
    first, second = track.at(before), track.at(now)
    if first is None or second is None or not (np.isfinite(first) and np.isfinite(second)):
        return True
    return first == second


def _moved(train: Track | None, then: float, step: int) -> dict[str, float]:
    """Return the train loss at the first and at the newest of the evals that agree, and its spread of late."""
    if train is None:
        return {}
    past = train.before(step, 64).values
    spread = median_of(np.abs(finite(past) - median_of(past)))
    return sound({"train_then": then, "train_now": level_at(train, step, 16), "train_spread": spread})


def _nth(count: int) -> str:
    if count % 100 in (11, 12, 13):
        return f"{count:,}th"
    words = {3: "third", 4: "fourth", 5: "fifth"}
    return words.get(count) or f"{count:,}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(count % 10, 'th') }"

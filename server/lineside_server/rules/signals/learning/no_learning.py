"""A loss that stays where it began, or at the level of guessing."""

import math
import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lineside_server.core.events import F64, I64
from lineside_server.core.findings import Finding, Level
from lineside_server.core.scales import declared_classes
from lineside_server.rules.clues import sound, standing_at
from lineside_server.rules.losses import eval_losses, level_at, start_of, train_loss
from lineside_server.rules.model import Levels, Reading, Rule, Scene, Standing, levels_of, not_checked, passing
from lineside_server.rules.signals.learning.stillness import decisive, is_flat, is_refuted
from lineside_server.rules.tape import Track
from lineside_server.rules.windows import Flags, finite, medians, recent, streaks, trailing

# Names of losses that are the cross-entropy of a choice between classes, in nats.
CROSS_ENTROPY: Final = re.compile(r"(.*_)?(lm|mlm|clm|ce|nll|xent|cross_entropy)(_loss)?(_\d+)?")
LOOKED_AT: Final = 16  # points from one look at the evidence to the next


@dataclass(frozen=True, slots=True, eq=False)
class Chance:
    """The level of guessing: ln of so many classes, and where a series stands to it at n steps."""

    key: str
    classes: float
    near: Flags  # within 2% of it, where it also began
    same: Flags  # the very same value, five times
    back: Flags  # at or above it again

    @property
    def nats(self) -> float:
        return math.log(self.classes)


class NoLearning(Rule):
    id, title, family = "no-learning", "a loss that stays where it began, or at guessing", "learning"

    @dataclass(frozen=True)
    class Params:
        updates: int = 200
        evals: int = 5
        near_chance: float = 0.02
        near_start: float = 0.03
        window: int = 16  # points of the median
        warmups: float = 2.0  # it is judged after so many
        begun: float = 0.1  # of the declared updates
        same: int = 5  # equal values
        same_within: float = 0.001
        back: int = 3  # points in a row at which the median of the last `back_window` is at guessing or above
        back_window: int = 8  # a few bad batches are none of it
        learnt: float = 0.8  # of the level of guessing

    @dataclass
    class State:
        key: str = ""
        since: int = -1  # update from which on the loss has stood still, -1: it does not
        since_step: int = -1
        learnt: bool = False  # the cross-entropy was below 0.8 of the level of guessing
        level: int = 0  # as last looked at

    @np.errstate(all="ignore")
    def observe(self, scene: Scene) -> list[Reading]:
        track = train_loss(scene)
        if track is None or not len(track.new):
            return []
        if track.key != self.state.key:
            self.state = self.State(track.key)
        chance = self._chance(scene, track.new.steps)
        return [self._reading(scene, track, chance)]

    def standing(self, scene: Scene) -> Standing:
        track = train_loss(scene)
        if track is None:
            return not_checked('No train loss is logged: add `lineside.log({"loss": loss.item()})`.')
        if track.count < self.params.window:
            return not_checked(f"{track.count} points of {track.key} are too few: {self.params.window} are needed.")
        now, start = float(_level(track, self.params.window)[-1]), start_of(track)
        classes = declared_classes(scene.facts.config)
        told = (
            f"; guessing is {math.log(classes[0]):.4g}"
            if classes
            else "; what guessing gives is not known, as the config names no `vocab_size` or `num_labels`"
        )
        return passing(f"{track.key} went from {start:.4g} to {now:.4g}{told}.")

    def _chance(self, scene: Scene, steps: I64) -> Chance | None:
        """Return where a cross-entropy stands to the level of guessing, None where there is none to be compared."""
        track, classes = _cross_entropy(scene), declared_classes(scene.facts.config)
        if track is None or classes is None or classes[0] < 2:
            return None
        nats, params = math.log(classes[0]), self.params
        points, begin = recent(track, params.window + params.back_window)
        values = finite(points.values)
        low = np.concatenate([[False], values[:-1] < params.learnt * nats])
        learnt = np.concatenate([np.zeros(begin, np.bool_), np.logical_or.accumulate(low[begin:])]) | self.state.learnt
        if len(track.new):
            self.state.learnt = bool(learnt[-1] or values[-1] < params.learnt * nats)
        if not (values >= (1 - params.near_chance) * nats).any():  # no median can be near, nor above
            nowhere = np.zeros(len(steps), np.bool_)
            return Chance(track.key, classes[0], nowhere, nowhere, nowhere)
        level = medians(trailing(values, params.window), params.window)
        near = (np.abs(level / nats - 1) <= params.near_chance) & (start_of(track) >= (1 - 0.15) * nats)
        exact = np.concatenate([[False], values[1:] == values[:-1]]) & (np.abs(values / nats - 1) <= params.same_within)
        updates = scene.updates(points.steps)
        apart = updates - np.roll(updates, params.same - 1) >= params.same - 1
        same = (streaks(exact) >= params.same - 1) & apart & (updates > self._warmup(scene))
        lately = medians(trailing(values, params.back_window), params.back)
        back = (streaks(lately >= nats) >= params.back) & learnt
        flags = (_asof(points.steps, flag, steps) for flag in (near, same, back))
        return Chance(track.key, classes[0], *flags)

    def _reading(self, scene: Scene, track: Track, chance: Chance | None) -> Reading:
        """Follow since when the loss stands still; what that means is looked at every 16 points."""
        new, params = track.new, self.params
        level, start = _level(track, params.window)[-len(new) :], start_of(track)
        still = (np.abs(level / start - 1) <= params.near_start) if start > 0 else np.zeros(len(new), np.bool_)
        near = chance.near if chance is not None else np.zeros(len(new), np.bool_)
        updates, levels = scene.updates(new.steps), levels_of(len(new))
        due = updates > max(params.warmups * self._warmup(scene), params.begun * self._updates_planned(scene))
        ticks = (np.arange(track.count - len(new), track.count) + 1) % LOOKED_AT == 0
        onset = self._onsets(updates, new.steps, still | near)
        lasting = due & (onset[0] >= 0) & (updates - onset[0] >= params.updates)
        lasting &= self._evals_since(scene, onset[1], new.steps)
        for at in np.flatnonzero(lasting & ticks).tolist():
            levels[at] = self._meaning(scene, track, int(new.steps[at]), near=bool(near[at]))
        levels = self._held(levels, ticks, lasting)
        if chance is not None:
            levels[chance.same | chance.back] = Level.CRITICAL
        return self._told(scene, track, (levels, level, start, onset[1]), chance)

    def _onsets(self, updates: I64, steps: I64, still: Flags) -> tuple[I64, I64]:
        """Return update and step (n,) since which the loss has stood still, -1 where it does not."""
        state, place = self.state, np.arange(len(steps))
        broken = np.maximum.accumulate(np.where(still, -1, place))
        begin = np.minimum(broken + 1, len(steps) - 1)
        before = (state.since, state.since_step) if state.since >= 0 else (int(updates[0]), int(steps[0]))
        since = np.where(still, np.where(broken >= 0, updates[begin], before[0]), -1)
        since_step = np.where(still, np.where(broken >= 0, steps[begin], before[1]), -1)
        state.since, state.since_step = int(since[-1]), int(since_step[-1])
        return since, since_step

    def _evals_since(self, scene: Scene, since: I64, steps: I64) -> Flags:
        """Return where enough evals have come since, which those of a run that logs none always have."""
        tracks = eval_losses(scene)
        if not tracks:
            return np.ones(len(steps), np.bool_)
        most = max(tracks, key=lambda track: track.count).all.steps
        came = np.searchsorted(most, steps, side="right") - np.searchsorted(most, since, side="right")
        enough: Flags = came >= self.params.evals
        return enough

    def _held(self, levels: Levels, ticks: Flags, lasting: Flags) -> Levels:
        """Return the levels of the looks, each held until the next."""
        last = np.maximum.accumulate(np.where(ticks, np.arange(len(ticks)), -1))
        held = np.where(last >= 0, levels[last], self.state.level)
        self.state.level = int(held[-1])
        return np.where(lasting, held, Level.NONE).astype(np.int8)

    def _meaning(self, scene: Scene, track: Track, step: int, *, near: bool) -> Level:
        """Return how bad it is that the loss stands still: a flat loss by itself is no more than a note."""
        if is_refuted(scene, step) or not (near or _from_the_beginning(track)):
            return Level.NONE
        if near or decisive(scene, step):
            return Level.CRITICAL
        if not is_flat(track, step):
            return Level.NONE
        return Level.CRITICAL if scene.facts.intent.schedule is not None else Level.INFO

    def _warmup(self, scene: Scene) -> int:
        schedule = scene.facts.intent.schedule or scene.facts.inferred.schedule
        return schedule.warmup if schedule is not None and schedule.unit == "update" else 0

    def _updates_planned(self, scene: Scene) -> int:
        intent = scene.facts.intent
        schedule = intent.schedule or scene.facts.inferred.schedule
        if schedule is not None and schedule.total and schedule.unit == "update":
            return schedule.total
        total = intent.total_steps or 0
        return total if intent.step_unit == "update" else total // intent.accumulation

    def _told(
        self, scene: Scene, track: Track, stand: tuple[Levels, F64, float, I64], chance: Chance | None
    ) -> Reading:
        levels, level, start, since = stand
        new, params = track.new, self.params

        @np.errstate(all="ignore")
        def tell(i: int) -> Finding:
            step, begin = int(new.steps[i]), max(int(since[i]), int(track.first.steps[0]))
            observed: dict[str, Any] = {"loss": float(level[i])}
            expected: dict[str, Any] = {"began_with": start}
            keys = [track.key]
            if chance is not None:
                observed[chance.key] = level_at(scene.tracks[chance.key], step, params.window)
                expected["guessing"] = chance.nats
                keys += [chance.key] if chance.key != track.key else []
            return Finding(
                _title(scene, track, chance, (i, float(level[i]), start)),
                sound(observed),
                sound(expected),
                (begin, step),
                tuple(keys),
                f"median of the last {params.window} points against the median of the first 5, and against ln(classes)",
                sound(
                    {
                        "at_chance": chance is not None and bool(chance.near[i] or chance.same[i]),
                        "lost": chance is not None and bool(chance.back[i]),
                        "flat": is_flat(track, step),
                        "start": start,
                        "loss": float(level[i]),
                        "facts": decisive(scene, step),
                        **standing_at(scene, step),
                    }
                ),
            )

        return Reading("train", new.steps, new.times, levels, tell)


def _title(scene: Scene, track: Track, chance: Chance | None, figures: tuple[int, float, float]) -> str:
    """`figures` are the place among the new points, the loss there, and the one that it began with."""
    i, level, start = figures
    step = f"at step {int(track.new.steps[i]):,}"
    if chance is not None:
        guessing = f"ln({chance.classes:,.0f}) = {chance.nats:.4g}"
        if chance.back[i]:
            return f"{chance.key} is back at guessing {step}, {guessing}, after it had learnt"
        if chance.same[i]:
            return f"{chance.key} gives the same value again and again {step}: {guessing}, that of guessing"
        if chance.near[i]:
            now = level_at(scene.tracks[chance.key], int(track.new.steps[i]), LOOKED_AT)
            return f"{chance.key} is {now:.4g} {step}, the {guessing} of guessing"
    return f"{track.key} is {level:.4g} {step}, {abs(level / start - 1):.1%} off the {start:.4g} that it began with"


def _cross_entropy(scene: Scene) -> Track | None:
    """Return the train series that is a cross-entropy: a term of that name, or a total that has no other terms."""
    terms, total = scene.of("train.component"), train_loss(scene)
    named = [track for track in terms if CROSS_ENTROPY.fullmatch(track.key.rpartition("/")[2].lower())]
    if named or terms:
        return named[0] if named else None
    others = [name for name in scene.facts.intent.losses if not CROSS_ENTROPY.fullmatch(name.lower())]
    return None if others else total


def _level(track: Track, window: int) -> F64:
    """Return the median of the last points, for the new ones and up to a window before them."""
    points, begin = recent(track, window)
    return medians(trailing(finite(points.values), window), window)[begin if len(track.new) else 0 :]


def _asof(known: I64, flags: Flags, steps: I64) -> Flags:
    place = np.searchsorted(known, steps, side="right") - 1
    found: Flags = (place >= 0) & flags[np.maximum(place, 0)]
    return found


def _from_the_beginning(track: Track) -> bool:
    """Return whether the first points are those of the beginning: an excerpt, or a resumed run, starts elsewhere."""
    steps = track.first.steps
    return len(steps) > 1 and (steps[0] <= 200 or steps[0] <= 2 * (steps[1] - steps[0]))

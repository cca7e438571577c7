"""step-accounting: what is declared about lengths, and the way in which steps advance, contradict each other."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from lineside_server.core.facts import Facts
from lineside_server.core.findings import Finding, Level
from lineside_server.rules.model import Hold, Reading, Rule, Scene, Standing, not_checked, passing
from lineside_server.rules.signals.declared.claims import Claim, claims, counted_updates
from lineside_server.rules.signals.declared.stride import Stride, look

DECLARATION: Final = "declaration"
STRIDE: Final = "stride"
ONCE: Final = Hold()


@dataclass
class State:
    """`said`: the contradictions as last told; `begun`: whether a first point has come."""

    begun: bool = False
    said: list[str] = field(default_factory=list)
    stride: Stride = field(default_factory=Stride)


class StepAccounting(Rule):
    """The declarations are held against each other at the first point and after each new word; strides as they come."""

    id, title, family = "step-accounting", "The declared lengths contradict each other", "declared"
    State = State

    @dataclass(frozen=True)
    class Params:
        points: int = 10  # of a series that show its stride
        factor: float = 1.5  # by which a stride must be off

    def __init__(self, params: object = None) -> None:
        super().__init__(params)
        self._facts: Facts | None = None
        self._claims: list[Claim] = []

    def observe(self, scene: Scene) -> Iterable[Reading]:
        if self._news(scene.facts):
            yield from self._declared(scene)
        yield from self._stride(scene)

    def standing(self, scene: Scene) -> Standing:
        counted, schedule = counted_updates(scene.facts), scene.facts.intent.schedule
        if schedule is None and counted is None:
            return not_checked(
                'Neither a schedule nor the length is declared: add `"epochs"`, `"steps_per_epoch"`, `"step_unit"` and '
                '`"accumulation"` to the intent.'
            )
        if counted is None:
            return not_checked(
                'The number of batches is not declared: add `"steps_per_epoch": len(loader)`, `"epochs"` and '
                '`"step_unit": "batch"` to the intent; streaming data has no length to check.'
            )
        total = "" if schedule is None or schedule.total is None else f", and the schedule counts {schedule.total:,}"
        return passing(f"The declarations agree: {counted[2]} updates{total}.")

    def _news(self, facts: Facts) -> bool:
        """Return whether what contradicts is another than what was last said."""
        known = self._facts is not None and self._facts.intent is facts.intent and self._facts.config is facts.config
        if not known:
            self._facts, self._claims = facts, claims(facts)
        return not self.state.begun or self.state.said != [claim.title for claim in self._claims]

    def _declared(self, scene: Scene) -> Iterable[Reading]:
        """Say what contradicts at the first point that comes."""
        first = _first_point(scene)
        if first is None:
            return
        (step, time), found = first, tuple(self._claims)
        self.state.begun, self.state.said = True, [claim.title for claim in found]
        level = max((claim.level for claim in found), default=Level.NONE)
        steps, levels = np.array([step], np.int64), np.array([level], np.int8)
        yield Reading(DECLARATION, steps, np.array([time]), levels, lambda _: _finding(found, step), ONCE)

    def _stride(self, scene: Scene) -> Iterable[Reading]:
        track = scene.one("lr") or scene.one("train.loss")
        if track is None or not len(track.new):
            return
        found = look(scene, track, self.state.stride, self.params.points, self.params.factor)
        if found is None:
            return
        levels, tell = found
        yield Reading(STRIDE, track.new.steps, track.new.times, levels, tell, ONCE)


def _first_point(scene: Scene) -> tuple[int, float] | None:
    """Return the step and the time of the first new point of any series."""
    news = [(track.all, track.fresh) for track in scene.tracks.values() if len(track.all) > track.fresh]
    return min(((int(all_.steps[at]), float(all_.times[at])) for all_, at in news), default=None)


def _finding(found: tuple[Claim, ...], step: int) -> Finding:
    worst = found[0]
    told: dict[str, Any] = {}
    against: dict[str, Any] = {}
    clues: dict[str, Any] = {"claims": [claim.id for claim in found]}
    for claim in found:
        told, against, clues = {**claim.told, **told}, {**claim.against, **against}, {**claim.clues, **clues}
    also = [claim.title for claim in found[1:]]
    return Finding(
        title=worst.title,
        observed=told | ({"also": also} if also else {}),
        expected=against,
        window=(step, step),
        keys=(),
        formula="; ".join(claim.formula for claim in found if claim.formula),
        clues=clues,
    )

"""Examining a run: any cut of the same points gives the same, and a rule that fails stops nothing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lineside_server.core.findings import Finding
from lineside_server.rules.examine import Examiner
from lineside_server.rules.intake import Stretch
from lineside_server.rules.knowledge import facts_of, refine
from lineside_server.rules.model import NoState, Reading, Rule, Scene, Standing, passing
from lineside_server.rules.tape import Points


class Above(Rule):
    """A rule for these tests: the train loss stands above a bound."""

    id, title, family = "above", "loss above a bound", "user"

    @dataclass(frozen=True)
    class Params:
        bound: float = 1.0

    State = NoState

    def observe(self, scene: Scene) -> Iterable[Reading]:
        track = scene.one("train.loss")
        if track is None or not len(track.new):
            return
        new = track.new
        levels = np.where(new.values > self.params.bound, 2, 0).astype(np.int8)

        def tell(i: int) -> Finding:
            step = int(new.steps[i])
            return Finding(f"{new.values[i]:g}", {}, {}, (step, step), (track.key,))

        yield Reading("train", new.steps, new.times, levels, tell)

    def standing(self, scene: Scene) -> Standing:
        return passing(f"looked through step {scene.to_step}")


class Failing(Above):
    id = "failing"

    def observe(self, scene: Scene) -> Iterable[Reading]:
        raise RuntimeError(f"no word on step {scene.to_step}")


def test_a_breach_fires_where_it_is_and_is_resolved_where_it_ends(judge: Callable[..., Any]) -> None:
    judged = judge(Above, {"train/loss": (range(300), [0.0] * 100 + [2.0] * 50 + [0.0] * 150)})
    assert [(t.kind, t.step) for t in judged.transitions] == [("fired", 100), ("resolved", 150)]
    assert judged.newest()[0].last_step == 149
    assert judged.check.reason == "looked through step 299"


def test_long_runs_are_looked_at_in_parts(judge: Callable[..., Any]) -> None:
    values = np.zeros(10_000)
    values[[5000, 9999]] = 2.0
    judged = judge(Above, {"train/loss": (range(10_000), values)})
    assert [t.step for t in judged.fired] == [5000, 9999]


def test_a_rule_that_fails_is_off_and_says_so_while_the_others_go_on() -> None:
    examiner = Examiner([Failing(), Above()], facts_of({}, {}), refine)
    points = Points(np.arange(3), np.arange(3.0), np.array([0.0, 2.0, 2.0]))
    said = examiner.examine(Stretch({"train/loss": points}))
    assert [(t.rule, t.kind, t.step) for t in said if t.kind == "fired"] == [("above", "fired", 1)]
    failing, above = examiner.checks()
    assert failing.verdict == "not_checked"
    assert "no word on step" in (failing.broken or "")
    assert above.verdict == "firing"

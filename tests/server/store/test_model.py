"""Whatever is sent, in whatever order and however often: a read equals a dictionary that was told the same."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from lineside_server.core.series import SeriesQuery
from lineside_server.store import reads
from lineside_server.store.work import Sealing

if TYPE_CHECKING:
    from tests.server.store.conftest import Box, Boxes

KEYS = ("train/loss", "eval/loss", "épée/🚂")
Writer = Literal["a", "b", "c"]
value = st.one_of(
    st.floats(-1e6, 1e6), st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -0.0]), st.floats(width=64)
)
block = st.lists(st.integers(0, 40), min_size=1, max_size=6).flatmap(
    lambda steps: st.tuples(
        st.just(steps),
        st.dictionaries(st.sampled_from(KEYS), st.lists(value, min_size=len(steps), max_size=len(steps)), min_size=1),
    )
)
send = st.tuples(st.just("send"), st.sampled_from(["a", "b", "c"]), st.integers(0, 12), block)
other = st.sampled_from([("resume", "b"), ("resume", "c"), ("reopen",)])
actions = st.lists(st.one_of(send, send, send, send, other), max_size=40)


@dataclass
class Model:
    """The rules of API.md in the plainest words; all writers speak with true clocks."""

    now: float = 1000.0
    attempts: list[dict[str, dict[int, float]]] = field(default_factory=lambda: [{}])
    begun: list[float] = field(default_factory=lambda: [0.0])
    of: dict[str, int] = field(default_factory=lambda: {"a": 0})
    opened: dict[str, float] = field(default_factory=lambda: {"a": 1000.0})
    spoke: dict[str, float] = field(default_factory=dict)
    pending: set[str] = field(default_factory=set)
    seen: set[tuple[str, int]] = field(default_factory=set)
    corrected: int = 0

    def resume(self, writer: str) -> None:
        if writer not in self.of:
            self.of[writer], self.opened[writer] = len(self.attempts) - 1, self.now
            self.pending.add(writer)

    def send(self, writer: str, seq: int, steps: list[int], values: dict[str, list[float]]) -> bool:
        """Whether it was new."""
        if (writer, seq) in self.seen:
            return False
        self.seen.add((writer, seq))
        self.of.setdefault(writer, len(self.attempts) - 1)
        self.opened.setdefault(writer, self.now)
        self.spoke[writer] = self.now
        logged = self.attempts[self._attempt(writer, min(steps))]
        for key, column in values.items():
            series = logged.setdefault(key, {})
            for step, one in zip(steps, column, strict=True):
                self.corrected += step in series
                series[step] = one
        return True

    def _attempt(self, writer: str, first: int) -> int:
        newest = len(self.attempts) - 1
        there = [step for series in self.attempts[newest].values() for step in series]
        alive = any(
            moment > self.opened[writer] and self.of[one] == newest and one not in self.pending
            for one, moment in self.spoke.items()
            if one != writer
        )
        if self.of[writer] < newest:
            if self.now > self.begun[newest]:
                self.of[writer] = newest
        elif writer in self.pending and there and first <= max(there) and not alive:
            self.attempts.append({})
            self.begun.append(self.opened[writer])
            self.of[writer] = newest + 1
        self.pending.discard(writer)
        return self.of[writer]

    def points(self, key: str) -> dict[int, float]:
        seen: dict[int, float] = {}
        for attempt in self.attempts:
            if attempt:
                first = min(step for series in attempt.values() for step in series)
                seen = {step: one for step, one in seen.items() if step < first}
            seen |= attempt.get(key, {})
        return dict(sorted(seen.items()))


def played(box: Box, told: list[tuple[object, ...]]) -> Model:
    model = Model()
    box.open("a")
    for action in told:
        box.clock.advance(1.0)
        model.now += 1.0
        match action:
            case ("send", str(writer), int(seq), (list(steps), dict(values))):
                new = model.send(writer, seq, steps, values)
                applied = box.send(seq, box.columns(steps, **values), writer=writer)
                assert applied.duplicate is not new
            case ("resume", str(writer)):
                box.open(writer, resume="allow")
                model.resume(writer)
            case _:
                box.reopen()
    return model


def same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))


def equal(found: dict[int, float], expected: dict[int, float]) -> bool:
    return list(found) == list(expected) and all(map(same, found.values(), expected.values()))


def test_a_read_is_what_a_dictionary_would_say(boxes: Boxes) -> None:
    @settings(max_examples=boxes.examples(60))
    @given(actions, st.integers(1, 4), st.integers(0, 45), st.integers(0, 45))
    def check(told: list[tuple[object, ...]], chunk: int, low: int, high: int) -> None:
        box = boxes.new(Sealing(steps=7, bytes=1 << 20, rows=3, chunk_points=chunk * 3))
        model = played(box, told)
        page = reads.read_series(box.store, "r", SeriesQuery(points=10**6))
        streamed: dict[str, dict[int, float]] = {key: {} for key in KEYS}
        for part in reads.stream_series(box.store, "r", page=chunk):
            streamed[part.key] |= dict(zip(part.steps.tolist(), part.values.tolist(), strict=True))
        for key, view in page.series.items():
            expected = model.points(key)
            assert equal(dict(zip(view.step.tolist(), view.value.tolist(), strict=True)), expected)
            assert view.count == len(expected)
            assert not view.thinned
            assert equal(streamed[key], expected)
            window = {step: one for step, one in expected.items() if low <= step <= high}
            assert equal(box.points(key, from_step=low, to_step=high), window)
            check_summary(box, key, expected)
            for limit in (1, 2, 5):
                check_thinned(box, key, expected, limit)
        for number, attempt in enumerate(model.attempts, start=1):
            for key, series in attempt.items():
                assert equal(box.points(key, attempt=number), dict(sorted(series.items())))

    check()


def check_thinned(box: Box, key: str, expected: dict[int, float], limit: int) -> None:
    view = box.view(key, points=limit)
    finite = [one for one in expected.values() if math.isfinite(one)]
    assert view.count == len(expected)
    assert view.thinned == (len(expected) > limit)
    assert len(view.step) <= limit
    assert list(view.step) == sorted(set(view.step.tolist()))
    if expected:
        assert view.step[0] == min(expected)
        assert view.last is not None
        assert view.last[0] == max(expected)
        assert same(view.last[2], expected[max(expected)])
    kept = [one for one in view.max.tolist() if math.isfinite(one)]
    assert max(kept, default=None) == max(finite, default=None)
    kept = [one for one in view.min.tolist() if math.isfinite(one)]
    assert min(kept, default=None) == min(finite, default=None)
    assert sum(run.count for run in view.nonfinite) == len(expected) - len(finite)
    assert len(view.nonfinite) <= max(limit, 3)
    for run in view.nonfinite:
        matching = [
            step for step, one in expected.items() if run.step <= step <= run.last_step and kind(one) == run.kind
        ]
        assert len(matching) == run.count


def kind(one: float) -> str:
    return "finite" if math.isfinite(one) else str(one)


def check_summary(box: Box, key: str, expected: dict[int, float]) -> None:
    found = reads.summaries(box.store, "r").get(key)
    alone = reads.summaries(box.store, "r", (key, "no such series"))
    assert list(map(repr, alone.values())) == ([] if found is None else [repr(found)])
    finite = [one for one in expected.values() if math.isfinite(one)]
    if not expected:
        assert found is None
        return
    assert found is not None
    assert (found.count, found.nonfinite) == (len(expected), len(expected) - len(finite))
    assert (found.min, found.max) == (min(finite, default=None), max(finite, default=None))
    assert found.last_step == max(expected)
    assert same(found.last, expected[max(expected)])


def test_each_corrected_point_is_counted(boxes: Boxes) -> None:
    @settings(max_examples=boxes.examples(25))
    @given(st.lists(st.tuples(st.lists(st.integers(0, 30), min_size=1, max_size=5), value), max_size=30))
    def check(told: list[tuple[list[int], float]]) -> None:
        box = boxes.new(Sealing(steps=6, bytes=1 << 20, rows=4, chunk_points=4))
        box.open()
        model = Model()
        for seq, (steps, one) in enumerate(told):
            box.send(seq, box.columns(steps, loss=[one] * len(steps)))
            model.send("a", seq, steps, {"loss": [one] * len(steps)})
        if told:
            assert box.view("loss").corrected == model.corrected

    check()

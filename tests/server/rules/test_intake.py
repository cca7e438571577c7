"""The watermark: any batching, any order within the wait and any repetition gives the same steps in the same order."""

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lineside_server.core.events import Columns, StoredEvent
from lineside_server.rules.intake import GAP_S, IDLE_S, Arrival, Intake, Stretch

Row = tuple[int, str, float]


def column(step: int, key: str, value: float) -> Columns:
    return Columns(np.array([step]), np.array([float(step)]), {key: np.array([value])})


def arrival(
    seq: int, rows: list[Row], events: tuple[StoredEvent, ...] = (), at: float = 0.0, writer: str = "w"
) -> Arrival:
    return Arrival(writer, seq, tuple(column(*row) for row in rows), events, at)


def points(*stretches: Stretch) -> dict[str, list[tuple[int, float]]]:
    found: dict[str, list[tuple[int, float]]] = {}
    for stretch in stretches:
        for key, part in stretch.points.items():
            found.setdefault(key, []).extend(zip(part.steps.tolist(), part.values.tolist(), strict=True))
    return found


ROWS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["a", "b", "c"]), st.floats(0, 9)), min_size=1, max_size=60
)


@given(ROWS, st.integers(0, 1000))
def test_any_batching_and_order_gives_the_same_points(rows: list[Row], seed: int) -> None:
    step, logged = 0, []
    for advance, key, value in rows:
        step += advance
        logged.append((step, key, value))
    whole = Intake()
    whole.take(arrival(1, logged))
    pick, batches, rest = random.Random(seed), [], logged
    while rest:
        size = pick.randint(1, 5)
        batches.append(rest[:size])
        rest = rest[size:]
    order = list(enumerate(batches, start=1))
    order.sort(key=lambda batch: batch[0] + pick.uniform(0, 2.5))
    pieces, stretches = Intake(), []
    for seq, batch in order:
        pieces.take(arrival(seq, batch))
        stretches.append(pieces.release(0.0))
    stretches.append(pieces.release(0.0, ended=True))
    assert points(*stretches) == points(whole.release(0.0, ended=True))
    for stretch in stretches:
        assert all((np.diff(part.steps) > 0).all() for part in stretch.points.values())


def test_the_newest_step_waits_until_another_follows_or_the_run_is_silent() -> None:
    intake = Intake()
    intake.take(arrival(1, [(0, "a", 1.0), (1, "a", 2.0)]))
    assert points(intake.release(0.0)) == {"a": [(0, 1.0)]}
    assert not intake.release(IDLE_S - 1)
    intake.take(arrival(2, [(1, "b", 3.0)], at=5.0))
    assert points(intake.release(5.0 + IDLE_S)) == {"a": [(1, 2.0)], "b": [(1, 3.0)]}


def test_a_missing_batch_is_waited_for_and_then_given_up() -> None:
    intake = Intake()
    intake.take(arrival(1, [(0, "a", 0.0)]))
    intake.take(arrival(3, [(5, "a", 5.0), (6, "a", 6.0)], at=1.0))
    assert not intake.release(IDLE_S - 1)
    assert intake.holds == 1
    assert points(intake.release(GAP_S + 1)) == {"a": [(0, 0.0), (5, 5.0), (6, 6.0)]}
    intake.take(arrival(2, [(4, "a", 4.0), (3, "b", 3.0)], at=GAP_S + 2))
    assert points(intake.release(GAP_S + 3, ended=True)) == {"b": [(3, 3.0)]}
    assert intake.late == 1


def test_a_series_that_goes_back_is_counted_and_not_judged() -> None:
    intake = Intake()
    gathered = Columns(np.array([0, 5, 3, 5, 6]), np.zeros(5), {"a": np.array([0.0, 5.0, 3.0, 5.5, 6.0])})
    intake.take(Arrival("w", 1, (gathered,), (), 0.0))
    assert points(intake.release(0.0, ended=True)) == {"a": [(0, 0.0), (5, 5.5), (6, 6.0)]}
    assert intake.late == 1


def test_columns_of_one_batch_that_interleave_are_one_series() -> None:
    odd = Columns(np.array([1, 3, 5]), np.array([1.0, 3.0, 5.0]), {"a": np.array([1.0, 3.0, 5.0])})
    even = Columns(np.array([2, 4, 6]), np.array([2.0, 4.0, 6.0]), {"a": np.array([2.0, 4.0, 6.0]), "b": np.ones(3)})
    intake = Intake()
    intake.take(Arrival("w", 1, (odd, even), (), 0.0))
    assert points(intake.release(0.0))["a"] == [(step, float(step)) for step in range(1, 6)]
    assert intake.late == 0


def test_a_series_behind_the_others_is_judged_all_the_same() -> None:
    intake = Intake()
    intake.take(arrival(1, [(step, "train", float(step)) for step in range(10)]))
    intake.release(0.0)
    intake.take(arrival(2, [(4, "eval", 4.0)]))
    assert points(intake.release(0.0)) == {"eval": [(4, 4.0)]}


def test_the_slower_of_two_writers_is_waited_for() -> None:
    intake = Intake()
    intake.take(arrival(1, [(step, "a", 0.0) for step in range(10)], writer="fast"))
    intake.take(arrival(1, [(3, "b", 0.0)], writer="slow"))
    assert points(intake.release(1.0))["a"][-1] == (2, 0.0)
    intake.take(arrival(2, [(20, "a", 0.0)], at=GAP_S, writer="fast"))
    assert points(intake.release(GAP_S + 1))["a"][-1] == (9, 0.0)


def test_an_event_without_a_step_stands_where_its_writer_was() -> None:
    intake = Intake()
    told = StoredEvent(1, "intent", None, 2.5, {"intent": {}})
    intake.take(arrival(1, [(step, "a", 0.0) for step in range(6)], events=(told,)))
    (mark,) = intake.release(0.0).marks
    assert mark.step == 2

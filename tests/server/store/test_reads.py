"""Reads: what the model does not cover."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sqlalchemy import QueuePool, event

from lineside_server.core.events import Columns
from lineside_server.errors import NotFound
from lineside_server.store import reads, runs

if TYPE_CHECKING:
    from tests.server.store.conftest import Box


@pytest.fixture
def long(box: Box) -> Box:
    """40,000 noisy points with one spike, three NaN and one +Inf, in batches of 999."""
    box.open()
    rng = np.random.default_rng(7)
    values = rng.normal(2.0, 0.1, 40_000)
    values[12_345] = 1e6
    values[[100, 20_000, 20_001]] = np.nan
    values[39_000] = np.inf
    for seq, start in enumerate(range(0, 40_000, 999)):
        steps = np.arange(start, min(start + 999, 40_000))
        box.send(seq, Columns(steps, steps.astype(np.float64) * 0.5, {"loss": values[steps]}))
    return box


@pytest.mark.parametrize("points", [1, 10, 64, 500, 1000, 5000, 39_999])
def test_nothing_stands_out_unseen(long: Box, points: int) -> None:
    view = long.view("loss", points=points)
    assert (view.count, view.thinned, len(view.step) <= points) == (40_000, True, True)
    assert np.nanmax(view.max) == 1e6
    bad = {(run.step, run.last_step, run.kind, run.count) for run in view.nonfinite}
    if points >= 10:
        assert bad == {(100, 100, "nan", 1), (20_000, 20_001, "nan", 2), (39_000, 39_000, "inf", 1)}
    assert sum(run.count for run in view.nonfinite) == 4


def test_buckets_use_what_they_are_given(long: Box) -> None:
    for points in (10, 100, 600, 2000):
        view = long.view("loss", points=points)
        assert len(view.step) > 0.9 * points
        widths = [after - before for before, after in pairwise(view.step.tolist())]
        assert max(widths) <= 2 * 40_000 / points + 64


def test_a_window_is_inclusive_and_exact(long: Box) -> None:
    view = long.view("loss", from_step=19_990, to_step=20_010)
    assert view.step.tolist() == list(range(19_990, 20_011))
    assert (view.count, view.thinned) == (21, False)
    assert [(run.step, run.count) for run in view.nonfinite] == [(20_000, 2)]
    np.testing.assert_array_equal(view.min, view.value)
    assert long.view("loss", from_step=39_999, to_step=2**63 - 1).step.tolist() == [39_999]
    assert long.view("loss", from_step=40_000).count == 0


def test_each_bucket_starts_where_the_last_ended(long: Box) -> None:
    view = long.view("loss", points=300, from_step=5000, to_step=35_000)
    assert view.step[0] == 5000
    assert view.ts.tolist() == (view.step * 0.5).tolist()
    for start, stop, low, high in zip(view.step, view.step[1:], view.min, view.max, strict=False):
        inside = long.points("loss", from_step=int(start), to_step=int(stop) - 1).values()
        finite = [value for value in inside if np.isfinite(value)]
        assert (min(finite), max(finite)) == (low, high)
        break


def test_more_runs_of_bad_points_than_entries_are_merged_with_exact_counts(box: Box) -> None:
    box.open()
    values = np.where(np.arange(3000) % 3 == 0, np.nan, np.where(np.arange(3000) % 3 == 1, np.inf, 1.0))
    box.send(1, Columns(np.arange(3000), np.zeros(3000), {"loss": values}))
    view = box.view("loss", points=20)
    assert len(view.nonfinite) <= 20
    for kind in ("nan", "inf"):
        assert sum(run.count for run in view.nonfinite if run.kind == kind) == 1000
    assert [run.step for run in view.nonfinite] == sorted(run.step for run in view.nonfinite)


def test_over_time_late_points_stand_where_they_happened(box: Box) -> None:
    box.open()
    box.send(1, Columns(np.array([0, 10, 20]), np.array([0.0, 1.0, 2.0]), {"loss": np.array([1.0, 2.0, 3.0])}))
    box.send(2, Columns(np.array([5]), np.array([9.0]), {"loss": np.array([4.0])}))
    view = box.view("loss", axis="time")
    assert (view.ts.tolist(), view.step.tolist()) == ([0.0, 1.0, 2.0, 9.0], [0, 10, 20, 5])


def test_values_come_back_bit_for_bit(box: Box) -> None:
    box.open()
    odd = np.array([0x7FF8000000000123, 0xFFF8000000000001, 0x8000000000000000], np.uint64).view(np.float64)
    box.send(1, Columns(np.arange(3), np.zeros(3), {"loss": odd}))
    tail = box.view("loss").value.view(np.uint64).tolist()
    box.send(2, box.event("finish", status="finished"))
    assert box.view("loss").value.view(np.uint64).tolist() == tail == odd.view(np.uint64).tolist()


def test_unknown_keys_are_left_out_and_unknown_runs_not_found(long: Box) -> None:
    assert set(long.page("loss", "nothing").series) == {"loss"}
    with pytest.raises(NotFound):
        reads.summaries(long.store, "nowhere")


def test_a_page_is_of_one_moment(long: Box) -> None:
    page = long.page()
    assert page.cursor == page.run.cursor == long.run().cursor


def test_a_stream_comes_in_blocks_and_lets_go_of_its_reader(long: Box) -> None:
    for _ in range(40):  # more than there are connections
        stream = reads.stream_series(long.store, "r")
        block = next(stream)
        assert len(block.steps) < 1.5 * 4096
        stream.close()  # type: ignore[attr-defined]  # it is a generator
    assert sum(len(block.steps) for block in reads.stream_series(long.store, "r", from_step=39_000)) == 1000


def test_a_slow_reader_of_a_stream_holds_nothing_open(long: Box) -> None:
    stream = reads.stream_series(long.store, "r", page=5000)
    steps = next(stream).steps.tolist()
    assert isinstance(long.store.engine.pool, QueuePool)
    assert long.store.engine.pool.checkedout() == 0
    long.log(1000, [40_000], loss=[1.0])
    for block in stream:
        assert long.store.engine.pool.checkedout() == 0
        steps += block.steps.tolist()
    assert steps == list(range(40_001))


def test_a_page_of_a_stream_holds_something_whatever_is_asked_for(long: Box) -> None:
    looks = 0

    def look(*_: object) -> None:
        nonlocal looks
        looks += 1
        assert looks < 100, "a page without points is asked for again and again"

    event.listen(long.store.engine, "checkout", look)
    assert sum(len(block.steps) for block in reads.stream_series(long.store, "r", page=0)) == 40_000


def test_a_stream_shows_the_attempts_of_its_beginning(eager: Box) -> None:
    eager.open("a")
    eager.log(1, range(20), writer="a", loss=[1.0] * 20)
    stream = reads.stream_series(eager.store, "r", page=1)
    blocks = [next(stream)]
    eager.send(2, eager.event("finish", status="stopped"), writer="a")
    eager.clock.advance(60)
    eager.open("b", resume="must")
    assert eager.log(1, [5], writer="b", loss=[9.0]).attempt == 2
    blocks += stream
    assert [step for block in blocks for step in block.steps.tolist()] == list(range(20))
    assert {value for block in blocks for value in block.values.tolist()} == {1.0}
    runs.delete_run(eager.store, "r").result()
    assert eager.store.ready()


def test_a_run_that_is_deleted_ends_its_streams(eager: Box) -> None:
    eager.open()
    eager.log(1, range(20), loss=[1.0] * 20)
    stream = reads.stream_series(eager.store, "r", page=1)
    next(stream)
    runs.delete_run(eager.store, "r").result()
    with pytest.raises(NotFound):
        list(stream)


def test_the_keys_of_a_run_are_listed_in_the_order_in_which_they_came(box: Box) -> None:
    box.open()
    box.log(1, [0], b=[1.0])
    box.log(2, [1], a=[1.0], b=[2.0])
    assert reads.list_keys(box.store, "r") == ["b", "a"]
    assert reads.summaries(box.store, "r", ("b",)).keys() == {"b"}
    with pytest.raises(NotFound):
        reads.list_keys(box.store, "nowhere")

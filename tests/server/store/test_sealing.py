"""Sealing: when, into what, and what a damaged chunk costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sqlalchemy import func, select, update

from lineside_server.core.events import Columns
from lineside_server.store import reads, tables

if TYPE_CHECKING:
    from sqlalchemy import Table
    from tests.server.store.conftest import Box, MakeBox


def count(box: Box, table: Table) -> int:
    with box.store.reader() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def chunk_sizes(box: Box) -> list[int]:
    with box.store.reader() as connection:
        return list(connection.execute(select(tables.chunk.c.n).order_by(tables.chunk.c.first_step)).scalars())


@pytest.mark.parametrize("limit", [{"steps": 10}, {"bytes": 300}, {"rows": 5}])
def test_a_tail_is_sealed_by_steps_bytes_or_rows(make_box: MakeBox, limit: dict[str, int]) -> None:
    box = make_box(**{"steps": 1 << 30, "bytes": 1 << 30, "rows": 1 << 30} | limit)
    box.open()
    sizes = []
    for seq in range(5):
        box.log(seq, [2 * seq, 2 * seq + 1], loss=[1.0, 2.0])
        sizes.append(count(box, tables.journal))
    assert sizes == [1, 2, 3, 4, 0]
    assert chunk_sizes(box) == [10]


def test_a_restart_remembers_how_long_the_tail_is(eager: Box) -> None:
    eager.open()
    eager.log(1, list(range(7)), loss=[0.0] * 7)
    eager.reopen()
    eager.log(2, [7], loss=[0.0])
    assert chunk_sizes(eager) == [8]


def test_small_chunks_merge_into_their_predecessor(make_box: MakeBox) -> None:
    box = make_box(steps=4, chunk_points=100)
    box.open()
    for seq in range(10):
        box.log(seq, list(range(4 * seq, 4 * seq + 4)), loss=[0.0] * 4)
    assert chunk_sizes(box) == [40]


def test_full_chunks_are_left_alone(eager: Box) -> None:
    eager.open()
    for seq in range(4):
        eager.log(seq, list(range(8 * seq, 8 * seq + 8)), loss=[0.0] * 8)
    assert chunk_sizes(eager) == [8, 8, 8, 8]


def test_a_late_step_goes_into_the_chunk_that_it_falls_into(eager: Box) -> None:
    eager.open()
    eager.log(1, list(range(0, 16, 2)), loss=[0.0] * 8)
    eager.log(2, list(range(16, 32, 2)), loss=[0.0] * 8)
    eager.log(3, [3, 4, 40, 41, 42, 43, 44, 45], loss=[1.0] * 8)
    assert [step for step, value in eager.points("loss").items() if value] == [3, 4, 40, 41, 42, 43, 44, 45]
    assert eager.view("loss").corrected == 1
    assert sum(chunk_sizes(eager)) == 16 + 7


def test_a_chunk_tells_its_figures_without_being_opened(box: Box) -> None:
    box.open()
    values = [1.0, float("nan"), float("nan"), float("inf"), -2.0]
    box.log(1, [0, 1, 2, 3, 4], loss=values)
    box.send(2, box.event("finish", status="finished"))
    with box.store.reader() as connection:
        row = connection.execute(tables.chunk.select()).mappings().one()
    names = (
        "first_step",
        "last_step",
        "n",
        "nonfinite",
        "min",
        "max",
        "first_value",
        "last_value",
        "sum",
        "sum_squares",
    )
    assert [row[name] for name in names] == [0, 4, 5, 3, -2.0, 1.0, 1.0, -2.0, -1.0, 5.0]


def spoil(box: Box, table: Table, column: str, **where: Any) -> None:
    """Flips a bit of what is stored."""
    clauses = [table.c[name] == value for name, value in where.items()]

    def flip(connection: Any) -> None:
        good = connection.execute(select(table.c[column]).where(*clauses)).scalar_one()
        bad = good[:-1] + bytes([good[-1] ^ 1])
        connection.execute(update(table).where(*clauses).values({column: bad}))

    box.store.submit(flip).result()


def damaged(eager: Box) -> Box:
    """Three chunks of eight points; the middle one is damaged."""
    eager.open()
    for seq in range(3):
        eager.log(seq, list(range(8 * seq, 8 * seq + 8)), loss=[float(seq)] * 8, other=[0.0] * 8)
    spoil(eager, tables.chunk, "data", first_step=8, series_id=1)
    return eager


def test_a_damaged_chunk_is_named_and_the_rest_is_served(eager: Box) -> None:
    view = damaged(eager).view("loss", points=1000)
    assert view.step.tolist() == [*range(8), *range(16, 24)]
    assert view.count == 16
    assert [(one.attempt, one.first_step, one.last_step, one.points) for one in view.damaged] == [(1, 8, 15, 8)]
    assert eager.view("other").damaged == ()
    assert sum(len(block.steps) for block in reads.stream_series(eager.store, "r", ("loss",))) == 16


def test_a_damaged_chunk_is_never_thrown_away(eager: Box) -> None:
    damaged(eager).log(9, [9, *range(30, 37)], loss=[5.0] * 8)  # falls into it
    view = eager.view("loss", points=1000)
    assert view.step.tolist() == [*range(8), 9, *range(16, 24), *range(30, 37)]
    assert [(one.first_step, one.points) for one in view.damaged] == [(8, 8)]
    assert eager.store.counters.damaged == 1
    summary = reads.summaries(eager.store, "r")["loss"]
    assert (summary.count, summary.last_step, summary.max) == (24, 36, 5.0)


def test_a_damaged_last_chunk_does_not_stop_the_run(make_box: MakeBox) -> None:
    box = make_box(steps=4, chunk_points=100)
    box.open()
    box.log(1, [0, 1, 2, 3], loss=[0.0] * 4)
    spoil(box, tables.chunk, "data")
    box.log(2, [4, 5, 6, 7], loss=[1.0] * 4)
    assert box.points("loss") == {4: 1.0, 5: 1.0, 6: 1.0, 7: 1.0}
    assert box.view("loss").damaged[0].first_step == 0
    assert reads.summaries(box.store, "r")["loss"].count == 4


def test_a_damaged_sketch_is_replaced_by_the_points(make_box: MakeBox) -> None:
    box = make_box()
    box.open()
    box.log(1, list(range(5000)), loss=[float(step) for step in range(5000)])
    whole = box.view("loss", points=10)
    spoil(box, tables.chunk, "sketch")
    view = box.view("loss", points=10)
    assert view.max.tolist() == pytest.approx(whole.max.tolist(), abs=64)
    assert (view.max.max(), view.damaged) == (4999.0, ())


def test_a_damaged_batch_of_the_journal_is_named_and_set_aside(eager: Box, caplog: pytest.LogCaptureFixture) -> None:
    eager.open()
    eager.log(1, [0], loss=[1.0])
    eager.log(2, [1], loss=[1.0])
    spoil(eager, tables.journal, "body", first_step=0)
    page = eager.page("loss")
    assert page.series["loss"].step.tolist() == [1]
    assert [(one.first_step, one.points) for one in page.damaged] == [(0, 1)]
    eager.log(3, list(range(2, 10)), loss=[1.0] * 8)
    assert list(eager.points("loss")) == list(range(1, 10))
    assert [(one.first_step, one.points) for one in eager.page().damaged] == [(0, 1)]
    assert "damaged" in caplog.text


def test_a_huge_batch_becomes_chunks_of_the_right_size(box: Box) -> None:
    box.open()
    n = 50_000
    steps = np.arange(n)
    box.send(1, Columns(steps, np.arange(n, dtype=np.float64), {"loss": np.sin(steps / 100)}))
    sizes = chunk_sizes(box)
    assert sum(sizes) == n
    assert max(sizes) < 1.5 * 4096
    assert min(sizes) > 4096 / 1.5

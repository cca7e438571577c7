"""Appending: exactly once, steps, keys, declarations and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lineside_server.core.events import NO_STEP, Columns, Event
from lineside_server.store import events, journal
from lineside_server.store.work import Sealing

if TYPE_CHECKING:
    from tests.server.store.conftest import Box, Boxes


def test_a_batch_counts_once_in_any_order_and_however_often(boxes: Boxes) -> None:
    @settings(max_examples=boxes.examples(25))
    @given(st.lists(st.one_of(st.integers(0, 12), st.just(None)), max_size=25), st.integers(0, 2**63 - 13))
    def check(sent: list[int | None], start: int) -> None:
        """None opens the store again; sealing happens in between."""
        box = boxes.new(Sealing(steps=3, bytes=1 << 20, rows=2, chunk_points=4))
        box.open()
        seen: set[int] = set()
        for seq in sent:
            if seq is None:
                box.reopen()
                continue
            applied = box.log(start + seq, [seq], loss=[float(seq)])
            assert applied.duplicate == (seq in seen)
            assert applied.accepted == (0 if seq in seen else 1)
            seen.add(seq)
        assert box.run().cursor == 1 + len(seen)
        if seen:
            assert box.points("loss") == {seq: float(seq) for seq in sorted(seen)}
            assert box.view("loss").corrected == 0

    check()


def test_a_duplicate_changes_nothing(box: Box) -> None:
    box.open()
    box.log(1, [0], loss=[1.0])
    before = box.run()
    box.clock.advance(5)
    again = box.log(1, [7], loss=[9.0])
    assert (again.duplicate, again.columns, again.events, again.cursor) == (True, (), (), before.cursor)
    assert box.run() == before
    assert box.store.counters.duplicates == 1


def test_writers_number_their_batches_apart(box: Box) -> None:
    box.open("a")
    box.log(1, [0], writer="a", loss=[1.0])
    assert not box.log(1, [1], writer="b", loss=[2.0]).duplicate
    assert box.points("loss") == {0: 1.0, 1: 2.0}


def test_points_without_a_step_follow_the_last_one(box: Box) -> None:
    box.open()
    steps = np.array([NO_STEP, NO_STEP, 10, NO_STEP, 4, NO_STEP])
    applied = box.send(1, Columns(steps, np.zeros(6), {"loss": np.arange(6.0)}))
    assert applied.columns[0].steps.tolist() == [0, 1, 10, 11, 4, 12]
    box.reopen()
    box.log(2, [NO_STEP], loss=[9.0])
    assert list(box.points("loss")) == [0, 1, 4, 10, 11, 12, 13]


def test_the_head_of_the_run_moves_with_its_points(box: Box) -> None:
    box.open()
    box.clock.advance(2)
    box.send(1, Columns(np.array([3, 9]), np.array([500.0, 501.0]), {"loss": np.array([2.0, 1.0])}))
    run = box.run()
    assert (run.last_step, run.last_step_ts, run.last_event_at, run.heard_at) == (9, 501.0, 501.0, 1002.0)
    assert (run.spark, run.attempts[0].first_step) == ((2.0, 1.0), 3)
    box.log(2, [1], loss=[5.0])  # late
    assert (box.run().last_step, box.run().attempts[0].first_step) == (9, 1)
    box.reopen()
    assert box.log(3, [10], loss=[1.0]).run.last_step == 10


def test_keys_beyond_the_limit_are_refused_by_themselves(box: Box) -> None:
    box.open()
    most: dict[str, Any] = {f"k{number}": [0.0] for number in range(journal.MAX_KEYS - 1)}
    box.log(1, [0], **most)
    applied = box.log(2, [1], k0=[1.0], new=[2.0], over=[3.0])
    assert [(refused.key, refused.index) for refused in applied.rejected] == [("over", 0)]
    assert "10000 keys" in applied.rejected[0].reason
    assert set(applied.columns[0].values) == {"k0", "new"}
    assert box.points("new") == {1: 2.0}


def test_declarations_are_merged_over_the_earlier(box: Box) -> None:
    box.open(config={"lr": 1, "depth": 2}, intent={"epochs": 1})
    box.send(1, box.event("config", config={"lr": 3}), box.event("intent", intent={"epochs": 2, "accumulation": 4}))
    box.reopen()
    assert box.run().config == {"lr": 3, "depth": 2}
    assert box.run().intent == {"epochs": 2, "accumulation": 4}


def test_a_finish_ends_the_run_and_seals_it(box: Box) -> None:
    box.open()
    box.log(1, [0], loss=[1.0])
    box.clock.advance(3)
    run = box.send(2, box.event("finish", status="failed", error="out of memory")).run
    assert (run.state, run.state_reason, run.ended_at) == ("failed", "out of memory", 1003.0)
    assert box.store.counters.sealed_chunks == 1
    assert box.points("loss") == {0: 1.0}


def test_an_end_told_by_a_wrong_clock_is_put_right(box: Box) -> None:
    box.open(hello_ts=box.clock.now() + 3600)
    finish = Event("finish", None, 1000.0 + 3600 + 5, {"status": "finished"})
    box.clock.advance(60)
    assert box.send(1, finish).run.ended_at == 1005.0


def test_what_comes_after_the_end_is_stored_and_the_state_stays(box: Box) -> None:
    box.open()
    box.send(1, box.event("finish", status="finished"))
    box.log(2, [0], loss=[1.0])
    box.send(3, box.event("finish", status="failed"))
    assert box.run().state == "finished"
    assert box.points("loss") == {0: 1.0}


def test_a_late_finish_of_an_earlier_writer_does_not_end_a_resumed_run(box: Box) -> None:
    box.open("a")
    finish = box.event("finish", status="failed")
    box.clock.advance(10)
    box.open("b", resume="must")
    assert box.send(1, finish, writer="a").run.state == "running"
    box.clock.advance(1)
    assert box.send(1, box.event("finish", status="finished"), writer="b").run.state == "finished"


def test_an_event_that_is_a_mark_stands_at_the_last_step(box: Box) -> None:
    box.open()
    sent = (box.event("note", text="a"), box.event("heartbeat"), box.event("log", text="b", level="info"))
    applied = box.send(1, box.columns([7], loss=[1.0]), *sent)
    assert [(event.type, event.step, event.id) for event in applied.events] == [("note", 7, 1), ("log", None, 2)]
    assert events.list_events(box.store, "r")[0] == list(applied.events)


def test_a_resumed_run_that_goes_back_begins_an_attempt(eager: Box) -> None:
    eager.open("a")
    for seq in range(4):
        eager.log(seq, [5 * seq + step for step in range(5)], writer="a", loss=[float(seq)] * 5)
    leftover = eager.columns([20, 21], loss=[4.0, 4.0])
    eager.clock.advance(60)
    eager.open("b", resume="must")
    applied = eager.log(0, [10, 11], writer="b", loss=[-1.0, -1.0])
    assert (applied.attempt, applied.run.last_step) == (2, 11)
    assert [(one.attempt, one.first_step) for one in applied.run.attempts] == [(1, 0), (2, 10)]
    assert list(eager.points("loss")) == list(range(12))
    assert eager.send(9, leftover, writer="a").attempt == 1  # shipped late: hidden, kept
    assert list(eager.points("loss")) == list(range(12))
    assert list(eager.points("loss", attempt=1)) == list(range(22))
    assert eager.points("loss", attempt=2) == {10: -1.0, 11: -1.0}
    before = eager.run()
    eager.reopen()
    assert eager.run() == before
    assert list(eager.points("loss")) == list(range(12))


def test_a_resumed_run_that_goes_on_stays_in_its_attempt(box: Box) -> None:
    box.open("a")
    box.log(1, [0, 1], writer="a", loss=[1.0, 1.0])
    box.clock.advance(60)
    box.open("b", resume="allow")
    assert box.log(1, [2], writer="b", loss=[1.0]).attempt == 1
    assert box.log(2, [0], writer="b", loss=[5.0]).attempt == 1  # a correction
    assert box.points("loss") == {0: 5.0, 1: 1.0, 2: 1.0}


def test_writers_that_are_alive_together_share_an_attempt(box: Box) -> None:
    box.open("a")
    box.open("b", resume="allow")
    box.clock.advance(1)
    box.log(1, [0, 1], writer="a", loss=[1.0, 1.0])
    box.clock.advance(1)
    assert box.log(1, [0, 1], writer="b", eval=[1.0, 1.0]).attempt == 1


def test_a_trainer_with_a_wrong_clock_is_understood(box: Box) -> None:
    box.open("a", hello_ts=1000.0 + 3600)  # an hour fast
    box.send(1, Columns(np.array([5]), np.array([1000.0 + 3600]), {"loss": np.zeros(1)}), writer="a")
    box.clock.advance(60)
    box.open("b", resume="must", hello_ts=1060.0)
    assert box.log(1, [3], writer="b", loss=[1.0]).attempt == 2

"""From the alert to the receiver: once in effect, in order, whatever happens in between."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.server.alerts.conftest import TIMING, alert, channel, over

from lineside_server.alerts.courier import GONE, LEASE_S
from lineside_server.core.findings import Level
from lineside_server.core.notices import Filters
from lineside_server.store.deliveries import claim, replay

if TYPE_CHECKING:
    from tests.server.alerts.conftest import Post, Receiver

FIRED, RESOLVED, STATE = "run.alert.firing", "run.alert.resolved", "run.state"


@pytest.fixture
def told(post: Post, receiver: Receiver) -> Post:
    """A service that tells the receiver of warnings and worse."""
    post.add(channel(receiver.url))
    return post


def test_an_alert_is_told_and_then_that_it_is_over(told: Post, receiver: Receiver) -> None:
    told.judge(alert())
    told.rounds()
    assert receiver.taken == []  # what follows from it may still come
    told.rounds(TIMING.gather)
    told.judge(over(alert()))
    told.rounds(TIMING.settle)
    assert receiver.told == [FIRED, RESOLVED]
    fired = receiver.taken[0]["data"]
    assert fired["alert"]["title"] == "The learning rate is 0 where 7.97e-06 is due"
    assert fired["alert"]["evidence"]["observed"] == {"lr": 0.0, "odd": "nan"}
    assert fired["url"] == "https://watch.example.com/#/runs/r?alert=a"
    assert [one.state for one in told.deliveries()] == ["delivered", "delivered"]
    told.pass_time(3600, 600)
    assert len(receiver.taken) == 2


def test_one_that_came_and_went_at_once_is_told_with_both_turns(told: Post, receiver: Receiver) -> None:
    told.judge(alert())
    told.judge(over(alert()))
    told.pass_time(120)
    assert receiver.told == [FIRED, RESOLVED]
    assert receiver.taken[0]["data"]["alert"]["state"] == "firing"


def test_a_receiver_that_is_away_gets_both_in_order_when_it_is_back(told: Post, receiver: Receiver) -> None:
    receiver.answers = [(500, {}), (503, {}), (500, {}), (502, {})]
    told.judge(alert())
    told.rounds(TIMING.gather)
    told.judge(over(alert()))
    told.pass_time(400, 1.0)
    assert receiver.told == [FIRED, RESOLVED]
    assert receiver.tries == 6
    assert len(set(receiver.ids)) == 2


def test_it_is_tried_again_after_one_five_and_twenty_seconds(told: Post, receiver: Receiver) -> None:
    receiver.answers = [(500, {})] * 3
    told.judge(alert())
    told.rounds(TIMING.gather)
    for wait, tries in ((0.9, 1), (0.1, 2), (4.9, 2), (0.1, 3), (19.9, 3), (0.1, 4)):
        told.rounds(wait)
        assert receiver.tries == tries
    assert receiver.told == [FIRED]


def test_a_receiver_that_asks_for_time_gets_it(told: Post, receiver: Receiver) -> None:
    receiver.answers = [(429, {"retry-after": "90"})]
    told.judge(alert())
    told.rounds(TIMING.gather)
    told.rounds(89)
    assert receiver.tries == 1
    told.rounds(1)
    assert receiver.told == [FIRED]


def test_a_redirect_is_not_followed(told: Post, receiver: Receiver) -> None:
    receiver.answers = [(302, {"location": receiver.url})]
    told.judge(alert())
    told.rounds(TIMING.gather)
    assert receiver.tries == 1
    assert "redirect" in str(told.deliveries()[0].error)
    told.rounds(1)
    assert receiver.told == [FIRED]


def test_a_receiver_that_is_gone_for_good_is_switched_off(told: Post, receiver: Receiver) -> None:
    receiver.answers = [(410, {})]
    told.judge(alert(), alert("b", subject="lr2"))
    told.rounds(TIMING.gather)
    assert not told.channel().enabled
    assert told.channel().disabled_reason == GONE
    told.judge(over(alert()))
    told.pass_time(300)
    assert receiver.tries <= 2
    assert {one.state for one in told.deliveries()} <= {"dead", "delivered"}


def test_what_never_arrives_is_given_up_after_a_day_and_can_be_replayed(told: Post, receiver: Receiver) -> None:
    receiver.answers = [(500, {})] * 100
    told.judge(alert())
    told.pass_time(30 * 3600, 1800)
    (dead,) = told.deliveries()
    assert (dead.state, dead.status) == ("dead", 500)
    receiver.answers = []
    replay(told.store, dead.id, told.clock.now()).result()
    told.rounds()
    assert receiver.ids == [dead.id]


def test_a_service_killed_between_taking_and_posting_tells_it_all_the_same(told: Post, receiver: Receiver) -> None:
    told.judge(alert())
    told.rounds(TIMING.gather - 1)
    told.restart()  # killed before it was decided
    receiver.answers = [(500, {})]
    told.rounds(1)
    told.clock.advance(1)
    taken = claim(told.store, told.clock.now(), LEASE_S, 8).result()
    assert [one.attempts for one in taken] == [2]
    told.restart()  # killed with the message in hand
    told.rounds(LEASE_S - 1)
    assert receiver.taken == []
    told.rounds(1)
    assert receiver.told == [FIRED]
    assert receiver.ids == [taken[0].id]


def test_a_killed_commit_tells_nothing_and_loses_nothing(told: Post, receiver: Receiver) -> None:
    """The turn, its notice and later its message with the word that it was told stand or fall together."""
    told.judge(alert())
    told.restart()
    told.rounds(TIMING.gather)
    told.restart()
    told.pass_time(600, 60)
    assert receiver.told == [FIRED]


def test_a_metric_that_flaps_for_a_thousand_steps_is_told_twice_at_most(told: Post, receiver: Receiver) -> None:
    for step in range(1000):
        one = alert(f"a{step // 2}", opened_step=step // 2 * 2, last_step=step)
        told.judge(one if step % 2 == 0 else over(one))
        if step % 20 == 0:
            told.rounds(2.0)
    told.pass_time(7200, 60)
    assert receiver.told == [FIRED, RESOLVED]


def test_five_consequences_are_named_in_the_one_message(told: Post, receiver: Receiver) -> None:
    followers = [
        alert(f"f{n}", rule=f"rule-{n}", parent="a", finding=replace(alert().finding, title=f"Consequence {n}"))
        for n in range(5)
    ]
    told.judge(followers[0])  # it came first, and found its root later
    told.judge(alert(), *followers)
    told.pass_time(1200, 10)
    assert receiver.told == [FIRED]
    assert [one["title"] for one in receiver.taken[0]["data"]["follows"]] == [f"Consequence {n}" for n in range(5)]


def test_a_warning_that_becomes_critical_is_told_again(told: Post, receiver: Receiver) -> None:
    told.judge(alert(level=Level.WARNING))
    told.rounds(TIMING.gather)
    told.judge(alert(), kind="raised")
    told.rounds(1)
    assert [one["data"]["severity"] for one in receiver.taken] == ["warning", "critical"]


def test_a_lost_run_mutes_what_follows_from_it(told: Post, receiver: Receiver) -> None:
    told.judge(alert(rule="stall", subject="run"))
    told.state("lost")
    told.pass_time(300, 10)
    assert receiver.told == [STATE]
    assert receiver.taken[0]["data"]["run"]["state"] == "lost"
    told.state("running")
    told.pass_time(100, 10)
    assert [one["data"]["run"]["state"] for one in receiver.taken if one["type"] == STATE] == ["lost", "running"]


def test_info_never_leaves_unless_it_is_asked_for(told: Post, receiver: Receiver) -> None:
    told.judge(alert(level=Level.INFO))
    told.pass_time(300, 10)
    assert receiver.taken == []
    told.add(channel(receiver.url, id="all", filters=Filters(severity=Level.INFO)))
    told.judge(alert("b", subject="x", level=Level.INFO))
    told.pass_time(300, 10)
    assert receiver.told == [FIRED]


@pytest.mark.parametrize("turns", range(6))
def test_it_ends_though_it_is_rung_in_that_very_moment(post: Post, turns: int) -> None:
    async def ring_and_stop() -> None:
        courier = post.courier
        courier.start()
        while not courier._bell._waiters:  # noqa: ASYNC110 - no other sign that it rests
            await asyncio.sleep(0)
        courier.ring()
        for _ in range(turns):
            await asyncio.sleep(0)
        ending = asyncio.create_task(courier.stop())
        await asyncio.wait({ending}, timeout=5)
        assert ending.done()

    post.run(ring_and_stop())

"""A rule that is muted for a project is told to nobody, and what was missed is told when the mute ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.server.alerts.conftest import NOW, alert, channel, over

from lineside_server.core.notices import Mute
from lineside_server.errors import NotFound
from lineside_server.store.mutes import end_mute, list_mutes, put_mute

if TYPE_CHECKING:
    from tests.server.alerts.conftest import Post, Receiver

FIRED, RESOLVED = "run.alert.firing", "run.alert.resolved"


def mute(post: Post, rule: str = "lr-exhausted", project: str = "p", **fields: Any) -> None:
    put_mute(post.store, Mute(rule, project, "ada", post.clock.now(), **fields)).result()


def unmute(post: Post, rule: str = "lr-exhausted", project: str = "p") -> None:
    end_mute(post.store, rule, project).result()


def test_what_is_muted_is_told_to_nobody_until_somebody_ends_it(post: Post, receiver: Receiver) -> None:
    post.add(channel(receiver.url))
    mute(post)
    post.judge(alert())
    post.pass_time(60.0)
    assert receiver.told == []
    unmute(post)
    post.pass_time(60.0)
    assert receiver.told == [FIRED]


def test_a_mute_that_is_taken_back_at_once_loses_nothing_and_tells_nothing_twice(
    post: Post, receiver: Receiver
) -> None:
    post.add(channel(receiver.url))
    post.judge(alert())
    mute(post)
    post.rounds(20.0)
    unmute(post)
    post.pass_time(60.0)
    mute(post)
    unmute(post)
    post.pass_time(60.0)
    assert receiver.told == [FIRED]


def test_a_mute_with_an_end_ends_by_itself(post: Post, receiver: Receiver) -> None:
    post.add(channel(receiver.url))
    mute(post)
    post.judge(alert())
    post.pass_time(60.0)
    mute(post, until=NOW + 600)
    assert [one.until for one in list_mutes(post.store)] == [NOW + 600]
    post.pass_time(500.0)
    assert receiver.told == []
    post.pass_time(60.0)
    assert receiver.told == [FIRED]
    assert list_mutes(post.store) == []


def test_what_came_and_went_while_it_was_muted_stays_untold(post: Post, receiver: Receiver) -> None:
    post.add(channel(receiver.url))
    mute(post, until=NOW + 300)
    post.judge(alert())
    post.pass_time(60.0)
    post.judge(over(alert()))
    post.pass_time(600.0)
    assert receiver.told == []


def test_that_it_is_over_is_told_to_who_was_told_before_the_mute(post: Post, receiver: Receiver) -> None:
    post.add(channel(receiver.url))
    post.judge(alert())
    post.pass_time(60.0)
    mute(post)
    post.judge(over(alert()))
    post.pass_time(120.0)
    assert receiver.told == [FIRED, RESOLVED]


def test_another_project_and_another_rule_are_told(post: Post, receiver: Receiver) -> None:
    post.add(channel(receiver.url))
    mute(post, project="other")
    mute(post, rule="plateau")
    post.judge(alert())
    post.pass_time(60.0)
    assert receiver.told == [FIRED]


def test_what_follows_is_not_named_where_it_is_muted_and_told_by_itself_where_its_root_is(
    post: Post, receiver: Receiver
) -> None:
    post.add(channel(receiver.url))
    mute(post, rule="no-learning")
    found = (
        alert("root"),
        alert("below", rule="no-learning", parent="root"),
        alert("far", rule="plateau", parent="below"),
    )
    post.judge(*found)
    post.pass_time(60.0)
    assert [one["data"]["alert"]["rule"] for one in receiver.taken] == ["lr-exhausted"]
    assert [one["rule"] for one in receiver.taken[0]["data"]["follows"]] == ["plateau"]

    receiver.taken.clear()
    mute(post)
    post.judge(
        *(
            alert(f"{one.id}2", rule=one.rule, parent=one.parent and f"{one.parent}2", opened_step=300, subject="x")
            for one in found
        )
    )
    post.pass_time(60.0)
    assert [one["data"]["alert"]["rule"] for one in receiver.taken] == ["plateau"]


def test_a_mute_survives_a_restart_and_cannot_be_ended_twice(post: Post) -> None:
    mute(post)
    post.restart()
    (kept,) = list_mutes(post.store, rule="lr-exhausted", project="p")
    assert (kept.by, kept.at, kept.until) == ("ada", NOW, None)
    assert list_mutes(post.store, project="q") == []
    unmute(post)
    with pytest.raises(NotFound, match="not muted for the project p"):
        unmute(post)

"""How a channel fares, as its log tells: of what failed since a message last arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.server.alerts.conftest import NOW, alert, channel

from lineside_server.core.notices import ChannelHealth
from lineside_server.store.channel_health import health_by_channel
from lineside_server.store.deliveries import replay_dead

if TYPE_CHECKING:
    from tests.server.alerts.conftest import Post, Receiver


def health(post: Post) -> ChannelHealth:
    return health_by_channel(post.store)["c"]


def test_a_channel_fails_from_the_first_try_that_does_until_one_arrives(post: Post, receiver: Receiver) -> None:
    post.add(channel(receiver.url))
    assert health_by_channel(post.store) == {}
    receiver.answers = [(503, {}), (500, {})]
    post.judge(alert())
    post.rounds(10.0)
    assert health(post) == ChannelHealth({"waiting": 1}, None, NOW + 10, "Service Unavailable", 0)
    post.rounds(2.0)
    assert (health(post).failing_since, health(post).error) == (NOW + 10, "Internal Server Error")
    post.rounds(10.0)
    assert health(post) == ChannelHealth({"delivered": 1}, NOW + 22, None, None, 0)


def test_what_was_given_up_is_counted_until_it_is_sent_again(post: Post, receiver: Receiver) -> None:
    post.add(channel(receiver.url))
    receiver.answers = [(410, {})]
    post.judge(alert())
    post.rounds(10.0)
    assert (health(post).dead_letters, health(post).failing_since) == (1, NOW + 10)
    assert replay_dead(post.store, "c", post.clock.now()).result() == 1
    assert replay_dead(post.store, "c", post.clock.now()).result() == 0
    assert health(post).dead_letters == 0

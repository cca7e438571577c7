"""A channel leads nobody past a change: it has all that happened since a cursor, or it says that it has not."""

import json
import math
from collections.abc import Iterator
from typing import Any

import pytest

from lineside_server.core.events import Change
from lineside_server.live.channel import Channel
from lineside_server.store.engine import Store
from lineside_server.store.journal import append
from lineside_server.store.runs import RunSpec, open_run

KEYS = frozenset({"a", "b"})


@pytest.fixture
def changes(store: Store, make: Any) -> Iterator[Any]:
    """Real changes of a real run: `changes(*batches)` appends each and returns what was committed."""
    seen: list[Change] = []
    store.on_commit(seen.extend)
    opened: list[str] = []

    def commit(*batches: Any, resume_before: Any = None) -> Any:
        if not opened:
            run, _ = open_run(store, RunSpec(), "w").result()
            opened.append(run.id)
        start = len(seen)
        for place, each in enumerate(batches):
            if place == resume_before:
                open_run(store, RunSpec(id=opened[0], resume="must"), each.writer).result()
            append(store, opened[0], each).result()
        return [change for change in seen[start:] if change.run_id == opened[0]]

    yield commit
    store.work.listeners.remove(seen.extend)


def since(channel: Channel, cursor: int, keys: frozenset[str] = KEYS) -> tuple[int, list[str]]:
    told = channel.since(cursor, keys)
    assert told is not None, "only a snapshot would help"
    return told


def read(frames: Any) -> Any:
    return [json.loads(text, parse_constant=pytest.fail) for text in frames]


def test_changes_are_merged_for_who_comes_late(changes: Any, make: Any) -> None:
    made = changes(
        make.batch(1, make.columns([1, 2], a=[1.0, 2.0])),
        make.batch(2, make.columns([3], a=[3.0], b=[math.nan]), make.note(3, "hello")),
    )
    channel = Channel()
    for change in made:
        assert channel.put(change)
    cursor, frames = since(channel, made[0].cursor - 1)
    points, event = read(frames)
    assert points["data"]["series"]["a"]["step"] == [1, 2, 3]
    assert points["data"]["series"]["b"]["value"] == [None]
    assert event["data"]["text"] == "hello"
    assert cursor == made[-1].cursor
    assert points["cursor"].partition(".")[0] == str(made[0].cursor - 1), "who loses the line here asks for all again"
    assert event["cursor"].partition(".")[0] == str(cursor)


def test_only_the_keys_of_the_viewer_are_told(changes: Any, make: Any) -> None:
    made = changes(make.batch(1, make.columns([1], a=[1.0], b=[2.0])))
    channel = Channel()
    channel.put(made[0])
    cursor, frames = since(channel, made[0].cursor - 1, frozenset({"b", "c"}))
    assert list(read(frames)[0]["data"]["series"]) == ["b"]
    assert channel.since(made[0].cursor - 1, frozenset()) == (cursor, [])


def test_the_same_frame_is_encoded_once_for_all(changes: Any, make: Any) -> None:
    made = changes(make.batch(1, make.columns([1], a=[1.0])))
    channel = Channel()
    channel.put(made[0])
    first, second = (since(channel, made[0].cursor - 1)[1] for _ in range(2))
    assert first[0] is second[0]


def test_who_has_fallen_out_needs_a_snapshot(changes: Any, make: Any) -> None:
    made = changes(*(make.batch(seq, make.columns([seq], a=[1.0])) for seq in range(1, 6)))
    for channel in (Channel(most_changes=2), Channel(most_points=2)):
        for change in made:
            channel.put(change)
        assert channel.since(made[2].cursor - 1, KEYS) is None
        cursor, frames = since(channel, made[2].cursor)
        assert read(frames)[0]["data"]["series"]["a"]["step"] == [4, 5]
        assert cursor == made[-1].cursor


def test_a_change_that_was_missed_leads_nobody_past_it(changes: Any, make: Any) -> None:
    made = changes(*(make.batch(seq, make.columns([seq], a=[1.0])) for seq in range(1, 4)))
    channel = Channel()
    channel.put(made[0])
    channel.put(made[2])
    assert channel.since(made[0].cursor, KEYS) is None
    assert channel.since(made[1].cursor, KEYS) is not None


def test_what_a_snapshot_held_is_not_told_again(changes: Any, make: Any) -> None:
    made = changes(*(make.batch(seq, make.columns([seq], a=[1.0])) for seq in range(1, 4)))
    channel = Channel()
    channel.stand_at(made[1].run)
    assert not channel.put(made[0])
    assert not channel.put(made[1])
    assert channel.put(made[2])
    assert read(since(channel, made[1].cursor)[1])[0]["data"]["series"]["a"]["step"] == [3]


def test_who_is_ahead_of_the_news_waits(changes: Any, make: Any) -> None:
    made = changes(make.batch(1, make.columns([1], a=[1.0])))
    channel = Channel()
    channel.put(made[0])
    assert channel.since(made[0].cursor + 5, KEYS) == (made[0].cursor + 5, [])


def test_a_new_attempt_takes_points_away_so_everyone_starts_over(changes: Any, make: Any) -> None:
    made = changes(
        make.batch(1, make.columns([1, 2, 3], a=[1.0, 2.0, 3.0])),
        make.batch(1, make.columns([2], a=[9.0]), writer="again"),
        make.batch(2, make.columns([3], a=[8.0]), writer="again"),
        resume_before=1,
    )
    channel = Channel()
    for change in made[:-1]:
        channel.put(change)
    assert channel.since(made[0].cursor, KEYS) is None
    channel.put(made[-1])
    _, frames = since(channel, made[-1].cursor - 1)
    assert read(frames)[0]["data"] == {
        "attempt": 2, "series": {"a": {"step": [3], "ts": [1.5], "value": [8.0], "nonfinite": []}},
    }  # fmt: skip


def test_an_earlier_attempt_that_still_talks_shows_only_what_is_not_hidden(changes: Any, make: Any) -> None:
    made = changes(
        make.batch(1, make.columns([1, 2, 3], a=[1.0, 2.0, 3.0])),
        make.batch(1, make.columns([2], a=[9.0]), writer="again"),
        make.batch(2, make.columns([0, 1, 2, 7], a=[5.0, 5.0, 5.0, 5.0])),
        make.batch(3, make.columns([8], a=[5.0])),
        resume_before=1,
    )
    assert made[-1].applied.attempt == 1
    channel = Channel()
    channel.stand_at(made[-3].run)
    channel.put(made[-2])
    channel.put(made[-1])
    frames = read(since(channel, made[-3].cursor)[1])
    assert [frame["data"]["series"]["a"]["step"] for frame in frames] == [[0, 1]]

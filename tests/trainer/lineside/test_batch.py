"""A batch holds what was logged, bit for bit, and the later value of a key and step wins."""

import struct
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from lineside._batch import MAX_COST, build, learn
from lineside._record import HEAD, POINT, event_record, frame, keys_record
from lineside._wire import pack

KEYSETS = (("a",), ("b", "c"), ("a", "b"), ("d", "emoji/🚂"))
BITS = st.integers(0, (1 << 64) - 1)
ROWS = st.tuples(st.integers(0, len(KEYSETS) - 1), st.integers(0, 3), BITS)


def point(keyset: int, step: int, words: list[int], ts: float = 1.0) -> bytes:
    return frame(HEAD.pack(POINT, keyset, step, ts) + b"".join(word.to_bytes(8, "little") for word in words))


def segment(rows: list[tuple[int, int, int]]) -> bytes:
    records, known = [], set()
    for number, step, bits in rows:
        if number not in known:
            records.append(keys_record(number + 1, list(KEYSETS[number])))
            known.add(number)
        records.append(point(number + 1, step, [bits] * len(KEYSETS[number])))
    return b"".join(records)


def cells(events: list[dict[str, Any]]) -> list[tuple[str, int, int]]:
    """Return (key, step, bits) in the order in which a server applies them."""
    found = []
    for event in events:
        steps = struct.unpack(f"<{len(event['steps']) // 8}q", event["steps"])
        for row, step in enumerate(steps):
            for key, column in event["columns"].items():
                found.append((key, step, int.from_bytes(column[8 * row : 8 * row + 8], "little")))
    return found


def over_the_wire(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    decoded: list[dict[str, Any]] = msgspec.msgpack.decode(pack(events))
    return decoded


@given(st.lists(ROWS, max_size=30))
def test_any_interleaving_keeps_every_bit_and_the_last_value(rows: list[tuple[int, int, int]]) -> None:
    batch = build(segment(rows), {}, -1, exact=False)
    arrived = cells(over_the_wire(batch.events))
    logged = [(key, step, bits) for number, step, bits in rows for key in KEYSETS[number]]
    assert sorted(arrived) == sorted(logged)
    assert {(key, step): bits for key, step, bits in arrived} == {(key, step): bits for key, step, bits in logged}
    assert batch.records == len(rows)
    assert batch.end == len(segment(rows))


@given(st.lists(BITS, min_size=1, max_size=20))
def test_every_bit_pattern_of_a_double_survives(words: list[int]) -> None:
    data = keys_record(1, ["x"]) + b"".join(point(1, step, [word]) for step, word in enumerate(words))
    (event,) = over_the_wire(build(data, {}, -1, exact=False).events)
    assert event["columns"]["x"] == b"".join(word.to_bytes(8, "little") for word in words)


def test_one_key_set_gives_one_event() -> None:
    data = segment([(0, step, step) for step in range(50)])
    (event,) = build(data, {}, -1, exact=False).events
    assert struct.unpack("<50q", event["steps"]) == tuple(range(50))
    assert struct.unpack("<50d", event["ts"]) == (1.0,) * 50


def test_steps_that_were_not_given_follow_the_servers_last() -> None:
    data = segment([(0, -1, 0), (0, -2, 0), (0, 7, 0)]) + event_record({"type": "note", "step": -2, "text": "x"})
    columns, note = build(data, {}, 100, exact=False).events
    assert struct.unpack("<3q", columns["steps"]) == (101, 102, 7)
    assert note["step"] == 102
    assert build(event_record({"type": "note", "step": None}), {}, -1, exact=False).events[0]["step"] == 0
    assert build(event_record({"type": "note", "step": None}), {}, 41, exact=False).events[0]["step"] == 41
    assert "step" not in build(event_record({"type": "alert"}), {}, 41, exact=False).events[0]


def test_a_body_stays_below_four_mebibytes_and_is_cut_between_records() -> None:
    keys = [f"{place:05d}" + "k" * 250 for place in range(900)]
    other = ["x", *keys[:-1]]
    data = keys_record(1, keys) + keys_record(2, other)
    data += b"".join(point(1 + row % 2, row, [0] * 900) for row in range(40))  # each row begins a new event
    bodies, rows, start, keysets = [], 0, 0, dict[int, list[str]]()
    while start < len(data):
        batch = build(data[start:], keysets, -1, exact=False)
        bodies.append(len(pack(batch.events)))
        rows += batch.records
        again = build(data[start : start + batch.end], dict(keysets), -1, exact=True)
        assert again.events == batch.events
        start += batch.end
    assert rows == 40
    assert len(bodies) > 1
    assert max(bodies) < 4 << 20


def test_a_single_record_is_never_too_large_for_a_batch() -> None:
    event = event_record({"type": "note", "step": 0, "text": "x" * (MAX_COST * 2 // 3)})
    batch = build(event, {}, -1, exact=False)
    assert (len(batch.events), batch.full) == (1, False)


def test_damage_is_counted_and_told_as_a_gap() -> None:
    good = segment([(0, 1, 1), (0, 2, 2), (0, 3, 3)])
    bad = bytearray(good)
    bad[-40] ^= 0xFF  # in the second row or the third: either way one record
    batch = build(bytes(bad) + point(1, 4, [4]), {}, -1, exact=False)
    assert batch.damaged == 1
    assert batch.records == 3
    assert {"type": "gap", "records": 1} in batch.events


@given(st.integers(1, 40), st.data())
def test_a_flipped_byte_in_a_run_of_points_costs_its_record_alone(count: int, data: st.DataObject) -> None:
    keys = keys_record(1, ["a", "b"])
    points = bytearray(b"".join(point(1, step, [step, step]) for step in range(count)))
    place = data.draw(st.integers(0, len(points) - 1))
    points[place] ^= data.draw(st.integers(1, 255))
    batch = build(keys + bytes(points), {}, -1, exact=True)
    kept = [step for step in range(count) if step != place // (len(points) // count)]
    found = cells([event for event in batch.events if event["type"] == "columns"])
    assert found == [(key, step, step) for step in kept for key in ("a", "b")]
    assert (batch.damaged, batch.records, batch.end) == (1, count - 1, len(keys) + len(points))


@given(st.integers(1, 40), st.data())
def test_a_run_of_points_is_read_as_far_as_it_was_written(count: int, data: st.DataObject) -> None:
    whole = keys_record(1, ["a"]) + b"".join(point(1, step, [step]) for step in range(count))
    size = len(point(1, 0, [0]))
    written = data.draw(st.integers(len(keys_record(1, ["a"])), len(whole)))
    batch = build(whole[:written], {}, -1, exact=False)
    assert batch.records == (written - len(keys_record(1, ["a"]))) // size
    assert batch.end == len(keys_record(1, ["a"])) + batch.records * size
    assert batch.damaged == 0


def test_a_point_of_an_unknown_key_set_is_damage() -> None:
    batch = build(point(9, 1, [1]), {}, -1, exact=False)
    assert (batch.damaged, batch.records) == (1, 0)


def test_a_point_of_the_wrong_width_is_damage() -> None:
    batch = build(keys_record(1, ["a"]) + point(1, 1, [1, 2]), {}, -1, exact=False)
    assert (batch.damaged, batch.records) == (1, 0)


def test_key_sets_are_learnt_from_what_came_before() -> None:
    keysets: dict[int, list[str]] = {}
    learn(segment([(0, 1, 1), (1, 1, 1)]), keysets)
    assert keysets == {1: ["a"], 2: ["b", "c"]}

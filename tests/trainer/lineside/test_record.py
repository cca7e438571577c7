"""Records stay readable around damage, and damage stays where it is."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from lineside._record import FRAME, MARK_BYTES, event_record, frame, frames, is_torn, keys_record

BODIES = st.lists(st.binary(min_size=1, max_size=60) | st.just(MARK_BYTES + b"\0" * 20), max_size=8)


def intact(data: bytes, *, exact: bool = False) -> list[bytes | None]:
    return [body for _, body in frames(data, exact=exact)]


@given(BODIES)
def test_what_is_framed_is_read(bodies: list[bytes]) -> None:
    assert intact(b"".join(map(frame, bodies))) == bodies


@given(BODIES.filter(bool), st.data())
def test_a_torn_tail_costs_its_record_alone(bodies: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(map(frame, bodies))
    kept = len(whole) - len(frame(bodies[-1]))
    cut = data.draw(st.integers(kept, len(whole) - 1))
    assert intact(whole[:cut]) == bodies[:-1]
    assert is_torn(whole[kept:cut])


@given(BODIES.filter(lambda bodies: len(bodies) > 1), st.data())
def test_a_flipped_byte_costs_its_record_alone(bodies: list[bytes], data: st.DataObject) -> None:
    whole = bytearray(b"".join(map(frame, bodies)))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    ends = [len(b"".join(map(frame, bodies[: count + 1]))) for count in range(len(bodies))]
    hit = next(index for index, end in enumerate(ends) if place < end)
    assert intact(bytes(whole), exact=True) == [*bodies[:hit], None, *bodies[hit + 1 :]]


@given(st.binary(max_size=200))
def test_no_bytes_are_misread(data: bytes) -> None:
    assert all(body is None for body in intact(data, exact=True)) or MARK_BYTES in data


def test_a_frame_of_an_absurd_length_is_damage_and_not_waited_for() -> None:
    absurd = FRAME.pack(int.from_bytes(MARK_BYTES, "little"), 1 << 31, 0)
    good = frame(b"good")
    assert intact(absurd + good) == [None, b"good"]


def test_ends_are_offsets_into_the_data() -> None:
    data = keys_record(1, ["a"]) + event_record({"type": "note"})
    ends = [end for end, _ in frames(data, exact=False)]
    assert ends == [len(keys_record(1, ["a"])), len(data)]


def test_the_start_of_a_mark_is_torn_and_other_bytes_are_not() -> None:
    assert is_torn(MARK_BYTES[:2])
    assert not is_torn(b"zz")
    assert not is_torn(frame(b"whole"))
    assert is_torn(struct.pack("<III", int.from_bytes(MARK_BYTES, "little"), 100, 0) + b"half")

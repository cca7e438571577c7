"""Bodies of every kind become the same events; a body that is wrong as a whole is refused in words."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside_server.errors import BadInput, LinesideError, TooLarge, Unprocessable, UnsupportedMedia
from lineside_server.ingest.decode import BadLine, Limits, RawBatch, decode

EVENTS = [{"type": "metrics", "step": 1, "values": {"train/loss": 0.5, "épée": "nan"}}, {"type": "heartbeat"}]
ENVELOPE = {"writer": "w", "seq": 7, "events": EVENTS}
JSON = "application/json"


def read(body: bytes, content_type: str = JSON, **query: str) -> RawBatch:
    return decode(body, content_type, "identity", Limits(), query)


def test_json_msgpack_and_ndjson_say_the_same() -> None:
    lines = b"\n".join(json.dumps(event).encode() for event in EVENTS) + b"\n\n"
    expected = RawBatch("w", 7, list(EVENTS))
    assert read(json.dumps(ENVELOPE).encode(), "application/json; charset=utf-8") == expected
    assert read(msgspec.msgpack.encode(ENVELOPE), "application/msgpack") == expected
    assert read(lines, "application/x-ndjson", writer="w", seq="7") == expected


def test_a_bad_line_is_refused_by_itself() -> None:
    lines = b'{"type":"heartbeat"}\n{broken\n{"x": NaN}\n{"type":"heartbeat"}'
    events = read(lines, "application/x-ndjson", writer="w", seq="0").events
    assert [type(event) for event in events] == [dict, BadLine, BadLine, dict]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"NaN",
        b'{"writer":"w","seq":1,"events":[{"type":"metrics","values":{"a":NaN}}]}',
        b'{"writer":"w","seq":1,"events":[Infinity, 1e999]}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'"\xed\xa0\x80"',
    ],
)
def test_what_is_no_json_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(BadInput, match="not valid JSON"):
        read(body)


@pytest.mark.parametrize("body", [b"", b"\xc1", b"\x91" * 100_000, b"\xa1\xff", b"\xdd\xff\xff\xff\xff"])
def test_what_is_no_msgpack_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(BadInput, match="not valid MessagePack"):
        read(body, "application/msgpack")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"writer": ""}, "writer"),
        ({"writer": "x" * 65}, "writer"),
        ({"writer": "a\nb"}, "writer"),
        ({"writer": 1}, "writer"),
        ({"seq": -1}, "seq"),
        ({"seq": 2**63}, "seq"),
        ({"seq": True}, "seq"),
        ({"seq": 1.0}, "seq"),
        ({"events": {}}, "events"),
    ],
)
def test_an_envelope_that_is_not_as_documented_is_unprocessable(change: dict[str, object], word: str) -> None:
    with pytest.raises(Unprocessable, match=word) as caught:
        read(json.dumps(ENVELOPE | change).encode())
    assert caught.value.errors[0]["place"] == word


def test_the_query_of_ndjson_is_checked_alike() -> None:
    for query in ({}, {"writer": "w"}, {"writer": "w", "seq": "x"}, {"writer": "w", "seq": "-1"}, {"seq": "1"}):
        with pytest.raises(Unprocessable):
            read(b"{}", "application/x-ndjson", **query)
    with pytest.raises(Unprocessable, match="must be an object"):
        read(b"[1]")


def test_a_number_beyond_a_double_is_left_to_be_refused_where_it_stands() -> None:
    body = b'{"writer":"w","seq":1,"events":[{"a":1e999,"b":-1e999,"c":1.5,"d":' + b"9" * 500 + b"}]}"
    assert read(body).events == [{"a": "1e999", "b": "-1e999", "c": 1.5, "d": "9" * 500}]


def test_the_limits_hold_before_and_after_decompression() -> None:
    limits = Limits(max_body=10, max_decoded=5)
    with pytest.raises(TooLarge):
        decode(b"x" * 11, JSON, "identity", limits, {})
    with pytest.raises(TooLarge):
        decode(b"x" * 6, JSON, "identity", limits, {})


def test_other_content_types_are_refused_in_words() -> None:
    for kind in ("text/plain", "", "multipart/form-data"):
        with pytest.raises(UnsupportedMedia, match="application/json"):
            read(b"{}", kind)


@given(st.binary(max_size=200), st.sampled_from([JSON, "application/msgpack", "application/x-ndjson"]))
def test_any_body_is_either_read_or_refused_in_words(body: bytes, content_type: str) -> None:
    try:
        status = 200 if read(body, content_type, writer="w", seq="1") else 0
    except LinesideError as error:
        status = error.status
    assert status in {200, 400, 422}

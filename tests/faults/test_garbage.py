"""Garbage of every kind: no answer is a 500 or holds a bare NaN, and what stands beside it is kept.

`HYPOTHESIS_PROFILE=thorough` tries thousands of cases; otherwise a few hundred.
"""

import json
import os
from itertools import count
from typing import Any

import httpx2
import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from lineside_server.app import create_app
from lineside_server.ingest.words import KINDS
from lineside_server.settings import Settings

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
CASES = 300 if THOROUGH else 10  # an operation of the description
BODIES = 3_000 if THOROUGH else 100
OPERATIONS = [
    (path, method.upper()) for path, methods in create_app(Settings()).openapi()["paths"].items() for method in methods
]
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]
MOST_ITEMS = 1_000
EVENTS = "/runs/target/events"
HUGE = 10**350  # an integer that JSON may hold, and a double may not
BEYOND = [
    {"type": "metrics", "step": 1, "values": {"a": HUGE}},
    {"type": "columns", "steps": [HUGE, 1], "columns": {"a": [HUGE, 1.0]}},
]
seqs = count(1)

keys = st.one_of(st.text(max_size=300), st.sampled_from(["a", "train/loss", "", "\x00", "x" * 257, "/"]))
numbers = st.one_of(
    st.floats(),
    st.integers(),
    st.sampled_from(["nan", "inf", "-inf", "NaN", "1", 2**63, -1, HUGE, 10**400, 5e-324, True]),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, st.text(max_size=20))
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
)
kinds = st.sampled_from([*KINDS, "metrics", "columns", "no such thing", None])
columns = st.lists(scalars, max_size=5)
events = st.one_of(
    anything,
    st.fixed_dictionaries(
        {"type": kinds},
        optional={
            "step": scalars, "ts": scalars | columns, "values": anything | st.dictionaries(keys, numbers, max_size=4),
            "steps": columns | st.binary(max_size=24), "columns": st.dictionaries(keys, columns, max_size=3) | anything,
            "text": scalars, "path": scalars, "epoch": scalars, "title": scalars, "level": scalars, "component": keys,
            "value": scalars, "action": scalars, "records": scalars, "config": anything, "intent": anything,
        },
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def talk(module_server: Any) -> Any:
    """A client of the service, which holds one run that nobody means."""
    with httpx2.Client(base_url=module_server.url, timeout=60) as client:
        for run_id in ("neighbour", "target"):
            client.post("/runs", json={"id": run_id, "name": run_id}).raise_for_status()
        block = {"type": "columns", "steps": [1, 2, 3], "columns": {"a": [1.5, "nan", 2.5]}}
        told = {"writer": "w", "seq": 1, "events": [block, {"type": "note", "step": 2, "text": "hello"}]}
        client.post("/runs/neighbour/events", json=told).raise_for_status()
        yield client


@pytest.fixture(scope="module")
def described(module_server: Any, talk: Any) -> Any:
    return schemathesis.openapi.from_url(f"{module_server.url}/openapi.json")


def strict(text: str) -> Any:
    """Read an answer as strict JSON: a bare NaN or Infinity is none."""
    return json.loads(text, parse_constant=lambda token: pytest.fail(f"the answer holds a bare {token}"))


def assert_neighbour_is_whole(talk: Any) -> None:
    series = strict(talk.get("/runs/neighbour/metrics").raise_for_status().text)["series"]
    assert list(series) == ["a"]
    assert (series["a"]["step"], series["a"]["value"]) == ([1, 2, 3], [1.5, None, 2.5])
    run = strict(talk.get("/runs/neighbour").raise_for_status().text)
    assert run["name"] == "neighbour"
    assert run["state"] in ("running", "lost"), "lost is the truth once nobody has spoken for a minute"


@pytest.mark.filterwarnings("ignore:Skipped test cases with unsupported payload media types")
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_whatever_the_description_allows_is_answered(described: Any, talk: Any, path: str, method: str) -> None:
    @settings(max_examples=CASES, suppress_health_check=list(HealthCheck), database=None)
    @given(data=st.data())
    def attempt(data: st.DataObject) -> None:
        case = data.draw(described[path][method].as_strategy())
        answer = case.call_and_validate(checks=CHECKS)
        if "json" in answer.headers.get("content-type", [""])[0]:
            told = strict(answer.text)
            assert len(told.get("items", ())) <= MOST_ITEMS

    attempt()
    assert_neighbour_is_whole(talk)


def packed(form: str, seq: int, told: list[Any]) -> tuple[str, bytes, str]:
    """Return address, body and content type of a batch."""
    envelope = {"writer": "g", "seq": seq, "events": told}
    path = "/runs/target/events"
    match form:
        case "json":
            return path, json.dumps(_worded(envelope)).encode("utf-8", "surrogatepass"), "application/json"
        case "ndjson":
            lines = b"\n".join(json.dumps(_worded(event)).encode("utf-8", "surrogatepass") for event in told)
            return f"{path}?writer=g&seq={seq}", lines, "application/x-ndjson"
        case _:
            return path, msgspec.msgpack.encode(_encodable(envelope)), "application/msgpack"


def _worded(value: Any) -> Any:
    """Bytes have no JSON; bare NaN stays: the service must refuse it."""
    if isinstance(value, dict):
        return {key: _worded(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_worded(part) for part in value]
    return value.hex() if isinstance(value, bytes) else value


def _encodable(value: Any) -> Any:
    """MessagePack has no integers beyond 64 bits."""
    if isinstance(value, dict):
        return {key: _encodable(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_encodable(part) for part in value]
    return float(min(value, 10**300)) if isinstance(value, int) and not -(2**63) <= value < 2**64 else value


@pytest.mark.parametrize("form", ["json", "ndjson", "msgpack"])
def test_garbage_beside_a_good_event_does_not_harm_it(talk: Any, form: str) -> None:
    kept: dict[int, float] = {}

    @settings(max_examples=BODIES, suppress_health_check=list(HealthCheck), database=None)
    @example(BEYOND, BEYOND)
    @given(st.lists(events, max_size=4), st.lists(events, max_size=4))
    def attempt(before: list[Any], after: list[Any]) -> None:
        seq = next(seqs)
        good = {"type": "metrics", "step": seq, "ts": 1.0, "values": {f"good/{form}": seq / 3}}
        path, body, kind = packed(form, seq, [*before, good, *after])
        answer = talk.post(path, content=body, headers={"Content-Type": kind})
        told = strict(answer.text)
        assert answer.status_code in (200, 400, 422), answer.text
        if answer.status_code == 200:
            kept[seq] = seq / 3
            assert told["duplicate"] is False
            assert not [one for one in told["rejected"] if one["key"] == f"good/{form}"]
        else:
            assert form == "json", "an event is refused by itself"
            assert b"NaN" in body or b"Infinity" in body or b"\\ud" in body.lower(), "only what is no JSON at all"

    attempt()
    answer = talk.get("/runs/target/metrics", params={"key": f"good/{form}", "points": 1_000_000})
    series = strict(answer.raise_for_status().text)["series"][f"good/{form}"]
    assert dict(zip(series["step"], series["value"], strict=True)) == kept
    for read in ("", "/events", "/metrics", "/metrics?x=time&points=3&declared=1", "/events?order=-id&limit=1000"):
        strict(talk.get(f"/runs/target{read}").raise_for_status().text)
    strict(talk.get("/runs").raise_for_status().text)
    assert_neighbour_is_whole(talk)


@settings(max_examples=BODIES, suppress_health_check=list(HealthCheck), database=None)
@example(body=b"[" * 100_000, kind="application/json", encoding="identity", path=EVENTS)
@example(body=b"\x91" * 100_000, kind="application/msgpack", encoding="identity", path=EVENTS)
@example(body=b"[" * 100_000, kind="application/x-ndjson", encoding="identity", path=f"{EVENTS}?writer=x&seq=1")
@given(
    body=st.binary(max_size=400),
    kind=st.sampled_from(["application/json", "application/x-ndjson", "application/msgpack", "text/plain", ""]),
    encoding=st.sampled_from(["identity", "gzip", "zstd", "br", "gzip, zstd"]),
    path=st.sampled_from(
        ["/runs", "/runs/target/events?writer=x&seq=1", "/runs/neighbour/events", "/runs/target/stop"]
    ),
)
def test_bytes_are_refused_in_words(talk: Any, body: bytes, kind: str, encoding: str, path: str) -> None:
    answer = talk.post(path, content=body, headers={"Content-Type": kind, "Content-Encoding": encoding})
    assert answer.status_code < 500, answer.text
    told = strict(answer.text)
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert told["detail"]

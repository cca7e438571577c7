"""Batches in over HTTP, exactly once, and the events that are no metrics out."""

import gzip
import json
import struct
from typing import Any

import msgspec
import pytest

from lineside_server.core.clock import ManualClock

LINES = {"Content-Type": "application/x-ndjson"}
PACKED = {"Content-Type": "application/msgpack"}


@pytest.fixture
def alice(service: Any) -> Any:
    service.open("alice")
    return service


def test_a_batch_is_counted_once_however_often_it_comes(alice: Any) -> None:
    point = {"type": "metrics", "step": 1, "values": {"a": 1.5}}
    told = {"duplicate": False, "rejected": [], "commands": [], "watched": False}
    assert alice.tell("alice", point, seq=17) == told | {"accepted": 1}
    assert alice.tell("alice", point, seq=17) == told | {"accepted": 0, "duplicate": True}
    assert alice.series("alice", "a")["count"] == 1


def test_three_forms_say_the_same(alice: Any) -> None:
    steps, values = [1, 2, 3], [0.1, float("nan"), float("-inf")]
    told = {"type": "columns", "steps": steps, "ts": [1.0, 2.0, 3.0]}
    as_json = told | {"columns": {"json": [0.1, "nan", "-inf"]}}
    as_line = told | {"columns": {"line": [0.1, "nan", "-inf"]}}
    packed = {
        "type": "columns",
        "steps": struct.pack("<3q", *steps),
        "ts": struct.pack("<3d", 1, 2, 3),
        "columns": {"packed": struct.pack("<3d", *values)},
    }
    alice.tell("alice", as_json, seq=1)
    lines = gzip.compress(json.dumps(as_line).encode())
    answer = alice.post(
        "/runs/alice/events?writer=w&seq=2", content=lines, headers=LINES | {"Content-Encoding": "gzip"}
    )
    assert answer.json()["accepted"] == 1
    body = msgspec.msgpack.encode({"writer": "w", "seq": 3, "events": [packed]})
    assert alice.post("/runs/alice/events", content=body, headers=PACKED).json()["accepted"] == 1
    told = alice.get("/runs/alice/metrics").json()["series"]
    assert told["json"] == told["line"] == told["packed"]
    assert told["json"]["value"] == [0.1, None, None]
    assert [(run["step"], run["kind"]) for run in told["json"]["nonfinite"]] == [(2, "nan"), (3, "-inf")]


def test_one_bad_value_is_refused_by_itself(alice: Any) -> None:
    answer = alice.tell(
        "alice",
        {"type": "metrics", "step": 1, "values": {"good": 1, "bad": "text"}},
        {"type": "nonsense"},
        {"type": "metrics", "step": -4, "values": {"good": 1}},
        {"type": "note", "step": 1, "text": "kept"},
    )
    assert {fault["index"] for fault in answer["rejected"]} == {0, 1, 2}
    assert alice.series("alice", "good")["step"] == [1]
    assert [event["text"] for event in alice.get("/runs/alice/events").json()["items"]] == ["kept"]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 422),
        (b'{"writer": "w", "events": []}', "application/json", 422),
        (b'{"writer": "", "seq": 1, "events": []}', "application/json", 422),
        (b'{"writer": "w", "seq": -1, "events": []}', "application/json", 422),
        (b'{"writer": "w", "seq": 1, "events": [{"type": "note", "text": NaN}]}', "application/json", 400),
        (b"\xc1", "application/msgpack", 400),
        (b"{}", "application/x-ndjson", 422),
    ],
)  # fmt: skip
def test_a_body_at_fault_is_refused_whole(alice: Any, body: Any, kind: str, status: int) -> None:
    answer = alice.post("/runs/alice/events", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_unknown_encoding_is_refused(alice: Any) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "br"}
    assert alice.post("/runs/alice/events", content=b"{}", headers=headers).status_code == 415


def test_a_bomb_is_refused_once_it_is_too_large(serve: Any) -> None:
    service = serve(max_decoded=100_000)
    service.open("alice")
    bomb = gzip.compress(b" " * 10_000_000)
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = service.post("/runs/alice/events", content=bomb, headers=headers)
    assert answer.status_code == 413


def test_events_to_a_run_that_is_not_there(alice: Any) -> None:
    answer = alice.post("/runs/bob/events", json={"writer": "w", "seq": 1, "events": []})
    assert answer.status_code == 404


def test_events_are_listed_by_type_and_page_both_ways(alice: Any) -> None:
    notes = [{"type": "note", "step": step, "ts": 5.0 + step, "text": f"n{step}"} for step in range(5)]
    alice.tell("alice", *notes, {"type": "checkpoint", "step": 2, "path": "c.pt"}, {"type": "log", "text": "hello"})

    def texts(**query: Any) -> Any:
        items, cursor = [], None
        while True:
            page = alice.get("/runs/alice/events", params=query | ({"cursor": cursor} if cursor else {})).json()
            items += page["items"]
            cursor = page["next"]
            if cursor is None:
                return [item.get("text") or item.get("path") for item in items]

    assert texts(limit=2) == ["n0", "n1", "n2", "n3", "n4", "c.pt", "hello"]
    assert texts(limit=2, order="-id", type="note") == ["n4", "n3", "n2", "n1", "n0"]
    assert texts(type=["checkpoint", "log"]) == ["c.pt", "hello"]
    first = alice.get("/runs/alice/events?type=note").json()["items"][0]
    assert (first["type"], first["step"], first["ts"], first["text"]) == ("note", 0, 5.0, "n0")
    assert alice.get("/runs/alice/events?cursor=x").status_code == 400


def test_a_large_body_is_decoded_aside(alice: Any) -> None:
    points = [{"type": "metrics", "step": step, "values": {"a": step / 3}} for step in range(5000)]
    assert alice.tell("alice", *points)["accepted"] == 5000
    series = alice.series("alice", "a", points=10_000)
    assert series["value"] == [step / 3 for step in range(5000)]


def test_the_end_of_a_run_is_told_by_its_trainer(alice: Any) -> None:
    alice.tell("alice", {"type": "finish", "ts": 5.0, "status": "failed", "error": "CUDA out of memory"})
    run = alice.get("/runs/alice").json()
    assert (run["state"], run["state_reason"]) == ("failed", "CUDA out of memory")


def test_silence_makes_a_run_lost_and_a_word_brings_it_back(alice: Any, clock: ManualClock) -> None:
    tick = alice.app.state.watch.tick
    alice.tell("alice", {"type": "metrics", "step": 1, "values": {"a": 1}})
    clock.advance(59)
    alice.portal.call(tick, clock.now())
    assert alice.get("/runs/alice").json()["state"] == "running"
    clock.advance(2)
    alice.portal.call(tick, clock.now())
    run = alice.get("/runs/alice").json()
    assert run["state"] == "lost"
    assert run["state_reason"]
    alice.tell("alice", {"type": "heartbeat"}, seq=2)
    assert alice.get("/runs/alice").json()["state"] == "running"


def test_heartbeats_without_metrics_are_a_stall(alice: Any, clock: ManualClock) -> None:
    tick = alice.app.state.watch.tick
    for seq in range(1, 10):
        alice.tell("alice", {"type": "metrics", "step": seq, "ts": clock.now(), "values": {"a": 1}}, seq=seq)
        clock.advance(1)
    for seq in range(10, 20):
        clock.advance(10)
        alice.tell("alice", {"type": "heartbeat", "ts": clock.now()}, seq=seq)
        alice.portal.call(tick, clock.now())
    assert alice.get("/runs/alice").json()["state"] == "stalled"
    alice.tell("alice", {"type": "metrics", "step": 20, "ts": clock.now(), "values": {"a": 1}}, seq=20)
    assert alice.get("/runs/alice").json()["state"] == "running"


def test_a_restart_of_the_service_declares_no_run_dead(serve: Any, clock: ManualClock) -> None:
    serve().open("alice")
    clock.advance(3600)
    service = serve()
    service.portal.call(service.app.state.watch.tick, clock.now())
    assert service.get("/runs/alice").json()["state"] == "running"
    clock.advance(61)
    service.portal.call(service.app.state.watch.tick, clock.now())
    assert service.get("/runs/alice").json()["state"] == "lost"


def test_the_gauges_of_the_machine_are_thinned(alice: Any) -> None:
    assert alice.get("/runs/alice/gauges").json() == {"run": "alice", "from": None, "to": None, "gauges": {}}
    told = [{"type": "system", "ts": 100.0 + at, "values": {"gpu": at, "odd": "nan"}} for at in range(10)]
    alice.tell("alice", *told)
    answer = alice.get("/runs/alice/gauges?points=2&from=100&to=108").json()
    assert (answer["from"], answer["to"]) == (100.0, 108.0)
    assert answer["gauges"] == {"gpu": {"count": 9, "ts": [100, 104], "value": [3, 8], "min": [0, 4], "max": [3, 8]}}
    assert alice.get("/runs/nowhere/gauges").status_code == 404
    assert alice.get("/runs/alice/gauges?from=nan").status_code == 422

"""Too much from one caller is refused in a sentence that says when to come again."""

from typing import Any

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse

from lineside_server.core.clock import ManualClock
from lineside_server.core.rates import BURST_S

FAR = ("192.0.2.7", 5000)


def from_afar(service: Any, address: Any = FAR) -> TestClient:
    """Another client of the same service, from elsewhere."""
    return TestClient(service.app, base_url="http://127.0.0.1:7460", client=address)


def test_writes_are_counted_by_address_and_told_when_to_come_again(serve: Any, clock: ManualClock) -> None:
    service = serve(max_writes=0.5)
    service.open("alice")
    far, other = from_afar(service), from_afar(service, ("192.0.2.8", 1))
    answers = [far.post("/runs/alice/stop", json={}) for _ in range(int(0.5 * BURST_S) + 1)]
    assert [answer.status_code for answer in answers] == [200] * int(0.5 * BURST_S) + [429]
    assert answers[-1].headers["retry-after"] == "2"
    assert answers[-1].headers["content-type"] == "application/problem+json"
    assert "max_writes" in answers[-1].json()["detail"]
    assert far.get("/runs").status_code == 200  # reading is free
    assert other.post("/runs/alice/stop", json={}).status_code == 200
    clock.advance(2.0)
    assert far.post("/runs/alice/stop", json={}).status_code == 200


def test_events_are_writes_though_they_take_a_shorter_way(serve: Any) -> None:
    service = serve(max_writes=0.1)
    service.open("alice")
    far = from_afar(service)
    told = [
        far.post("/runs/alice/events", json={"writer": "w", "seq": seq, "events": [{"type": "heartbeat"}]}).status_code
        for seq in (1, 2)
    ]
    assert told == [200, 429]


def test_the_machines_own_are_not_counted(serve: Any) -> None:
    service = serve(max_writes=0.1)
    service.open("alice")
    assert {service.post("/runs/alice/stop", json={}).status_code for _ in range(30)} == {200}


@pytest.mark.parametrize("options", [{"max_sockets_each": 2}, {"max_sockets": 2}])
def test_sockets_are_counted_while_they_are_open(serve: Any, options: Any) -> None:
    service = serve(**options)
    with service.socket("/live") as one, service.socket("/live") as two:
        assert one.receive_json()["type"] == two.receive_json()["type"] == "snapshot"
        with pytest.raises(WebSocketDenialResponse) as refused, service.socket("/live"):
            pass
        assert refused.value.status_code == 429
        assert int(refused.value.headers["retry-after"]) > 0
    with service.socket("/live") as again:
        assert again.receive_json()["type"] == "snapshot"


def test_runs_are_counted_as_they_are_opened(serve: Any) -> None:
    service = serve(max_runs=2)
    service.open("a")
    service.open("b")
    refused = service.post("/runs", json={"id": "c"})
    assert refused.status_code == 429
    assert "max_runs" in refused.json()["detail"]
    assert refused.headers["retry-after"] == "60"
    service.open("a", resume="allow")
    service.delete("/runs/a?purge=1")
    service.open("c")


def test_runs_are_counted_by_project(serve: Any) -> None:
    service = serve(max_runs_each=1)
    for run_id, project in (("a", "p"), ("b", "q"), ("c", None)):
        service.open(run_id, project=project)
    for project, told in (("p", "project p"), (None, "project default")):
        refused = service.post("/runs", json={"id": "d", "project": project})
        assert refused.status_code == 429
        assert told in refused.json()["detail"]
    service.delete("/runs/a?purge=1")
    service.open("d", project="p")


@pytest.mark.parametrize("what", ["config", "intent"])
def test_what_is_declared_bit_by_bit_has_the_same_bound(serve: Any, what: str) -> None:
    service = serve(max_declared=1000)
    service.open("alice")
    first, second, third = ({"type": what, what: {key: "x" * 400}} for key in "abc")
    told = service.tell("alice", first, second, third, {"type": "note", "text": "kept"})
    assert told["accepted"] == 3
    assert [(one["index"], "max_declared" in one["reason"]) for one in told["rejected"]] == [(2, True)]
    assert sorted(service.get("/runs/alice").json()[what]) == ["a", "b"]
    assert [one["type"] for one in service.get("/runs/alice/events").json()["items"]] == [what, what, "note"]
    resumed = service.post("/runs", json={"id": "alice", "resume": "must", what: {"d": "x" * 400}})
    assert resumed.status_code == 413
    if what == "intent":
        assert service.patch("/runs/alice", json={what: {"d": "x" * 400}}).status_code == 413
        assert service.patch("/runs/alice", json={what: {"d": "x" * 400, "a": None}}).status_code == 200


def test_tags_are_few_however_often_a_run_is_resumed(serve: Any) -> None:
    service = serve()
    service.open("alice", tags=[f"t{n}" for n in range(100)])
    service.open("alice", resume="must", tags=["t5"])
    assert service.post("/runs", json={"id": "alice", "resume": "must", "tags": ["more"]}).status_code == 413


@pytest.mark.parametrize("what", ["config", "intent", "host"])
def test_what_is_declared_has_a_bound(serve: Any, what: str) -> None:
    service = serve(max_declared=1000)
    service.open("alice", **{what: {"a": "x" * 900}})
    refused = service.post("/runs", json={"id": "bob", what: {"a": "x" * 1000}})
    assert refused.status_code == 413
    assert what in refused.json()["detail"]
    if what == "intent":
        assert service.patch("/runs/alice", json={"intent": {"a": "x" * 1000}}).status_code == 413

"""The live sockets as a page uses them."""

import json
from typing import Any

import pytest
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect


@pytest.fixture
def alice(service: Any) -> Any:
    service.open("alice", intent={"total_steps": 100})
    service.tell("alice", point(1, a=1.0, b=1.0), {"type": "note", "step": 1, "text": "<hello>"})
    return service


def point(step: int, **values: Any) -> Any:
    return {"type": "metrics", "step": step, "ts": 100.0 + step, "values": values}


def frames(socket: Any, kind: str) -> Any:
    """Take frames up to the first of a kind, and return that one."""
    while True:
        frame = json.loads(socket.receive_text(), parse_constant=pytest.fail)
        assert {"type", "cursor", "data"} == set(frame)
        if frame["type"] == kind:
            return frame


def test_a_trainer_learns_whether_anybody_looks(alice: Any) -> None:
    alice.open("bob")
    assert alice.tell("alice", point(2, a=1.0), seq=2)["watched"] is False
    with alice.socket("/runs/alice/live?key=a") as socket:
        frames(socket, "snapshot")
        assert alice.tell("alice", point(3, a=1.0), seq=3)["watched"] is True
        assert alice.tell("bob", point(3, a=1.0))["watched"] is False


def test_a_snapshot_and_then_frames(alice: Any) -> None:
    with alice.socket("/runs/alice/live?key=a") as socket:
        first = frames(socket, "snapshot")["data"]
        assert first["run"]["id"] == "alice"
        assert list(first["series"]) == ["a"]
        assert first["series"]["a"]["value"] == [1.0]
        assert first["events"][0]["text"] == "<hello>"
        alice.tell("alice", point(2, a="nan", b=2.0), {"type": "checkpoint", "step": 2, "path": "c"}, seq=2)
        points = frames(socket, "points")["data"]
        assert points["attempt"] == 1
        assert points["series"] == {
            "a": {
                "step": [2], "ts": [102.0], "value": [None],
                "nonfinite": [{"step": 2, "last_step": 2, "kind": "nan", "count": 1}],
            }
        }  # fmt: skip
        assert frames(socket, "event")["data"]["path"] == "c"
        run = frames(socket, "run")["data"]
        assert run["last_step"] == 2
        assert run["summary"]["a"]["nonfinite"] == 1


def test_a_viewer_changes_what_it_shows(alice: Any) -> None:
    with alice.socket("/runs/alice/live") as socket:
        assert frames(socket, "snapshot")["data"]["series"] == {}
        socket.send_text('{"subscribe": ["b"], "points": 500}')
        assert frames(socket, "snapshot")["data"]["series"]["b"]["value"] == [1.0]
        alice.tell("alice", point(2, a=2.0, b=2.0), seq=2)
        assert list(frames(socket, "points")["data"]["series"]) == ["b"]


def test_who_comes_back_with_its_cursor_misses_nothing(alice: Any) -> None:
    with alice.socket("/runs/alice/live?key=a") as socket:
        cursor = frames(socket, "snapshot")["cursor"]
    alice.tell("alice", point(2, a=2.0), seq=2)
    with alice.socket(f"/runs/alice/live?key=a&cursor={cursor}") as socket:
        assert json.loads(socket.receive_text())["type"] == "run"
        assert frames(socket, "points")["data"]["series"]["a"]["step"] == [2]
    with alice.socket(f"/runs/alice/live?key=b&cursor={cursor}") as socket:
        assert json.loads(socket.receive_text())["type"] == "snapshot", "another viewer's cursor"
    with alice.socket("/runs/alice/live?key=a&cursor=nonsense") as socket:
        assert json.loads(socket.receive_text())["type"] == "snapshot"


def test_the_cursor_of_the_metrics_goes_on_live(alice: Any) -> None:
    told = alice.get("/runs/alice/metrics?key=a").json()
    with alice.socket(f"/runs/alice/live?key=a&cursor={told['cursor']}") as socket:
        assert json.loads(socket.receive_text())["type"] == "run"
        alice.tell("alice", point(2, a=2.0), seq=2)
        assert frames(socket, "points")["data"]["series"]["a"]["step"] == [2]


def test_the_list_goes_on_live(alice: Any) -> None:
    with alice.socket("/live") as socket:
        first = frames(socket, "snapshot")["data"]
        assert [run["id"] for run in first["runs"]] == ["alice"]
        alice.open("bob")
        assert frames(socket, "run")["data"]["id"] == "bob"


def test_no_socket_for_a_run_that_is_not_there(alice: Any) -> None:
    with pytest.raises(WebSocketDenialResponse) as refused, alice.socket("/runs/bob/live"):
        pass
    assert refused.value.status_code == 404
    assert refused.value.json()["title"] == "Not found"


def test_a_purged_run_ends_its_sockets(alice: Any) -> None:
    with alice.socket("/runs/alice/live") as socket:
        frames(socket, "snapshot")
        alice.delete("/runs/alice?purge=1")
        with pytest.raises(WebSocketDisconnect) as ended:
            frames(socket, "never")
        assert ended.value.code == 4404


@pytest.mark.parametrize(
    "said", ["{", "[]", '{"subscribe": "a"}', '{"subscribe": [], "points": 0}', '{"subscribe": [1]}']
)
def test_a_viewer_that_says_nonsense_is_sent_away(alice: Any, said: str) -> None:
    with alice.socket("/runs/alice/live") as socket:
        frames(socket, "snapshot")
        socket.send_text(said)
        with pytest.raises(WebSocketDisconnect) as ended:
            frames(socket, "never")
        assert ended.value.code == 1008
        assert "subscribe" in ended.value.reason

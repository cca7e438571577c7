"""Tokens over HTTP: told once, bounded as asked, and useless once revoked."""

import logging
from typing import Any

import pytest
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def made(service: Any, **told: Any) -> Any:
    answer = service.post("/tokens", json={"name": "n", **told})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_token_is_told_once(service: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = made(service, name="trainer", scope="write", project="vision", expires_at=1_760_000_100.0)
    secret = token.pop("token")
    assert secret.startswith("ls_")
    assert token["created_at"] == 1_760_000_000.0
    assert (token["scope"], token["project"], token["revoked_at"]) == ("write", "vision", None)
    listed = service.get("/tokens")
    assert listed.json() == {"items": [token], "next": None}
    assert secret not in listed.text
    assert secret not in caplog.text
    assert "digest" not in listed.text


@pytest.mark.parametrize(
    "told",
    [{"name": ""}, {"scope": "owner"}, {"expires_at": 1.0}, {"project": ""}, {"token": "mine"}, {"name": "a\nb"}],
)
def test_what_cannot_be_a_token_is_refused(service: Any, told: Any) -> None:
    assert service.post("/tokens", json={"name": "n", **told}).status_code == 422


def test_on_loopback_a_token_is_not_asked_for_but_one_that_is_offered_counts(service: Any) -> None:
    token = made(service, scope="read")
    assert service.get("/session").json() == {"name": "local", "scope": "admin", "project": None, "signed_in": False}
    assert service.get("/runs", headers=bearer(token["token"])).status_code == 200
    assert service.post("/runs", json={}, headers=bearer(token["token"])).status_code == 403
    for offered in ("ls_unknown", ""):
        assert service.get("/runs", headers=bearer(offered)).status_code == 401
    assert service.get("/runs", headers={"Authorization": "Basic bG9jYWw6"}).status_code == 401
    service.delete(f"/tokens/{token['id']}")
    assert service.get("/runs", headers=bearer(token["token"])).status_code == 401
    assert service.get("/runs").status_code == 200


def test_loopback_asks_where_it_is_told_to(serve: Any) -> None:
    token = made(serve(), scope="admin")
    service = serve(require_token=True)
    assert service.get("/runs").status_code == 401
    assert service.get("/runs", headers=bearer(token["token"])).status_code == 200
    assert service.get("/about", headers=bearer(token["token"])).json()["token_wanted"] is True


def test_beyond_loopback_a_token_is_always_asked_for_unless_that_is_meant(serve: Any) -> None:
    token = made(serve(), scope="read")
    service = serve(host="192.0.2.1")
    assert service.get("/runs").status_code == 401
    assert service.get("/runs", headers=bearer(token["token"])).status_code == 200
    assert serve(host="192.0.2.1", insecure=True).get("/runs").status_code == 200


def test_an_expired_token_opens_nothing(service: Any, clock: Any) -> None:
    token = made(service, expires_at=clock.now() + 5.0)
    assert service.get("/runs", headers=bearer(token["token"])).status_code == 200
    clock.advance(5.0)
    assert service.get("/runs", headers=bearer(token["token"])).status_code == 401


def test_revoking_twice_is_as_once_and_nobody_cannot_be_revoked(service: Any, clock: Any) -> None:
    token = made(service)
    first = service.delete(f"/tokens/{token['id']}").json()
    clock.advance(5.0)
    assert service.delete(f"/tokens/{token['id']}").json() == first
    assert first["revoked_at"] == 1_760_000_000.0
    assert service.delete("/tokens/nobody").status_code == 404


def test_a_socket_is_closed_when_its_token_is_revoked(service: Any) -> None:
    token = made(service, scope="read")
    offered = ["lineside", f"bearer.{token['token']}"]
    with service.socket("/live", subprotocols=offered) as socket:
        assert socket.receive_json()["type"] == "snapshot"
        service.delete(f"/tokens/{token['id']}")
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 1008
    with pytest.raises(WebSocketDenialResponse) as refused, service.socket("/live", subprotocols=offered):
        pass
    assert refused.value.status_code == 401


@pytest.fixture
def two(service: Any) -> Any:
    """A run in each of two projects, and the headers of a token for everything in one of them."""
    service.open("alice", project="vision")
    service.open("bob", project="speech")
    return bearer(made(service, name="student", scope="admin", project="vision")["token"])


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def test_lists_hold_the_project_of_the_token_alone(service: Any, two: Any) -> None:
    assert ids(service.get("/runs", headers=two)) == ["alice"]
    assert ids(service.get("/runs?project=vision&brief=1", headers=two)) == ["alice"]
    refused = service.get("/runs?project=speech", headers=two)
    assert refused.status_code == 403
    assert "beyond the project “vision”" in refused.json()["detail"]
    assert [item["name"] for item in service.get("/projects?bytes=1", headers=two).json()["items"]] == ["vision"]
    assert [item["run"] for item in service.get("/rules/stall/runs", headers=two).json()["items"]] == ["alice"]
    assert service.get("/rules?standing=1", headers=two).json()["live_runs"] == 1


def test_a_run_of_another_project_is_not_there(service: Any, two: Any) -> None:
    for path in ("/runs/bob", "/runs/bob/metrics", "/runs/bob/events", "/compare?run=alice&run=bob"):
        hidden = service.get(path, headers=two)
        assert hidden.status_code == 404, path
        assert hidden.json()["detail"] == "There is no run bob."
    assert service.get("/runs/nobody", headers=two).json()["detail"] == "There is no run nobody."
    sent = service.post("/runs/bob/events", json={"writer": "w", "seq": 1, "events": []}, headers=two)
    assert sent.status_code == 404
    assert service.post("/runs/alice/stop", json={}, headers=two).status_code == 200
    assert service.get("/runs/bob").json()["stop_requested"] is False


def test_a_run_is_opened_in_the_project_of_the_token(service: Any, two: Any) -> None:
    assert service.post("/runs", json={}, headers=two).json()["project"] == "vision"
    assert service.post("/runs", json={"project": "vision"}, headers=two).status_code == 201
    assert service.post("/runs", json={"project": "speech"}, headers=two).status_code == 403
    resumed = service.post("/runs", json={"id": "bob", "resume": "allow"}, headers=two)
    assert resumed.status_code == 403
    assert "bob" in resumed.json()["detail"]
    assert service.post("/runs", json={"id": "alice", "resume": "allow"}, headers=two).status_code == 200


def test_rules_are_changed_for_the_project_of_the_token_alone(service: Any, two: Any) -> None:
    own = {"metric": "x", "op": ">", "value": 5}
    assert service.put("/rules/mine", json=own, headers=two).status_code == 403
    assert service.put("/rules/mine", json=own | {"scope": {"project": "speech"}}, headers=two).status_code == 403
    assert service.put("/rules/mine", json=own | {"scope": {"project": "vision"}}, headers=two).status_code == 200
    assert service.delete("/rules/mine", headers=two).status_code == 204
    service.put("/rules/theirs", json=own | {"scope": {"project": "speech"}})
    service.put("/rules/everyones", json=own)
    for rule in ("theirs", "everyones"):
        ours = own | {"scope": {"project": "vision"}}
        assert service.put(f"/rules/{rule}", json=ours, headers=two).status_code == 403
        assert service.delete(f"/rules/{rule}", headers=two).status_code == 403
    listed = ids(service.get("/rules?limit=1000", headers=two))
    assert "everyones" in listed
    assert "theirs" not in listed
    assert service.get("/rules/theirs", headers=two).status_code == 404
    assert service.post("/rules/test", json={"rule": "stall", "runs": ["bob"]}, headers=two).status_code == 404


def test_the_live_list_tells_of_the_project_of_the_token_alone(service: Any, two: Any) -> None:
    offered = ["lineside", two["Authorization"].replace("Bearer ", "bearer.")]
    with service.socket("/live", subprotocols=offered) as socket:
        first = socket.receive_json()["data"]
        assert [run["id"] for run in first["runs"]] == ["alice"]
        service.patch("/runs/bob", json={"notes": "secret"})
        service.patch("/runs/alice", json={"notes": "seen"})
        told = socket.receive_json()
        assert (told["type"], told["data"]["id"]) == ("run", "alice")
    with pytest.raises(WebSocketDenialResponse) as refused, service.socket("/runs/bob/live", subprotocols=offered):
        pass
    assert refused.value.status_code == 404


def test_about_tells_a_bound_token_what_its_own_project_keeps(serve: Any) -> None:
    keeping = {"vision": {"retention_days": 3}, "speech": {"retention_days": 4}}
    service = serve(project_keeping=keeping)
    token = made(service, project="vision")
    assert list(service.get("/about").json()["project_keeping"]) == ["vision", "speech"]
    assert list(service.get("/about", headers=bearer(token["token"])).json()["project_keeping"]) == ["vision"]

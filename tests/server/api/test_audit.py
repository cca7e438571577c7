"""Who did what, as REST puts it on record and tells it."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from lineside_server.audit import main
from lineside_server.core.clock import ManualClock

HEADERS = {"Authorization": "Bearer sesame"}
HOOK = "https://hooks.example/services/S3CRET-ADDRESS"
SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="


def found(service: Any, **query: Any) -> Any:
    answer = service.get("/audit", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def test_what_is_done_to_runs_is_on_record(service: Any) -> None:
    service.open("alice", project="vision")
    service.post("/runs/alice/stop", json={})
    service.patch("/runs/alice", json={"notes": "a private thought", "state": "stopped"})
    service.delete("/runs/alice")
    service.post("/runs/alice/restore", json={})
    service.delete("/runs/alice?purge=1")
    told = found(service, subject="alice")
    assert [one["action"] for one in told] == ["run.purge", "run.restore", "run.delete", "run.change", "run.stop"]
    assert {(one["actor"], one["scope"], one["project"], one["address"]) for one in told} == {
        ("local", "admin", "vision", "127.0.0.1")
    }
    assert told[3]["details"] == {"fields": ["notes", "state"], "state": "stopped"}
    assert "private thought" not in json.dumps(told)


def test_the_name_is_the_tokens_whatever_a_caller_says_of_itself(serve: Any) -> None:
    service = serve(token="sesame", headers=HEADERS)
    rule = {"metric": "a", "op": ">", "value": 5, "title": "too much"}
    assert service.put("/rules/mine", json=rule, headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 200
    (one,) = found(service)
    assert (one["actor"], one["action"], one["subject"], one["address"]) == (
        "LINESIDE_TOKEN", "rule.put", "mine", "127.0.0.1",
    )  # fmt: skip
    assert one["details"]["told"]["title"] == "too much"


def test_rules_and_webhooks_are_on_record_without_their_secrets(service: Any) -> None:
    service.put("/rules/mine", json={"metric": "a", "op": ">", "value": 5})
    service.delete("/rules/mine")
    hook = service.post("/webhooks", json={"kind": "standard", "name": "ops", "url": HOOK, "secret": SECRET})
    assert hook.status_code == 201, hook.text
    place = f"/webhooks/{hook.json()['id']}"
    service.patch(place, json={"url": HOOK + "2", "enabled": False})
    service.post(f"{place}/test", json={})
    service.delete(place)
    actions = [one["action"] for one in found(service)]
    assert actions == ["webhook.delete", "webhook.test", "webhook.change", "webhook.add", "rule.delete", "rule.put"]
    told = json.dumps(found(service))
    assert "S3CRET" not in told
    assert SECRET not in told
    assert found(service, action="webhook.change")[0]["details"] == {"name": "ops", "fields": ["enabled", "url"]}


def test_mutes_are_on_record_with_their_project(serve: Any) -> None:
    service = serve(token="sesame", headers=HEADERS)
    assert service.put("/rules/plateau/mutes/vision", json={}).json()["by"] == "LINESIDE_TOKEN"
    assert service.delete("/rules/plateau/mutes/vision").status_code == 204
    assert service.delete("/rules/plateau/mutes/vision").status_code == 404
    told = [(one["action"], one["subject"], one["project"]) for one in found(service)]
    assert told == [("rule.unmute", "plateau", "vision"), ("rule.mute", "plateau", "vision")]


def test_messages_that_are_sent_again_are_on_record(service: Any) -> None:
    hook = service.post("/webhooks", json={"kind": "standard", "name": "ops", "url": HOOK}).json()["id"]
    trial = service.post(f"/webhooks/{hook}/test", json={}).json()
    assert service.post(f"/webhooks/{hook}/replay", json={}).status_code == 200
    again = service.post(f"/deliveries/{trial['id']}/replay", json={}).status_code
    told = [one["action"] for one in found(service)]
    assert told == ["delivery.replay"] * (again == 200) + ["webhook.replay", "webhook.test", "webhook.add"]


def test_what_was_refused_is_not_on_record(service: Any) -> None:
    assert service.post("/runs/nobody/stop", json={}).status_code == 404
    assert service.delete("/rules/nothing").status_code == 404
    assert service.post("/alerts/none/ack", json={}).status_code == 404
    assert service.put("/rules/mine", json={"metric": "", "op": "?"}).status_code == 422
    assert found(service) == []


def test_reading_is_not_on_record(service: Any) -> None:
    service.open("alice")
    for path in ("/runs", "/runs/alice", "/audit", "/rules", "/webhooks"):
        assert service.get(path).status_code == 200
    assert found(service) == []


def test_nothing_changes_what_is_on_record(service: Any) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert service.request(method, "/audit", json={}).status_code == 405


def test_it_is_kept_as_long_as_the_setting_says(serve: Any, clock: ManualClock) -> None:
    service = serve(audit_days=2)
    service.open("alice")
    service.post("/runs/alice/stop", json={})
    clock.advance(86_400.0)
    service.portal.call(service.app.state.watch.tick, clock.now())
    assert len(found(service)) == 1
    clock.advance(86_400.0 + 3_601.0)
    service.portal.call(service.app.state.watch.tick, clock.now())
    assert found(service) == []


@pytest.mark.parametrize("as_json", [True, False])
def test_the_command_tells_it_from_the_service(
    make_server: Any, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    import httpx2  # noqa: PLC0415

    server = make_server()
    httpx2.post(f"{server.url}/runs", json={"id": "alice", "project": "[b]p"}).raise_for_status()
    assert main(["audit", "--server", server.url]) == 0
    assert "nothing is on record" in capsys.readouterr().err
    httpx2.post(f"{server.url}/runs/alice/stop", json={}).raise_for_status()
    assert main(["audit", "--server", server.url, "--action", "run.stop", *(["--json"] if as_json else [])]) == 0
    told = capsys.readouterr().out
    if as_json:
        assert json.loads(told)[0]["subject"] == "alice"
    else:
        assert "run.stop" in told
        assert "[b]p" in told
    assert main(["audit", "--server", server.url, "--actor", "nobody", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_tokens_and_sessions_are_on_record_without_their_secrets(serve: Any) -> None:
    service = serve(token="sesame", headers=HEADERS)
    made = service.post("/tokens", json={"name": "ann", "scope": "admin", "project": "vision"}).json()
    service.headers.pop("Authorization")
    assert service.post("/session", json={"token": made["token"]}).status_code == 200
    assert service.post("/runs", json={"id": "alice"}).status_code == 201
    assert service.post("/runs/alice/stop", json={}).status_code == 200
    assert service.request("DELETE", "/session", json={}).status_code == 204
    assert service.delete(f"/tokens/{made['id']}", headers=HEADERS).status_code == 200
    service.headers.update(HEADERS)
    told = found(service)
    assert [(one["action"], one["actor"], one["token_id"], one["subject"]) for one in told] == [
        ("token.revoke", "LINESIDE_TOKEN", None, made["id"]),
        ("session.end", "ann", made["id"], made["id"]),
        ("run.stop", "ann", made["id"], "alice"),
        ("session.begin", "ann", made["id"], made["id"]),
        ("token.create", "LINESIDE_TOKEN", None, made["id"]),
    ]
    assert told[-1]["details"] == {"name": "ann", "scope": "admin", "bound": "vision"}
    assert made["token"] not in json.dumps(told)


def test_refused_sign_ins_are_on_record_so_many_a_minute(serve: Any, clock: ManualClock) -> None:
    service = serve(token="sesame", headers=HEADERS)
    for n in range(30):
        afar = TestClient(service.app, base_url="http://127.0.0.1:7460", client=(f"192.0.2.{n}", 1))
        assert afar.post("/session", json={"token": f"guess-{n}"}).status_code == 401
    told = found(service, action="session.refuse")
    assert [one["address"] for one in told] == [f"192.0.2.{n}" for n in range(9, -1, -1)]
    assert {one["actor"] for one in told} == {"nobody"}
    clock.advance(61.0)
    service.post("/session", json={"token": "guess"})
    assert len(found(service, action="session.refuse")) == 11
    assert "guess" not in json.dumps(found(service))


def test_a_cookie_is_of_the_root_path(serve: Any) -> None:
    service = serve(token="sesame", root_path="/lines")
    assert "Path=/lines;" in service.post("/lines/session", json={"token": "sesame"}).headers["set-cookie"]

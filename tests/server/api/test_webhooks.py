"""Webhooks over HTTP: secrets are told once, trials tell how they fared, and what was given up can be replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.server.alerts.conftest import SECRET, Receiver

if TYPE_CHECKING:
    from collections.abc import Iterator

HOOK = "https://hooks.example.com/services/T0/secret-path"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def add(service: Any, url: str = HOOK, **told: Any) -> Any:
    answer = service.post("/webhooks", json={"url": url, **told})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_webhook_is_told_with_its_secret_once_and_never_with_its_address(service: Any) -> None:
    made = add(service)
    assert made["secret"].startswith("whsec_")
    assert made["target"] == "https://hooks.example.com"
    (listed,) = service.get("/webhooks").json()["items"]
    assert listed == {**made, "secret": None}
    for path in ("/webhooks", f"/webhooks/{made['id']}"):
        told = service.get(path).text
        assert "secret-path" not in told
        assert made["secret"] not in told


def test_a_secret_of_ones_own_is_taken_and_can_be_rotated(service: Any) -> None:
    made = add(service, secret=SECRET)
    assert made["secret"] == SECRET
    changed = service.patch(f"/webhooks/{made['id']}", json={"rotate_secret": True}).json()
    assert changed["secret"].startswith("whsec_")
    assert changed["secret"] != SECRET


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({"url": "ftp://x.example.com"}, "https://"),
        ({"url": "https://"}, "https://"),
        ({"url": HOOK, "secret": "short"}, "whsec_"),
        ({"url": HOOK, "filters": {"severity": "loud"}}, "severity"),
        ({"url": HOOK, "quiet": {"start": "25:00", "end": "07:00"}}, "quiet"),
        ({"url": "json://10.0.0.1/x", "kind": "apprise"}, "LINESIDE_WEBHOOK_ALLOW_PRIVATE"),
        ({"url": "nonsense", "kind": "apprise"}, "not allowed"),
        ({"url": "discord://x", "kind": "apprise"}, "does not understand"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(service: Any, told: Any, word: str) -> None:
    answer = service.post("/webhooks", json=told)
    assert answer.status_code == 422
    assert word in answer.text
    assert service.get("/webhooks").json()["items"] == []


def test_filters_and_quiet_hours_come_back_as_told(service: Any) -> None:
    filters = {"projects": ["p"], "rules": ["nonfinite"], "severity": "critical", "events": ["run.alert.firing"]}
    quiet = {"start": "22:00", "end": "07:30", "but_critical": False}
    made = add(service, filters=filters, quiet=quiet, name="night shift")
    assert (made["filters"], made["quiet"], made["name"]) == (filters, quiet, "night shift")
    changed = service.patch(f"/webhooks/{made['id']}", json={"quiet": None, "enabled": False}).json()
    assert (changed["quiet"], changed["enabled"], changed["filters"]) == (None, False, filters)


def test_a_trial_arrives_signed_and_is_told_of(serve: Any, receiver: Receiver) -> None:
    service = serve(webhook_allow_private=True)
    made = add(service, receiver.url, secret=SECRET)
    told = service.post(f"/webhooks/{made['id']}/test", json={}).json()
    assert (told["state"], told["status"]) == ("delivered", 200)
    assert receiver.taken[0]["data"]["alert"]["rule"] == "trial"
    (kept,) = service.get(f"/webhooks/{made['id']}/deliveries").json()["items"]
    assert kept["id"] == told["id"] == receiver.ids[0]
    assert service.get(f"/webhooks/{made['id']}").json()["deliveries"] == {"delivered": 1}


def test_a_trial_that_fails_says_why_and_is_not_tried_again(serve: Any, receiver: Receiver) -> None:
    service = serve(webhook_allow_private=True)
    made = add(service, receiver.url)
    receiver.answers = [(500, {})]
    told = service.post(f"/webhooks/{made['id']}/test", json={}).json()
    assert (told["state"], told["status"]) == ("dead", 500)
    again = service.post(f"/deliveries/{told['id']}/replay", json={})
    assert again.json()["state"] == "waiting"
    assert service.post(f"/deliveries/{told['id']}/replay", json={}).status_code in (200, 409)


def test_a_private_address_is_refused_as_it_connects(service: Any, receiver: Receiver) -> None:
    made = add(service, receiver.url)
    told = service.post(f"/webhooks/{made['id']}/test", json={}).json()
    assert told["state"] == "dead"
    assert "private network" in told["error"]
    assert receiver.tries == 0


def test_what_is_not_there_is_not_found(service: Any) -> None:
    for method, path in (
        ("GET", "/webhooks/x"), ("PATCH", "/webhooks/x"), ("DELETE", "/webhooks/x"), ("POST", "/webhooks/x/test"),
        ("GET", "/webhooks/x/deliveries"), ("POST", "/deliveries/x/replay"), ("GET", "/alerts/x/deliveries"),
    ):  # fmt: skip
        body: dict[str, str] | None = None if method in ("GET", "DELETE") else {}
        assert service.request(method, path, json=body).status_code == 404, path


def test_a_webhook_that_is_taken_away_leaves_nothing(serve: Any, receiver: Receiver) -> None:
    service = serve(webhook_allow_private=True)
    made = add(service, receiver.url)
    service.post(f"/webhooks/{made['id']}/test", json={})
    assert service.delete(f"/webhooks/{made['id']}").status_code == 204
    assert service.get("/webhooks").json()["items"] == []
    assert service.get(f"/webhooks/{made['id']}/deliveries").status_code == 404

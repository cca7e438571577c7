"""Webhooks over HTTP: secrets are told once, trials tell how they fared, and what was given up can be replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.server.alerts.conftest import SECRET, Receiver, alert

from lineside_server.core.findings import Health, Level
from lineside_server.core.judged import Judged, Told
from lineside_server.store.alerts import save_judgement

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


def test_the_health_of_a_webhook_tells_since_when_it_fails_and_when_it_last_worked(
    serve: Any, receiver: Receiver, clock: Any
) -> None:
    service = serve(webhook_allow_private=True)
    made = add(service, receiver.url, secret=SECRET)
    assert made["health"] == {"delivered_at": None, "failing_since": None, "error": None, "dead_letters": 0}
    receiver.answers = [(500, {}), (200, {}), (404, {}), (503, {})]

    def tested() -> Any:
        clock.advance(60.0)
        service.post(f"/webhooks/{made['id']}/test", json={})
        return service.get(f"/webhooks/{made['id']}").json()["health"]

    start = clock.now()
    failing = tested()
    assert (failing["delivered_at"], failing["failing_since"]) == (None, start + 60)
    assert failing["error"] == "Internal Server Error"
    works = tested()
    assert (works["delivered_at"], works["failing_since"], works["error"]) == (start + 120, None, None)
    tested()
    again = tested()
    assert (again["delivered_at"], again["failing_since"]) == (start + 120, start + 180)
    assert again["error"] == "Service Unavailable"
    assert again["dead_letters"] == 0  # trials are no letters
    assert service.get("/webhooks").json()["items"][0]["health"] == again


def test_all_that_was_given_up_is_replayed_at_once_but_for_trials(
    serve: Any, receiver: Receiver, clock: Any, wait: Any
) -> None:
    service = serve(webhook_allow_private=True)
    made = add(service, receiver.url, secret=SECRET)
    receiver.answers = [(500, {})] * 3
    service.post(f"/webhooks/{made['id']}/test", json={})
    service.open("alice")
    service.patch("/runs/alice", json={"state": "failed", "state_reason": "by hand"})
    path = f"/webhooks/{made['id']}/deliveries"
    clock.advance(20.0)
    service.app.state.watch.desk.courier.ring()
    wait(lambda: receiver.tries == 2 and service.get(path, params={"state": "waiting"}).json()["items"])
    clock.advance(100_000.0)  # a day after it was made it is given up
    service.app.state.watch.desk.courier.ring()
    dead = wait(lambda: service.get(path, params={"state": "dead", "trials": "0"}).json()["items"])
    assert [one["run_id"] for one in dead] == ["alice"]
    assert len(service.get(path, params={"state": "dead"}).json()["items"]) == 2
    assert service.get(f"/webhooks/{made['id']}").json()["health"]["dead_letters"] == 1
    assert service.post(f"/webhooks/{made['id']}/replay", json={}).json() == {"replayed": 1}
    assert wait(lambda: receiver.ids) == [dead[0]["id"]]
    assert service.post(f"/webhooks/{made['id']}/replay", json={}).json() == {"replayed": 0}


def test_a_private_address_is_refused_as_it_connects(service: Any, receiver: Receiver) -> None:
    made = add(service, receiver.url)
    told = service.post(f"/webhooks/{made['id']}/test", json={}).json()
    assert told["state"] == "dead"
    assert "private network" in told["error"]
    assert receiver.tries == 0


def test_what_is_not_there_is_not_found(service: Any) -> None:
    for method, path in (
        ("GET", "/webhooks/x"), ("PATCH", "/webhooks/x"), ("DELETE", "/webhooks/x"), ("POST", "/webhooks/x/test"),
        ("GET", "/webhooks/x/deliveries"), ("POST", "/webhooks/x/replay"),
        ("POST", "/deliveries/x/replay"), ("GET", "/alerts/x/deliveries"),
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


def judged(service: Any, *found: Any) -> None:
    """Have a judge find alerts in the run `r` of project `p`."""
    store = service.app.state.watch.store
    service.open("r", project="p", resume="allow")
    told = tuple(Told(one.id, "fired", one.last_step, one.opened_at, one.level) for one in found)
    save_judgement(store, "r", Judged(found, told, Health(), (), b"", "v")).result()


def test_an_alert_tells_who_was_told_and_why_the_others_were_not(
    serve: Any, receiver: Receiver, clock: Any, wait: Any
) -> None:
    service = serve(webhook_allow_private=True)
    judged(service)
    ops = add(service, receiver.url, name="ops", secret=SECRET)
    add(service, receiver.url, name="critical alone", filters={"severity": "critical"})
    add(service, receiver.url, name="elsewhere", filters={"projects": ["q"]})
    judged(service, alert("a", level=Level.WARNING, opened_at=clock.now() + 1))
    path = "/alerts/a/deliveries"
    told = service.get(path).json()
    assert (told["items"], told["nobody"]) == ([], None)
    assert {one["name"]: (one["why"], one["at"]) for one in told["untold"]} == {
        "ops": ("is told in a moment, with what follows from it", clock.now() + 10),
        "critical alone": ("is told of critical alerts alone", None),
    }
    clock.advance(11.0)
    service.app.state.watch.desk.courier.ring()
    (item,) = wait(lambda: [one for one in service.get(path).json()["items"] if one["state"] == "delivered"])
    assert (item["webhook"], item["name"], item["kind"], item["status"]) == (ops["id"], "ops", "standard", 200)
    assert item["body"]["data"]["alert"]["id"] == "a"


def test_an_alert_that_is_told_to_nobody_says_why(service: Any, clock: Any) -> None:
    judged(service, alert("a", opened_at=clock.now()), alert("b", rule="plateau", parent="a", opened_at=clock.now()))
    assert service.get("/alerts/a/deliveries").json()["nobody"] == "There is no channel that could be told."
    add(service)
    assert service.get("/alerts/b/deliveries").json()["nobody"].startswith("It follows from another alert")
    service.put("/rules/lr-exhausted/mutes/p", json={}).raise_for_status()
    told = service.get("/alerts/a/deliveries").json()
    assert (told["nobody"], told["untold"]) == ("The rule lr-exhausted is muted for project p.", [])

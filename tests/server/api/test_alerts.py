"""What was found over HTTP: checks, alerts, and what people do to them."""

import json
from dataclasses import replace
from typing import Any

import pytest

from lineside_server.core.findings import Alert, Cause, Check, Finding, Health, Level
from lineside_server.core.judged import Judged
from lineside_server.store.alerts import save_judgement

JSON = {"Content-Type": "application/json"}
FINDING = Finding(
    "The learning rate is 0 where 7.97e-06 is due", {"lr": 0.0, "odd": float("nan")}, {"lr": 7.97e-06}, (0, 128),
    ("lr",), "lr = peak * update / warmup", {}, (Cause("stepped-twice", 0.9, "It is."),), ("Step it once.",), "Why.",
)  # fmt: skip
CHECKED = {"passing": 1, "pending": 0, "firing": 1, "not_checked": 0}
HEALTH = Health("critical", {"critical": 1, "warning": 0, "info": 0}, CHECKED, 128)


def alert(alert_id: str = "a", run_id: str = "alice", **fields: Any) -> Alert:
    told = Alert(
        alert_id, run_id, "lr-exhausted", "lr", None, Level.CRITICAL, "firing", 128, 100.0, 128, None, None, None,
        FINDING,
    )  # fmt: skip
    return replace(told, **fields)


@pytest.fixture
def service(serve: Any) -> Any:
    """A service that judges nothing by itself."""
    return serve(judging=False)


@pytest.fixture
def judge(service: Any) -> Any:
    """Save what was found in a run: `judge(*alerts, run=)`."""

    def save(*alerts: Alert, run: str = "alice") -> None:
        checks = (
            Check("lr-schedule", "passing", "All is well."),
            Check("odd", "not_checked", "It failed.", "KeyError"),
        )
        judged = Judged(alerts, (), HEALTH, checks, b"", "1")
        save_judgement(service.app.state.watch.store, run, judged).result()

    service.open("alice")
    return save


def listed(service: Any, path: str) -> Any:
    answer = service.get(path)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text, parse_constant=pytest.fail)


def test_an_alert_is_told_in_full(service: Any, judge: Any) -> None:
    judge(alert())
    told = listed(service, "/alerts/a")
    assert told["severity"] == "critical"
    assert (told["state"], told["opened_step"], told["acknowledged"]) == ("firing", 128, None)
    assert told["evidence"] == {
        "observed": {"lr": 0.0, "odd": "nan"},
        "expected": {"lr": 7.97e-06},
        "window": {"from_step": 0, "to_step": 128},
        "keys": ["lr"],
        "formula": "lr = peak * update / warmup",
    }
    assert told["causes"] == [{"id": "stepped-twice", "fit": 0.9, "explanation": "It is.", "evidence": {}}]
    assert listed(service, "/alerts")["items"] == listed(service, "/runs/alice/alerts")["items"] == [told]


def test_a_run_carries_its_health(service: Any, judge: Any) -> None:
    assert listed(service, "/runs/alice")["health"]["verdict"] == "unknown"
    judge(alert())
    health = listed(service, "/runs/alice")["health"]
    assert (health["verdict"], health["firing"]["critical"], health["through_step"]) == ("critical", 1, 128)
    assert listed(service, "/runs")["items"][0]["health"] == health


def test_the_checks_tell_how_each_rule_stands(service: Any, judge: Any) -> None:
    before = listed(service, "/runs/alice/checks")
    assert before == {"items": [], "next": None, "through_step": None, "last_step": None, "lag_s": None}
    judge()
    told = listed(service, "/runs/alice/checks")
    assert told["items"] == [
        {"rule": "lr-schedule", "verdict": "passing", "reason": "All is well."},
        {"rule": "odd", "verdict": "not_checked", "reason": "It failed.", "broken": "KeyError"},
    ]
    assert told["through_step"] == 128


def test_alerts_are_picked_and_paged(service: Any, judge: Any) -> None:
    service.open("bob")
    judge(alert("a"), alert("b", parent="a", opened_at=101.0), alert("c", state="resolved", opened_at=102.0))
    judge(alert("d", "bob", rule="plateau", opened_at=103.0), run="bob")

    def ids(query: str, path: str = "/alerts") -> list[str]:
        return [one["id"] for one in listed(service, f"{path}?{query}")["items"]]

    assert ids("") == ["d", "c", "b", "a"]
    assert ids("state=firing") == ["d", "b", "a"]
    assert ids("state=firing&roots=1") == ["d", "a"]
    assert ids("state=pending") == []
    assert ids("rule=plateau") == ["d"]
    assert ids("roots=1", "/runs/alice/alerts") == ["c", "a"]
    first = listed(service, "/alerts?limit=3")
    assert [one["id"] for one in listed(service, f"/alerts?limit=3&cursor={first['next']}")["items"]] == ["a"]


@pytest.mark.parametrize(
    "path", ["/runs/bob/alerts", "/runs/bob/checks", "/runs/bob/alerts?state=pending", "/alerts/x"]
)
def test_what_is_not_there_is_not_found(service: Any, judge: Any, path: str) -> None:
    assert service.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/alerts?state=odd", "/alerts?roots=maybe", "/alerts?limit=0"])
def test_a_query_at_fault_is_named(service: Any, path: str) -> None:
    answer = service.get(path)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["place"].startswith("query.")


def test_a_cursor_of_another_list_is_refused(service: Any) -> None:
    assert service.get("/alerts?cursor=nonsense").status_code == 400


def test_an_alert_is_acknowledged(service: Any, judge: Any, clock: Any) -> None:
    judge(alert())
    told = service.post("/alerts/a/ack", json={"by": "ann", "note": "known"}).json()
    assert told["acknowledged"] == {"by": "ann", "note": "known", "at": clock.now()}
    assert listed(service, "/alerts/a") == told
    assert service.post("/alerts/a/ack", json={}).json()["acknowledged"]["by"] is None


def test_an_alert_is_silenced_and_speaks_again(service: Any, judge: Any, clock: Any) -> None:
    judge(alert())
    service.tell("alice", {"type": "metrics", "step": 200, "values": {"lr": 0.0}})
    told = service.post("/alerts/a/silence", json={"seconds": 60, "by": "ann"}).json()
    assert told["silenced_until"] == {"at": clock.now() + 60, "step": None, "by": "ann"}
    told = service.post("/alerts/a/silence", json={"steps": 50}).json()
    assert told["silenced_until"] == {"at": None, "step": 250, "by": None}
    assert service.post("/alerts/a/silence", json={"seconds": 0}).json()["silenced_until"] is None


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("ack", {"who": "ann"}),
        ("ack", {"by": ""}),
        ("silence", {}),
        ("silence", {"seconds": -1}),
        ("silence", {"seconds": "inf"}),
        ("silence", {"steps": 0.5}),
    ],
)
def test_what_is_said_wrong_changes_nothing(service: Any, judge: Any, path: str, told: Any) -> None:
    judge(alert())
    answer = service.post(f"/alerts/a/{path}", json=told)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    before = listed(service, "/alerts/a")
    assert (before["acknowledged"], before["silenced_until"]) == (None, None)


@pytest.mark.parametrize("path", ["ack", "silence"])
def test_an_alert_that_is_not_there_takes_nothing(service: Any, path: str) -> None:
    answer = service.post(f"/alerts/nowhere/{path}", json={"seconds": 1} if path == "silence" else {})
    assert answer.status_code == 404
    assert answer.json()["detail"] == "There is no alert nowhere."


def test_alerts_and_checks_are_live(service: Any, judge: Any) -> None:
    judge(alert(), *(alert(f"r{place}", state="resolved", opened_at=200.0 + place) for place in range(120)))
    with service.socket("/runs/alice/live") as socket, service.socket("/live") as listing:
        data = socket.receive_json()["data"]
        assert (len(data["alerts"]), data["alerts"][0]["id"], data["alerts"][1]["id"]) == (100, "a", "r119")
        assert data["checks"][0]["rule"] == "lr-schedule"
        assert data["run"]["health"]["verdict"] == "critical"
        assert [one["id"] for one in listing.receive_json()["data"]["alerts"]] == ["a"]
        told = service.post("/alerts/a/ack", json={"by": "ann"}).json()
        for each in (socket, listing):
            while (frame := each.receive_json())["type"] != "alert":
                assert frame["type"] == "run"
            assert frame["data"] == told


def test_a_list_tells_what_is_around_its_alerts(service: Any, judge: Any) -> None:
    judge(alert("a"), alert("b", parent="a", level=Level.WARNING), alert("c", level=Level.INFO, opened_at=101.0))
    page = listed(service, "/alerts?roots=1&around=1&severity=critical&severity=warning&q=alice")
    assert [one["id"] for one in page["items"]] == ["a"]
    assert [one["id"] for one in page["follows"]] == ["b"]
    assert page["runs"]["alice"]["name"] == "alice"
    assert "runs" not in listed(service, "/alerts?roots=1")
    assert listed(service, "/alerts?project=elsewhere&around=1") == {
        "items": [],
        "next": None,
        "runs": {},
        "follows": [],
    }


def test_an_acknowledgement_can_be_taken_back(service: Any, judge: Any) -> None:
    judge(alert())
    service.post("/alerts/a/ack", json={"by": "me", "note": "seen"})
    assert [one["id"] for one in listed(service, "/alerts?acknowledged=true")["items"]] == ["a"]
    assert service.delete("/alerts/a/ack", headers=JSON).json()["acknowledged"] is None
    assert listed(service, "/alerts?acknowledged=true")["items"] == []
    assert service.delete("/alerts/none/ack", headers=JSON).status_code == 404

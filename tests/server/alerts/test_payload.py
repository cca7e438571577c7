"""What messages say: their bodies, and as they look in chat, kept as they are rendered."""

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.server.alerts.conftest import FINDING, NOW, alert, channel, over
from tests.server.alerts.test_routing import run

from lineside_server.alerts.payload import alertmanager_body, body_of, link, stamp, words
from lineside_server.alerts.post import packed
from lineside_server.core.findings import Cause, Level
from lineside_server.core.notices import STATE_TOPIC, Delivery, Topic

BASE = "https://watch.example.com/"
CAUSE = Cause("stepped-in-batches", 0.93, "The schedule counts 74,823 batches where 4,676 updates are made.", {})


def told(event: Any = "run.alert.firing", **fields: Any) -> dict[str, Any]:
    finding = replace(FINDING, causes=(CAUSE,), observed={"lr": 0.0})
    child = alert("b", rule="lr-stuck", finding=replace(FINDING, title="The learning rate stands still"))
    topic = Topic(run(**fields), "lr-exhausted\tlr", (), alert(finding=finding), (child,))
    if event == "run.alert.resolved":
        topic = replace(topic, alert=over(alert(finding=finding)), follows=())
    if event == "run.state":
        topic = replace(topic, name=STATE_TOPIC, alert=None, follows=())
    return body_of(topic, event, Level.CRITICAL, NOW, BASE)


def delivery(body: dict[str, Any]) -> Delivery:
    return Delivery("msg_1", "r", "c", "lr-exhausted\tlr", 1, body["type"], "a", NOW, NOW, body)


def test_a_body_is_versioned_and_links_to_the_step() -> None:
    body = told()
    assert body["type"] == "run.alert.firing"
    assert body["timestamp"] == stamp(NOW) == "2026-09-21T14:13:20.000Z"
    assert body["data"]["version"] == 1
    assert body["data"]["url"] == "https://watch.example.com/#/runs/r?alert=a"
    assert body["data"]["follows"][0]["title"] == "The learning rate stands still"


def test_links_quote_what_users_name() -> None:
    assert link(BASE, "a/b c", None) == "https://watch.example.com/#/runs/a%2Fb%20c"
    assert link(None, "r", "a") is None


@pytest.mark.parametrize(
    ("body", "title", "text"),
    [
        (
            told(),
            "Critical: The learning rate is 0 where 7.97e-06 is due",
            (
                "Run night of p, since step 128.\n"
                "Observed: lr 0. Expected: lr 7.97e-06.\n"
                "Why: The schedule counts 74,823 batches where 4,676 updates are made.\n"
                "Do: Step the schedule once an update.\n"
                "It explains: The learning rate stands still.\n"
                "https://watch.example.com/#/runs/r?alert=a"
            ),
        ),
        (
            told("run.alert.resolved"),
            "Resolved: The learning rate is 0 where 7.97e-06 is due",
            "Run night of p, since step 128.\nIt is over.\nhttps://watch.example.com/#/runs/r?alert=a",
        ),
        (
            told("run.state", state="lost", state_reason="Nothing was heard of it for 61 s."),
            "night is lost at step 128",
            "Project p: Nothing was heard of it for 61 s.\nhttps://watch.example.com/#/runs/r",
        ),
    ],
)
def test_messages_read_well(body: dict[str, Any], title: str, text: str) -> None:
    assert words(body) == (title, text)


def test_alertmanager_receivers_find_what_they_look_for() -> None:
    body = alertmanager_body([delivery(told()), delivery(told("run.alert.resolved"))], "ops")
    assert (body["version"], body["status"], body["receiver"]) == ("4", "firing", "ops")
    first, second = body["alerts"]
    assert first["labels"] == {
        "alertname": "lr-exhausted", "severity": "critical", "run_id": "r", "run": "night", "project": "p",
        "subject": "lr",
    }  # fmt: skip
    assert first["endsAt"] == "0001-01-01T00:00:00Z"
    assert (second["status"], second["endsAt"]) == ("resolved", second["startsAt"])
    assert body["commonLabels"]["run_id"] == "r"


def test_both_secrets_sign_while_one_is_rotated() -> None:
    secrets = ("whsec_" + "bGluZXNpZGUtbGluZXNpZGUtbGluZXNpZGU=", "whsec_" + "c2Vjb25kLXNlY29uZC1zZWNvbmQtc2Vjb25k")
    data, headers = packed(channel(secrets=secrets), delivery(told()), NOW)
    assert [one.split(",")[0] for one in headers["webhook-signature"].split()] == ["v1", "v1"]
    assert json.loads(data)["type"] == "run.alert.firing"
    _, plain = packed(channel(kind="alertmanager", secrets=()), delivery(told()), NOW)
    assert "webhook-signature" not in plain

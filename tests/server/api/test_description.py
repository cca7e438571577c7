"""Whatever the description allows to be sent is answered, and as the description says."""

import time
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from lineside_server.app import create_app
from lineside_server.settings import Settings

PATIENCE_S = 20.0
OPERATIONS = [
    (path, method.upper()) for path, methods in create_app(Settings()).openapi()["paths"].items() for method in methods
]
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def described(module_server: Any) -> Any:
    """The description as the service gives it, with one run to ask for."""
    with httpx2.Client(base_url=module_server.url) as client:
        client.post("/runs", json={"id": "alice"}).raise_for_status()
        events = [{"type": "metrics", "step": 1, "values": {"a": "nan", "lr": 1}}, {"type": "note", "text": "hello"}]
        client.post("/runs/alice/events", json={"writer": "w", "seq": 1, "events": events}).raise_for_status()
        find_something(client)
    return schemathesis.openapi.from_url(f"{module_server.url}/openapi.json")


def find_something(client: httpx2.Client) -> None:
    """Let a rule of one's own fire, so that there is an alert to be told."""
    client.put("/rules/found", json={"metric": "a", "op": ">", "value": 5}).raise_for_status()
    client.post("/runs", json={"id": "bob"}).raise_for_status()
    events = [{"type": "metrics", "step": 1, "values": {"a": 9}}, {"type": "finish", "status": "finished"}]
    client.post("/runs/bob/events", json={"writer": "w", "seq": 1, "events": events}).raise_for_status()
    deadline = time.monotonic() + PATIENCE_S
    while not client.get("/alerts?rule=found").json()["items"]:
        assert time.monotonic() < deadline, "nothing was found"


@pytest.mark.filterwarnings("ignore:Skipped test cases with unsupported payload media types")
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_answers_are_as_described(described: Any, path: str, method: str, data: st.DataObject) -> None:
    case = data.draw(described[path][method].as_strategy())
    case.call_and_validate(checks=CHECKS)


@pytest.mark.parametrize("path", ["", "/metrics", "/metrics?declared=1", "/events", "/checks", "/alerts"])
def test_a_run_that_is_there_is_as_described(described: Any, path: str) -> None:
    plain, _, query = path.partition("?")
    operation = described[f"/runs/{{run_id}}{plain}"]["GET"]
    wanted = {"declared": True} if query else {}
    case = operation.Case(path_parameters={"run_id": "alice"}, query=wanted)
    answer = case.call()
    assert answer.status_code == 200
    case.validate_response(answer, checks=CHECKS)


def test_a_comparison_is_as_described(described: Any) -> None:
    case = described["/compare"]["GET"].Case(query={"run": ["alice", "bob"]})
    answer = case.call()
    assert answer.status_code == 200
    case.validate_response(answer, checks=CHECKS)


@pytest.mark.parametrize(
    ("path", "method", "body"),
    [
        ("/alerts", "GET", None),
        ("/alerts/{alert_id}", "GET", None),
        ("/alerts/{alert_id}/ack", "POST", {"by": "ann"}),
        ("/alerts/{alert_id}/silence", "POST", {"steps": 9}),
        ("/rules", "GET", None),
        ("/rules?standing=1", "GET", None),
        ("/rules/{rule_id}", "GET", None),
        ("/rules/{rule_id}/runs", "GET", None),
        ("/rules/test", "POST", {"rule": "found", "runs": ["alice", "bob"]}),
    ],
)
def test_what_was_found_is_as_described(described: Any, module_server: Any, path: str, method: str, body: Any) -> None:
    found = httpx2.get(f"{module_server.url}/alerts?rule=found").json()["items"][0]
    path, _, query = path.partition("?")
    place = {"alert_id": found["id"]} if "alert_id" in path else {"rule_id": "found"} if "rule_id" in path else {}
    told: dict[str, Any] = {} if body is None else {"body": body, "media_type": "application/json"}
    told |= {"query": {"standing": True}} if query else {}
    case = described[path][method].Case(path_parameters=place, **told)
    answer = case.call()
    assert answer.status_code == 200, answer.text
    case.validate_response(answer, checks=CHECKS)

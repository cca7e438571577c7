"""Whatever the description allows to be sent is answered, and as the description says."""

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
    return schemathesis.openapi.from_url(f"{module_server.url}/openapi.json")


@pytest.mark.filterwarnings("ignore:Skipped test cases with unsupported payload media types")
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_answers_are_as_described(described: Any, path: str, method: str, data: st.DataObject) -> None:
    case = data.draw(described[path][method].as_strategy())
    case.call_and_validate(checks=CHECKS)


@pytest.mark.parametrize("path", ["", "/metrics", "/metrics?declared=1", "/events"])
def test_a_run_that_is_there_is_as_described(described: Any, path: str) -> None:
    plain, _, query = path.partition("?")
    operation = described[f"/runs/{{run_id}}{plain}"]["GET"]
    wanted = {"declared": True} if query else {}
    case = operation.Case(path_parameters={"run_id": "alice"}, query=wanted)
    answer = case.call()
    assert answer.status_code == 200
    case.validate_response(answer, checks=CHECKS)

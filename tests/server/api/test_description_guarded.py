"""Whatever the description allows to be sent to a service that wants a token: no 500 with one, and nothing without."""

from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance

from lineside_server.app import create_app
from lineside_server.settings import Settings

TOKEN = "canary-token-of-the-description"
KEPT = "canary-kept-from-strangers"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
OPEN = {("/healthz", "GET"), ("/session", "DELETE")}  # they say nothing of what is kept
OPERATIONS = [
    (path, method.upper()) for path, methods in create_app(Settings()).openapi()["paths"].items() for method in methods
]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, module_serving: Any) -> Any:
    server = module_serving(token=TOKEN)
    with httpx2.Client(base_url=server.url, headers=HEADERS) as client:
        told = {"id": KEPT, "name": KEPT, "project": KEPT, "tags": [KEPT], "config": {KEPT: KEPT}}
        client.post("/runs", json=told).raise_for_status()
        events = [{"type": "metrics", "step": 1, "values": {KEPT: 1.0}}, {"type": "note", "text": KEPT}]
        client.post(f"/runs/{KEPT}/events", json={"writer": "w", "seq": 1, "events": events}).raise_for_status()
        rule = {"metric": KEPT, "op": ">", "value": 5, "title": KEPT}
        client.put(f"/rules/{KEPT}", json=rule).raise_for_status()
        hook = {"kind": "standard", "name": KEPT, "url": f"https://{KEPT}.example/"}
        client.post("/webhooks", json=hook)
    return server


@pytest.fixture(scope="module")
def described(guarded: Any) -> Any:
    return schemathesis.openapi.from_url(f"{guarded.url}/openapi.json")


@pytest.mark.filterwarnings("ignore:Skipped test cases with unsupported payload media types")
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_with_a_token_nothing_fails_and_it_is_never_told(
    described: Any, path: str, method: str, data: st.DataObject
) -> None:
    case = data.draw(described[path][method].as_strategy())
    answer = case.call(headers=HEADERS)
    case.validate_response(answer, checks=[not_a_server_error, content_type_conformance])
    assert TOKEN not in answer.text
    assert TOKEN not in str(answer.headers)


@pytest.mark.filterwarnings("ignore:Skipped test cases with unsupported payload media types")
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(data=st.data(), offered=st.sampled_from([None, "Bearer wrong", "Bearer", f"Basic {TOKEN}", f"Bearer {TOKEN}x"]))
def test_without_one_nothing_is_told_and_nothing_is_done(
    described: Any, path: str, method: str, data: st.DataObject, offered: str | None
) -> None:
    case = data.draw(described[path][method].as_strategy())
    answer = case.call(headers={} if offered is None else {"Authorization": offered})
    assert answer.status_code < 500
    told = answer.text.replace(str(case.path_parameters), "")
    assert KEPT not in told or KEPT in str(case.as_curl_command())
    if (path, method) not in OPEN:
        assert answer.status_code in (400, 401, 403, 404, 415, 422, 429), answer.text


@pytest.mark.parametrize(
    "path", ["/runs", f"/runs/{KEPT}", f"/runs/{KEPT}/metrics", f"/runs/{KEPT}/events", "/alerts", "/rules", "/audit",
             "/webhooks", "/projects", "/sizes", "/metrics", "/about", "/readyz", f"/compare?run={KEPT}&run={KEPT}"],
)  # fmt: skip
def test_what_is_kept_is_kept_from_strangers(guarded: Any, path: str) -> None:
    answer = httpx2.get(f"{guarded.url}{path}")
    assert answer.status_code == 401
    assert KEPT not in answer.text

"""Behind a proxy: which of its words are believed, and that a path before ours changes nothing."""

from typing import Any

import pytest
from pydantic import ValidationError
from starlette.testclient import WebSocketDenialResponse

from lineside_server.app import create_app
from lineside_server.errors import StartError
from lineside_server.settings import Settings

JSON = {"Content-Type": "application/json"}
SECURE = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "box.example", "X-Forwarded-For": "203.0.113.9"}
TRUSTING = {"forwarded_allow_ips": "127.0.0.1", "allowed_hosts": "box.example"}


@pytest.mark.parametrize("before", ["", "/lines/here"])
@pytest.mark.parametrize("path", ["/runs", "/runs/alice", "/healthz", "/openapi.json", "/alerts", "/about"])
def test_what_is_asked_below_the_root_path_is_answered_with_it_or_without(serve: Any, before: str, path: Any) -> None:
    service = serve(root_path="/lines/here")
    service.open("alice")
    answer = service.get(before + path)
    assert answer.status_code == 200
    assert answer.content == service.get(path).content


def test_the_shortest_way_of_events_stands_below_the_root_path_too(serve: Any) -> None:
    service = serve(root_path="/lines")
    service.open("alice")
    told = {"writer": "w", "seq": 1, "events": [{"type": "note", "step": 1, "text": "hello"}]}
    assert service.post("/lines/runs/alice/events", json=told).json()["accepted"] == 1


def test_a_socket_opens_below_the_root_path(serve: Any) -> None:
    service = serve(root_path="/lines")
    with service.socket("/lines/live") as socket:
        assert socket.receive_json()["type"] == "snapshot"


def test_the_bare_root_path_leads_to_the_page(serve: Any) -> None:
    answer = serve(root_path="/lines").get("/lines", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (308, "/lines/")


def test_what_only_begins_like_the_root_path_is_another_address(serve: Any) -> None:
    service = serve(root_path="/lines")
    assert service.get("/lineside/runs").status_code == 404
    assert service.get("/lines/lines/runs").status_code == 404  # it is taken off once


def test_a_token_is_wanted_below_the_root_path_as_well(serve: Any) -> None:
    service = serve(root_path="/lines", token="sesame")
    for path in ("/runs", "/lines/runs", "/lines/lines/runs", "/lines//runs", "//runs", "/lines/../runs"):
        assert service.get(f"{service.base_url}{path}").status_code in (401, 404), path
    assert service.get("/lines/healthz").status_code == 200
    with pytest.raises(WebSocketDenialResponse) as refused, service.socket("/lines/live"):
        pass
    assert refused.value.status_code == 401


def test_the_description_names_the_root_path(serve: Any) -> None:
    assert serve(root_path="/lines").get("/openapi.json").json()["servers"] == [{"url": "/lines"}]
    assert "servers" not in serve().get("/openapi.json").json()


@pytest.mark.parametrize("root", ["/runs", "/docs/here", "/live"])
def test_a_root_path_that_is_an_address_of_ours_is_refused(root: str) -> None:
    with pytest.raises(StartError, match="choose another"):
        create_app(Settings(root_path=root))


@pytest.mark.parametrize("wrong", ["lines", "//x", "/a b", "/a?b", "/<b>", "/%2e"])
def test_a_root_path_is_a_path(wrong: str) -> None:
    with pytest.raises(ValidationError, match="root path"):
        Settings(root_path=wrong)


def test_a_root_path_may_end_with_a_slash() -> None:
    assert Settings(root_path="/lines/").root_path == "/lines"
    assert Settings(root_path="/").root_path == ""
    assert Settings(root_path="/lines").page_url == "http://127.0.0.1:7460/lines"


@pytest.mark.parametrize("wrong", ["*", "box.example", "10.0.0.0/8/8"])
def test_only_addresses_are_trusted_by_name(wrong: str) -> None:
    with pytest.raises(ValidationError, match="no address"):
        Settings(forwarded_allow_ips=wrong)


def test_a_page_that_a_trusted_proxy_serves_is_the_services_own(serve: Any) -> None:
    service = serve(**TRUSTING)
    service.open("alice")
    told = service.post("/runs/alice/stop", json={}, headers=SECURE | {"Origin": "https://box.example"})
    assert told.status_code == 200
    for origin in ("http://box.example", "https://evil.example", "https://127.0.0.1:7460"):
        assert service.get("/runs", headers=SECURE | {"Origin": origin}).status_code == 403, origin


def test_nobody_is_believed_who_is_not_named(serve: Any) -> None:
    headers = SECURE | {"Origin": "https://box.example"}
    for options in ({"allowed_hosts": "box.example"}, TRUSTING | {"forwarded_allow_ips": "10.0.0.0/8"}):
        assert serve(**options).get("/runs", headers=headers).status_code == 403


def test_a_forwarded_host_lets_no_other_host_in(serve: Any) -> None:
    """A name rebound to the proxy can say what it likes there: both names must be known."""
    service = serve(**TRUSTING)
    assert service.get("/runs", headers={"X-Forwarded-Host": "evil.example"}).status_code == 403
    rebound = {"Host": "evil.example", "X-Forwarded-Host": "box.example"}
    assert service.get("/runs", headers=rebound).status_code == 403
    assert service.get("/runs", headers={"X-Forwarded-Host": "evil.example, box.example"}).status_code == 200

"""Another site's page can neither read nor change anything, and a token is asked for where one is set."""

from typing import Any

import pytest
from starlette.testclient import WebSocketDenialResponse

from lineside_server.api.deps import GrantDep

HOME = "http://127.0.0.1:7460"
FOREIGN = "https://evil.example"
JSON = {"Content-Type": "application/json"}
CHANGES = [
    ("POST", "/runs/alice/stop"),
    ("DELETE", "/runs/alice"),
    ("PATCH", "/runs/alice"),
    ("POST", "/runs"),
    ("POST", "/runs/alice/events"),
    ("POST", "/runs/alice/restore"),
    ("POST", "/alerts/a/ack"),
    ("POST", "/alerts/a/silence"),
    ("PUT", "/rules/mine"),
    ("DELETE", "/rules/mine"),
    ("POST", "/rules/test"),
]


@pytest.fixture
def alice(service: Any) -> Any:
    service.open("alice")
    return service


def is_untouched(service: Any) -> Any:
    run = service.get("/runs/alice").json()
    return not run["stop_requested"] and not run["deleted"] and run["notes"] == ""


@pytest.mark.parametrize(("method", "path"), CHANGES)
@pytest.mark.parametrize("origin", [FOREIGN, "null", "http://localhost:7460", "http://127.0.0.1:9999", "file://", "::"])
def test_a_foreign_origin_changes_nothing(alice: Any, method: str, path: Any, origin: str) -> None:
    answer = alice.request(method, path, headers={"Origin": origin, **JSON}, content=b'{"notes": "mine"}')
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert is_untouched(alice)


@pytest.mark.parametrize("path", ["/runs", "/runs/alice/metrics", "/healthz", "/", "/openapi.json", "/nothing"])
@pytest.mark.parametrize("origin", [FOREIGN, "null"])
def test_a_foreign_origin_reads_nothing(alice: Any, path: Any, origin: str) -> None:
    answer = alice.get(path, headers={"Origin": origin})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_a_preflight_is_refused(alice: Any) -> None:
    asks = {"Origin": FOREIGN, "Access-Control-Request-Method": "DELETE"}
    answer = alice.options("/runs/alice", headers=asks)
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/live", "/runs/alice/live"])
@pytest.mark.parametrize("origin", [FOREIGN, "null"])
def test_a_foreign_origin_opens_no_socket(alice: Any, path: Any, origin: str) -> None:
    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        alice.socket(path, headers={"Origin": origin}),
    ):
        pass
    assert refused.value.status_code == 403


@pytest.mark.parametrize("path", ["/live", "/runs/alice/live"])
def test_a_rebound_host_opens_no_socket(alice: Any, path: Any) -> None:
    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        alice.socket(path, headers={"Host": "evil.example:7460", "Origin": "http://evil.example:7460"}),
    ):
        pass
    assert refused.value.status_code == 403


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:7460", "localhost.evil.example", "127.0.0.1.evil.example:7460", "8.8.8.8", ""],
)
def test_a_rebound_host_is_refused(alice: Any, host: str) -> None:
    for method, path in [("GET", "/runs"), ("GET", "/"), ("GET", "/healthz"), *CHANGES]:
        answer = alice.request(method, path, headers={"Host": host, "Origin": f"http://{host}", **JSON})
        assert answer.status_code == 403, (method, path)
    assert is_untouched(alice)


@pytest.mark.parametrize(
    "host", ["127.0.0.1:7460", "localhost:7460", "localhost", "[::1]:7460", "127.1.2.3", "LOCALHOST:1"]
)
def test_loopback_is_always_a_good_host(service: Any, host: str) -> None:
    assert service.get("/healthz", headers={"Host": host}).status_code == 200
    assert service.get("/healthz", headers={"Host": host, "Origin": f"http://{host}"}).status_code == 200


def test_further_hosts_are_named_in_a_setting(serve: Any) -> None:
    service = serve(allowed_hosts="box.example, other.example")
    assert service.get("/runs", headers={"Host": "box.example"}).status_code == 200
    assert service.get("/runs", headers={"Host": "other.example:80"}).status_code == 200
    assert service.get("/runs", headers={"Host": "third.example"}).status_code == 403


def test_behind_a_wildcard_address_any_address_is_a_good_host(serve: Any) -> None:
    service = serve(host="0.0.0.0", token="sesame", headers={"Authorization": "Bearer sesame"})
    assert service.get("/runs", headers={"Host": "192.0.2.7:7460"}).status_code == 200
    assert service.get("/runs", headers={"Host": "evil.example:7460"}).status_code == 403


def test_a_secure_origin_behind_a_proxy_is_the_same_site(serve: Any) -> None:
    service = serve(allowed_hosts="box.example")
    headers = {"Host": "box.example", "Origin": "https://box.example"}
    assert service.get("/runs", headers=headers).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_a_browser_marks_as_another_sites_is_refused(alice: Any, site: str) -> None:
    assert alice.get("/runs", headers={"Sec-Fetch-Site": site}).status_code == 403
    assert alice.get("/runs", headers={"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors"}).status_code == 403


def test_a_link_to_the_page_may_be_followed_from_anywhere(service: Any) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert service.get("/", headers=link).status_code != 403
    assert service.get("/runs", headers=link).status_code == 403
    assert service.get("/", headers=link | {"Sec-Fetch-Dest": "iframe"}).status_code == 403


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json", "", None],
)
def test_a_form_of_another_site_changes_nothing(alice: Any, kind: str | None) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    for method, path in CHANGES:
        if method == "DELETE" and kind is None:
            continue
        answer = alice.request(method, path, headers=headers, content=b"" if kind is None else b'{"notes": "mine"}')
        assert answer.status_code == 415, (method, path)
    assert is_untouched(alice)


def test_a_bodiless_stop_needs_the_content_type_of_json(alice: Any) -> None:
    assert alice.post("/runs/alice/stop").status_code == 415
    assert alice.post("/runs/alice/stop", headers=JSON).status_code == 200
    assert alice.delete("/runs/alice").status_code == 200


def test_two_hosts_are_one_too_many(service: Any) -> None:
    answer = service.get("/runs", headers=[("Host", "127.0.0.1:7460"), ("Host", "evil.example")])
    assert answer.status_code == 400


def test_a_token_opens_what_holds_data(serve: Any) -> None:
    serve().open("alice")
    service = serve(token="sesame")
    open_to_nobody = [
        "/runs",
        "/runs/alice",
        "/runs/alice/metrics",
        "/runs/alice/checks",
        "/runs/alice/alerts",
        "/alerts",
    ]
    for path in [*open_to_nobody, "/rules", "/projects", "/metrics", "/readyz", "/nothing"]:
        answer = service.get(path)
        assert answer.status_code == 401, path
        assert answer.headers["www-authenticate"] == "Bearer"
        wrong = service.get(path, headers={"Authorization": "Bearer sesam"})
        assert wrong.status_code == 401, path
        assert service.get(path, headers={"Authorization": "Bearer sesame"}).status_code in (200, 404), path
    assert service.get("/runs", headers={"Authorization": "Basic sesame"}).status_code == 401
    assert service.get("/runs", headers={"Authorization": "Bearer s\u00e9same".encode("latin-1")}).status_code == 401


def test_what_holds_no_data_is_open(serve: Any) -> None:
    service = serve(token="sesame")
    for path in ["/healthz", "/openapi.json", "/docs", "/", "/assets/x.js", "/favicon.svg"]:
        assert service.get(path).status_code != 401, path


def test_a_socket_brings_its_token_as_a_subprotocol(serve: Any) -> None:
    serve().open("alice")
    service = serve(token="sesame")
    for offered in (["lineside"], ["lineside", "bearer.wrong"], []):
        with (
            pytest.raises(WebSocketDenialResponse) as refused,
            service.socket("/live", subprotocols=offered),
        ):
            pass
        assert refused.value.status_code == 401
    with service.socket("/live", subprotocols=["lineside", "bearer.sesame"]) as socket:
        assert socket.accepted_subprotocol == "lineside"
        assert socket.receive_json()["type"] == "snapshot"


def test_every_answer_carries_the_strict_headers(service: Any) -> None:
    for answer in (
        service.get("/"),
        service.get("/runs"),
        service.get("/nothing"),
        service.post("/runs", content=b"x"),
    ):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe-eval" not in policy
        assert "script-src" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-frame-options"] == "DENY"
    assert service.get("/runs").headers["cache-control"] == "no-store"


def test_a_body_over_the_limit_is_refused_before_it_is_held(serve: Any) -> None:
    service = serve(max_body=1000)
    answer = service.post("/runs", headers=JSON, content=b"[" + b" " * 2000 + b"]")
    assert answer.status_code == 413
    assert "1,000 bytes" in answer.json()["detail"]
    chunks = (b" " * 100 for _ in range(20))
    assert service.post("/runs", headers=JSON, content=chunks).status_code == 413


def test_the_doors_tell_routes_as_whom_a_caller_comes(serve: Any) -> None:
    def told(service: Any, **headers: str) -> Any:
        return service.get("/whom", headers=headers).json()

    async def whom(grant: GrantDep) -> list[Any]:
        return [grant.name, grant.scope.word, grant.project]

    for options, headers, name in (
        ({}, {}, "local"),
        ({"token": "sesame"}, {"Authorization": "Bearer sesame"}, "LINESIDE_TOKEN"),
    ):
        service = serve(**options)
        service.app.get("/whom")(whom)
        assert told(service, **headers) == [name, "admin", None]

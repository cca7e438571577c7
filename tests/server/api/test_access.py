"""Every route and every socket, asked by everyone: who is let in, who is refused, and who is told of nothing.

The routes are taken from the app itself: a new one fails here until its line says whom it lets in.
"""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any, Final

import pytest
from starlette.testclient import WebSocketDenialResponse
from tests.server.api.conftest import HOME, Service
from tests.server.api.test_alerts import alert

from lineside_server.api.scopes import SOCKET, TABLE
from lineside_server.app import create_app
from lineside_server.core.clock import ManualClock
from lineside_server.core.findings import Health
from lineside_server.core.judged import Judged
from lineside_server.settings import Settings
from lineside_server.store.alerts import save_judgement

# Whom a line lets in, least first; and what an admin of another project is answered.
OPEN, READ, WRITE, ADMIN = "open", "read", "write", "admin"
HIDDEN, REFUSED, LET_IN = 404, 403, 200
LINES: Final = {
    ("POST", "/runs"): (WRITE, LET_IN),
    ("GET", "/runs"): (READ, LET_IN),
    ("GET", "/runs/{run_id}"): (READ, HIDDEN),
    ("PATCH", "/runs/{run_id}"): (WRITE, HIDDEN),
    ("DELETE", "/runs/{run_id}"): (ADMIN, HIDDEN),
    ("POST", "/runs/{run_id}/restore"): (ADMIN, HIDDEN),
    ("POST", "/runs/{run_id}/stop"): (ADMIN, HIDDEN),
    ("POST", "/runs/{run_id}/events"): (WRITE, HIDDEN),
    ("GET", "/runs/{run_id}/events"): (READ, HIDDEN),
    ("GET", "/runs/{run_id}/gauges"): (READ, HIDDEN),
    ("GET", "/runs/{run_id}/metrics"): (READ, HIDDEN),
    ("GET", "/runs/{run_id}/checks"): (READ, HIDDEN),
    ("GET", "/runs/{run_id}/alerts"): (READ, HIDDEN),
    (SOCKET, "/runs/{run_id}/live"): (READ, HIDDEN),
    (SOCKET, "/live"): (READ, LET_IN),
    ("GET", "/alerts"): (READ, LET_IN),
    ("GET", "/alerts/{alert_id}"): (READ, HIDDEN),
    ("POST", "/alerts/{alert_id}/ack"): (WRITE, HIDDEN),
    ("DELETE", "/alerts/{alert_id}/ack"): (WRITE, HIDDEN),
    ("POST", "/alerts/{alert_id}/silence"): (WRITE, HIDDEN),
    ("GET", "/alerts/{alert_id}/deliveries"): (READ, HIDDEN),
    ("GET", "/rules"): (READ, LET_IN),
    ("GET", "/rules/{rule_id}"): (READ, LET_IN),
    ("GET", "/rules/{rule_id}/runs"): (READ, LET_IN),
    ("PUT", "/rules/{rule_id}"): (ADMIN, REFUSED),
    ("DELETE", "/rules/{rule_id}"): (ADMIN, REFUSED),
    ("POST", "/rules/test"): (ADMIN, HIDDEN),
    ("GET", "/webhooks"): (ADMIN, REFUSED),
    ("POST", "/webhooks"): (ADMIN, REFUSED),
    ("GET", "/webhooks/{webhook_id}"): (ADMIN, REFUSED),
    ("PATCH", "/webhooks/{webhook_id}"): (ADMIN, REFUSED),
    ("DELETE", "/webhooks/{webhook_id}"): (ADMIN, REFUSED),
    ("POST", "/webhooks/{webhook_id}/test"): (ADMIN, REFUSED),
    ("GET", "/webhooks/{webhook_id}/deliveries"): (ADMIN, REFUSED),
    ("POST", "/deliveries/{delivery_id}/replay"): (ADMIN, REFUSED),
    ("POST", "/webhooks/{webhook_id}/replay"): (ADMIN, REFUSED),
    ("GET", "/mutes"): (READ, LET_IN),
    ("PUT", "/rules/{rule_id}/mutes/{project:path}"): (ADMIN, REFUSED),
    ("DELETE", "/rules/{rule_id}/mutes/{project:path}"): (ADMIN, REFUSED),
    ("GET", "/audit"): (ADMIN, REFUSED),
    ("GET", "/compare"): (READ, HIDDEN),
    ("GET", "/projects"): (READ, LET_IN),
    ("GET", "/sizes"): (READ, REFUSED),
    ("GET", "/tokens"): (ADMIN, REFUSED),
    ("POST", "/tokens"): (ADMIN, REFUSED),
    ("DELETE", "/tokens/{token_id}"): (ADMIN, REFUSED),
    ("POST", "/session"): (OPEN, LET_IN),
    ("GET", "/session"): (READ, LET_IN),
    ("DELETE", "/session"): (OPEN, LET_IN),
    ("GET", "/about"): (READ, LET_IN),
    ("GET", "/readyz"): (READ, LET_IN),
    ("GET", "/metrics"): (READ, REFUSED),
    ("GET", "/healthz"): (OPEN, LET_IN),
}
PAGE: Final = {  # the page's own files, the description of the interface, and how to read that: no data in any of them
    "/", "/index.html", "/assets/{path:path}", "/docs", "/docs/start.js", "/docs/{path:path}", "/{name}.{ending}",
    "/openapi.json",
}  # fmt: skip
BODIES: Final[dict[tuple[str, str], Any]] = {
    ("POST", "/runs"): {"name": "new"},
    ("PATCH", "/runs/{run_id}"): {"notes": "seen"},
    ("POST", "/runs/{run_id}/events"): {"writer": "w", "seq": 1, "events": []},
    ("POST", "/alerts/{alert_id}/silence"): {"seconds": 5},
    ("PUT", "/rules/{rule_id}"): {"enabled": True},
    ("POST", "/rules/test"): {"rule": "stall", "runs": ["{run_id}"]},
    ("POST", "/webhooks"): {"url": "https://hooks.example.com/x"},
    ("POST", "/tokens"): {"name": "n"},
}
QUERIES: Final = {("GET", "/compare"): "?run={run_id}&run={run_id}-2"}
# These reach out or need what is not there: that they were let in is told by an answer that is no refusal.
BEYOND_THE_DOORS: Final = {("POST", "/webhooks/{webhook_id}/test"), ("POST", "/deliveries/{delivery_id}/replay")}


def walked(routes: Iterable[Any]) -> Iterator[Any]:
    for route in routes:
        inner = getattr(getattr(route, "original_router", None), "routes", None) or getattr(route, "routes", None)
        if inner:
            yield from walked(inner)
        else:
            yield route


def of_the_app() -> set[tuple[str, str]]:
    found = set()
    for route in walked(create_app(Settings()).routes):
        for method in getattr(route, "methods", None) or [SOCKET]:
            if route.path not in PAGE and method != "HEAD":
                found.add((method, route.path))
    return found


def test_every_route_and_every_socket_has_its_line() -> None:
    found = of_the_app()
    assert len(found) > 40
    assert found == set(LINES)
    assert found == set(TABLE)


class House:
    """The service that asks for a token, with one of each kind, and fresh things for each caller to handle."""

    def __init__(self, service: Any) -> None:
        self.service = service
        self._numbers = itertools.count()
        self.tokens: dict[str, str | None] = {"nobody": None, "unknown": "ls_unknown"}
        for scope in (READ, WRITE, ADMIN):
            self.tokens[scope] = self.by_hand("POST", "/tokens", {"name": scope, "scope": scope})["token"]
        elsewhere = {"name": "elsewhere", "scope": ADMIN, "project": "elsewhere"}
        self.tokens["elsewhere"] = self.by_hand("POST", "/tokens", elsewhere)["token"]
        revoked = self.by_hand("POST", "/tokens", {"name": "revoked", "scope": ADMIN})
        self.tokens["revoked"] = revoked["token"]
        self.by_hand("DELETE", f"/tokens/{revoked['id']}")

    def by_hand(self, method: str, path: str, told: Any = None) -> Any:
        answer = self.service.request(method, path, json=told, headers={"Authorization": "Bearer operator"})
        assert answer.status_code in (200, 201, 204), answer.text
        return answer.json() if answer.content else None

    def things(self) -> dict[str, str]:
        """What stands in the braces of an address: all of it there, none of it used before."""
        run_id = f"run-{next(self._numbers)}"
        for name in (run_id, f"{run_id}-2"):
            self.by_hand("POST", "/runs", {"id": name, "project": "mine"})
        judged = Judged((alert(f"{run_id}-a", run_id),), (), Health("critical"), (), b"", "1")
        save_judgement(self.service.app.state.watch.store, run_id, judged).result()
        rule_id = f"own-{run_id}"
        self.by_hand("PUT", f"/rules/{rule_id}", {"metric": "x", "op": ">", "value": 5})
        for one in self.by_hand("GET", "/webhooks?limit=1000")["items"]:
            self.by_hand("DELETE", f"/webhooks/{one['id']}")  # a service has so many, and no more
        hook = self.by_hand("POST", "/webhooks", {"url": "http://127.0.0.1:9/", "name": run_id})
        return {
            "run_id": run_id,
            "alert_id": f"{run_id}-a",
            "rule_id": rule_id,
            "webhook_id": hook["id"],
            "delivery_id": "none",
            "project": f"mine/{run_id}",
            "token_id": self.by_hand("POST", "/tokens", {"name": "doomed"})["id"],
        }

    def ask(self, method: str, template: str, caller: str) -> int:
        """Return the status with which a caller is answered."""
        things = self.things()
        path = (template + QUERIES.get((method, template), "")).replace(":path}", "}").format(**things)
        token = self.tokens[caller]
        if method == SOCKET:
            return self._listen(path, token)
        if (method, template) == ("DELETE", "/rules/{rule_id}/mutes/{project:path}"):
            self.by_hand("PUT", path, {})
        if (method, template) == ("PUT", "/rules/{rule_id}"):
            path = "/rules/stall"
        if (method, template) == ("POST", "/runs/{run_id}/restore"):
            self.by_hand("DELETE", f"/runs/{things['run_id']}")
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        body = BODIES.get((method, template), {})
        if "runs" in body:
            body = body | {"runs": [things["run_id"]]}
        if template == "/session":
            body = {"token": "operator"}
        sent = {} if method == "GET" else {"json": body}
        return int(self.service.request(method, path, headers=headers, **sent).status_code)

    def _listen(self, path: str, token: str | None) -> int:
        offered = ["lineside"] if token is None else ["lineside", f"bearer.{token}"]
        try:
            with self.service.socket(path, subprotocols=offered) as socket:
                return 200 if socket.receive_json()["type"] == "snapshot" else 0
        except WebSocketDenialResponse as refused:
            return int(refused.status_code)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    database = str(tmp_path_factory.mktemp("house") / "lineside.db")
    settings = Settings(database=database, token="operator", require_token=True, judging=False)
    app = create_app(settings, ManualClock(1_760_000_000.0))
    with Service(app, base_url=HOME, raise_server_exceptions=False, client=("127.0.0.1", 5000)) as service:
        yield House(service)


def expected(line: tuple[str, int], caller: str) -> int:
    takes, to_elsewhere = line
    if takes == OPEN:
        return LET_IN
    if caller in ("nobody", "unknown", "revoked"):
        return 401
    if caller == "elsewhere":
        return to_elsewhere
    return LET_IN if [READ, WRITE, ADMIN].index(caller) >= [READ, WRITE, ADMIN].index(takes) else REFUSED


@pytest.mark.parametrize(("method", "template"), sorted(LINES))
@pytest.mark.parametrize("caller", ["nobody", "unknown", "revoked", "elsewhere", READ, WRITE, ADMIN])
def test_everyone_at_every_door(house: House, method: str, template: str, caller: str) -> None:
    due = expected(LINES[method, template], caller)
    status = house.ask(method, template, caller)
    house.service.cookies.clear()
    if due != LET_IN:
        assert status == due
    elif (method, template) in BEYOND_THE_DOORS:
        assert status in (200, 404)
    else:
        assert status in (200, 201, 204)


@pytest.mark.parametrize("path", sorted(PAGE))
def test_the_pages_own_files_are_open_and_hold_no_data(house: House, path: str) -> None:
    address = path.replace(":path}", "}").format(path="x.js", name="favicon", ending="svg")
    assert house.service.get(address).status_code in (200, 404, 503)


@pytest.mark.parametrize("caller", [READ, WRITE, "elsewhere"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/rules/test%0A"),
        ("POST", "/runs/alice/stop%0A"),
        ("POST", "/runs/alice/stop/"),
        ("POST", "/runs//stop"),
        ("GET", "/webhooks%0A"),
        ("GET", "/webhooks/"),
        ("GET", "/nothing"),
        ("PUT", "/runs/alice"),
        ("OPTIONS", "/runs"),
    ],
)
def test_an_address_that_no_line_names_is_nothing(house: House, caller: str, method: str, path: str) -> None:
    """Whatever the router makes of it: a line's address written otherwise is no way around the line."""
    headers = {"Authorization": f"Bearer {house.tokens[caller]}"}
    assert house.service.request(method, path, headers=headers, json={}).status_code == 404


def test_a_refusal_names_the_scope_that_is_missing(house: House) -> None:
    headers = {"Authorization": f"Bearer {house.tokens[READ]}"}
    refused = house.service.post("/runs", json={}, headers=headers)
    assert refused.json()["detail"] == "This takes a token with the scope write; the token “read” has the scope read."
    headers = {"Authorization": f"Bearer {house.tokens['elsewhere']}"}
    refused = house.service.get("/sizes", headers=headers)
    assert "beyond the project “elsewhere”" in refused.json()["detail"]


def test_what_is_asked_for_without_a_token_says_how_to_bring_one(house: House) -> None:
    refused = house.service.get("/runs")
    assert refused.headers["www-authenticate"] == "Bearer"
    assert "Authorization: Bearer" in refused.json()["detail"]

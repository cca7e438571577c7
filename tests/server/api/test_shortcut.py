"""The way past the router answers as the router would."""

import asyncio
import re
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from lineside_server.api.shortcut import Shortcut
from lineside_server.errors import NotFound

BODY = {"type": "http.request", "body": b"body", "more_body": False}


async def the_app(scope: Any, receive: Any, send: Any) -> None:
    await Response("the app")(scope, receive, send)


async def take(run_id: str, request: Request) -> Response:
    if run_id == "gone":
        raise NotFound("There is no run gone.")
    if run_id == "broken":
        raise RuntimeError("a fault of ours")
    return Response(f"taken for {run_id}: {(await request.body()).decode()}")


def ask(method: str, path: str, message: Any = BODY, **scope: Any) -> Any:
    """Return the status and the body of the answer, or None where there is none."""
    shortcut = Shortcut(the_app, "POST", re.compile(r"/runs/([^/]+)/events"), take)
    told: list[Any] = []

    async def receive() -> Any:
        return message

    async def send(part: Any) -> None:
        told.append(part)

    asked = {"type": "http", "method": method, "path": path, "headers": [], "query_string": b"", **scope}
    asyncio.run(shortcut(asked, receive, send))
    return (told[0]["status"], told[1]["body"].decode()) if told else None


def test_its_route_is_taken() -> None:
    assert ask("POST", "/runs/alice/events") == (200, "taken for alice: body")


def test_its_route_is_taken_below_a_prefix_too() -> None:
    assert ask("POST", "/lines/runs/alice/events", root_path="/lines") == (200, "taken for alice: body")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/runs/alice/events"), ("PUT", "/runs/alice/events"), ("POST", "/runs"), ("POST", "/runs//events"),
     ("POST", "/runs/a/b/events"), ("POST", "/runs/alice/events/"), ("POST", "/x/runs/alice/events")],
)  # fmt: skip
def test_everything_else_is_the_apps(method: str, path: str) -> None:
    assert ask(method, path) == (200, "the app")


def test_a_refusal_is_told_in_words() -> None:
    status, body = ask("POST", "/runs/gone/events")
    assert status == 404
    assert "There is no run gone." in body


def test_a_fault_goes_up_to_whoever_answers_for_faults() -> None:
    with pytest.raises(RuntimeError, match="a fault of ours"):
        ask("POST", "/runs/broken/events")


def test_a_sender_that_has_gone_is_not_answered() -> None:
    assert ask("POST", "/runs/alice/events", {"type": "http.disconnect"}) is None


def test_the_service_has_it_and_still_answers_other_methods(service: Any) -> None:
    service.open("alice")
    assert service.tell("alice", {"type": "note", "step": 1, "text": "hello"})["accepted"] == 1
    assert service.get("/runs/alice/events").json()["items"][0]["text"] == "hello"
    refused = service.put("/runs/alice/events", json={})
    assert refused.status_code == 405
    assert refused.headers["content-type"] == "application/problem+json"
    assert "/runs/{run_id}/events" in service.get("/openapi.json").json()["paths"]

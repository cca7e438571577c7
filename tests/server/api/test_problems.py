"""Every failure has one shape, and tells nothing from inside."""

from typing import Any

import pytest

JSON = {"Content-Type": "application/json"}


def is_problem(answer: Any, status: int) -> Any:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert {"type", "title", "status", "detail"} <= set(told)
    assert told["detail"].endswith((".", "…"))
    return told


def test_no_such_route(service: Any) -> None:
    is_problem(service.get("/nothing/here"), 404)
    is_problem(service.post("/nothing/here", headers=JSON), 404)


def test_no_such_method(service: Any) -> None:
    is_problem(service.put("/runs", headers=JSON), 405)
    is_problem(service.post("/healthz", headers=JSON), 405)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/runs/bob"),
        ("GET", "/runs/bob/metrics"),
        ("GET", "/runs/bob/metrics?format=csv"),
        ("GET", "/runs/bob/events"),
        ("POST", "/runs/bob/stop"),
        ("POST", "/runs/bob/restore"),
        ("DELETE", "/runs/bob"),
        ("GET", "/runs/%00"),
        ("GET", "/runs/%F0%9F%9A%82"),
    ],
)
def test_no_such_run(service: Any, method: str, path: Any) -> None:
    is_problem(service.request(method, path, headers=JSON), 404)


def test_every_fault_of_a_query_is_named_by_its_place(service: Any) -> None:
    told = is_problem(service.get("/runs?limit=0&order=colour"), 422)
    assert {fault["place"] for fault in told["errors"]} == {"query.limit", "query.order"}


@pytest.mark.parametrize(
    "query", ["from=-1", "from=9223372036854775808", "points=0", "points=1000001", "x=mood", "attempt=0"]
)
def test_metrics_are_asked_for_within_bounds(service: Any, query: Any) -> None:
    service.open("alice")
    is_problem(service.get(f"/runs/alice/metrics?{query}"), 422)


def test_a_span_that_ends_before_it_begins_is_said_plainly(service: Any) -> None:
    service.open("alice")
    assert "beyond" in is_problem(service.get("/runs/alice/metrics?from=5&to=4"), 400)["detail"]


@pytest.mark.parametrize("body", [b"{", b'{"name": NaN}', b'{"config": {"x": Infinity}}', b"\xff", b"[" * 100_000, b""])
def test_a_body_that_is_no_strict_json_is_refused(service: Any, body: Any) -> None:
    answer = service.post("/runs", headers=JSON, content=body)
    assert answer.status_code in (400, 422)
    is_problem(answer, answer.status_code)


@pytest.mark.parametrize(
    "told",
    [
        {"id": "a b"}, {"id": ""}, {"id": "x" * 65}, {"id": ".."}, {"id": "a/b"}, {"name": "line\nbreak"},
        {"resume": "maybe"}, {"config": [1]}, {"tags": "one"}, {"tags": [""]}, {"writer": ""}, [], "text", 3,
    ],
)  # fmt: skip
def test_what_opens_a_run_is_checked(service: Any, told: Any) -> None:
    is_problem(service.post("/runs", json=told), 422)


def test_a_patch_with_an_unknown_field_is_refused(service: Any) -> None:
    service.open("alice")
    told = is_problem(service.patch("/runs/alice", json={"colour": "red"}), 422)
    assert told["errors"][0]["place"] == "body.colour"


def test_an_unexpected_failure_tells_nothing_from_inside(service: Any, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise RuntimeError("SELECT secret FROM /home/alice")

    service.app.add_api_route("/fails", fail)
    service.app.router.routes.insert(0, service.app.router.routes.pop())
    answer = service.get("/fails")
    told = is_problem(answer, 500)
    assert "secret" not in answer.text
    assert "alice" not in answer.text
    assert told["title"] == "Internal error"
    assert answer.headers["content-security-policy"]


def test_the_same_id_again_is_a_conflict(service: Any) -> None:
    service.open("alice")
    assert "alice" in is_problem(service.post("/runs", json={"id": "alice"}), 409)["detail"]

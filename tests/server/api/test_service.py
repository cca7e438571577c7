"""The service about itself, its page and its reference."""

import re
from pathlib import Path
from typing import Any

import pytest


def test_it_is_up_and_ready(service: Any) -> None:
    assert service.get("/healthz").json() == {"status": "up"}
    assert service.get("/readyz").json() == {"status": "ready"}


def test_it_tells_what_it_is_and_no_secret(serve: Any) -> None:
    service = serve(token="s3cret-token", quota_bytes=5000, project_keeping={"keep": {"retention_days": None}})
    assert service.get("/about").status_code == 401
    told = service.get("/about", headers={"Authorization": "Bearer s3cret-token"})
    assert "s3cret-token" not in told.text
    assert ".db" not in told.text
    about = told.json()
    assert about["version"] == service.get("/openapi.json").json()["info"]["version"]
    assert (about["database"], about["token_wanted"], about["judging"]) == ("sqlite", True, True)
    assert (about["retention_days"], about["quota_bytes"]) == (None, 5000)
    assert about["project_keeping"] == {"keep": {"retention_days": None}}
    assert about["listening_since"] == 1_760_000_000.0


def test_its_own_figures_are_prometheus_text(service: Any) -> None:
    service.open("alice")
    service.tell("alice", {"type": "metrics", "step": 1, "values": {"a": 1, "b": 2}})
    answer = service.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    for line in answer.text.splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) lineside_\w+ .+|lineside_\w+ -?[0-9.e+-]+", line), line
    assert "\nlineside_points_total 2\n" in answer.text
    assert "\nlineside_batches_total 1\n" in answer.text


@pytest.fixture
def page(tmp_path: Path) -> Any:
    folder = tmp_path / "page"
    for name in (
        "index.html",
        "assets/app-abc123.js",
        "favicon.svg",
        "docs/swagger-ui-bundle.js",
        "docs/swagger-ui.css",
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"this is {name}")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


def test_the_page_is_served_with_the_right_caching(serve: Any, page: Any) -> None:
    service = serve(page=page)
    index = service.get("/")
    assert index.text == "this is index.html"
    assert index.headers["cache-control"] == "no-cache"
    asset = service.get("/assets/app-abc123.js")
    assert "immutable" in asset.headers["cache-control"]
    assert asset.headers["content-type"].startswith("text/javascript")
    assert service.get("/favicon.svg").status_code == 200
    assert service.get("/assets/nothing.js").status_code == 404
    assert "immutable" not in service.get("/assets/nothing.js").headers.get("cache-control", "")


@pytest.mark.parametrize("path", ["/../secret.txt", "/assets/../../secret.txt", "/assets/%2e%2e/%2e%2e/secret.txt"])
def test_nothing_beside_the_page_is_served(serve: Any, page: Any, path: Any) -> None:
    assert "secret" not in serve(page=page).get(path).text


def test_the_reference_works_offline(serve: Any, page: Any) -> None:
    service = serve(page=page)
    told = service.get("/docs").text
    assert "http" not in told, "nothing from outside"
    assert not re.search(r"<script(?![^>]*src=)", told), "no script inside, for the policy forbids it"
    for path in re.findall(r'(?:src|href)="(?!data:)([^"]+)"', told):
        assert service.get(f"/{path}").status_code == 200, path
    assert "openapi.json" in service.get("/docs/start.js").text


def test_a_page_that_is_not_built_says_how(serve: Any, tmp_path: Path) -> None:
    service = serve(page=tmp_path / "nowhere")
    assert service.get("/").status_code == 503
    assert "scripts/build" in service.get("/").text
    assert service.get("/docs").status_code == 503


def test_the_description_is_true(service: Any) -> None:
    told = service.get("/openapi.json").json()
    assert told["info"]["title"] == "lineside"
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', service.get("/openapi.json").text))
    assert names <= set(told["components"]["schemas"]), "every reference leads somewhere"
    assert {"/runs", "/runs/{run_id}", "/runs/{run_id}/events", "/runs/{run_id}/metrics", "/projects"} <= set(
        told["paths"]
    )
    assert "422" not in told["paths"]["/runs"]["get"]["responses"], "faults have the one shape"

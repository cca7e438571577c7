"""Mutes over HTTP: a rule that is told to nobody in the runs of a project, and how that ends."""

from typing import Any
from urllib.parse import quote

import pytest


def muted(service: Any, **query: str) -> list[tuple[str, str]]:
    return [(one["rule"], one["project"]) for one in service.get("/mutes", params=query).json()["items"]]


def test_a_rule_is_muted_for_a_project_and_told_of_again(service: Any, clock: Any) -> None:
    told = service.put("/rules/plateau/mutes/p", json={})
    assert told.json() == {"rule": "plateau", "project": "p", "by": None, "at": clock.now(), "until": None}
    assert service.get("/rules/plateau").json()["mutes"] == [told.json()]
    assert service.get("/rules/lr-peak").json()["mutes"] == []
    service.put("/rules/lr-peak/mutes/q", json={}).raise_for_status()
    assert muted(service) == [("lr-peak", "q"), ("plateau", "p")]
    assert muted(service, project="q") == [("lr-peak", "q")]
    page = service.get("/mutes", params={"limit": 1}).json()
    assert [one["rule"] for one in page["items"]] == ["lr-peak"]
    assert muted(service, cursor=page["next"]) == [("plateau", "p")]
    assert service.delete("/rules/plateau/mutes/p").status_code == 204
    assert muted(service) == [("lr-peak", "q")]
    assert service.delete("/rules/plateau/mutes/p").status_code == 404


def test_a_mute_ends_by_itself_where_that_is_said(service: Any, clock: Any) -> None:
    until = clock.now() + 60
    assert service.put("/rules/plateau/mutes/p", json={"until": until}).json()["until"] == until
    clock.advance(59.0)
    assert muted(service) == [("plateau", "p")]
    clock.advance(1.0)
    assert muted(service) == []
    past = service.put("/rules/plateau/mutes/p", json={"until": until})
    assert (past.status_code, past.json()["detail"]) == (422, "A mute ends later than now.")


@pytest.mark.parametrize("project", ["a/b", "a b", "Käse 50%", "<img src=x>"])
def test_a_project_of_any_name_can_be_meant(service: Any, project: str) -> None:
    path = f"/rules/plateau/mutes/{quote(project, safe='')}"
    service.put(path, json={}).raise_for_status()
    assert muted(service, project=project) == [("plateau", project)]
    assert service.delete(path).status_code == 204


def test_what_is_no_rule_cannot_be_muted(service: Any) -> None:
    assert service.put("/rules/nonsense/mutes/p", json={}).status_code == 404
    assert service.put("/rules/plateau/mutes/p", json={"until": "soon"}).status_code == 422
    assert service.put("/rules/plateau/mutes/p", json={"for": 3}).status_code == 422

"""The rule book over HTTP: looked at, changed and tried."""

import dataclasses
import time
from pathlib import Path
from typing import Any

import pytest

from lineside_server.app import create_app
from lineside_server.errors import StartError
from lineside_server.rules.catalogue import CATALOGUE
from lineside_server.settings import Settings

PATIENCE_S = 20.0
FINISH = {"type": "finish", "status": "finished"}
OWN = {"metric": "x", "op": ">", "value": 5.0}


@pytest.fixture
def built_in() -> Any:
    """A built-in rule with a parameter that is a number, its name, and its default."""
    for rule in CATALOGUE:
        for name, value in dataclasses.asdict(rule.Params()).items():
            if type(value) is float:
                return rule.id, name, value
    return pytest.fail("no built-in rule has such a parameter")


def rule(service: Any, rule_id: str) -> Any:
    (found,) = [one for one in service.get("/rules?limit=1000").json()["items"] if one["id"] == rule_id]
    return found


def version(service: Any) -> Any:
    return service.get("/rules").json()["version"]


def test_the_book_begins_as_the_catalogue_comes(service: Any) -> None:
    told = service.get("/rules?limit=1000").json()
    assert [one["id"] for one in told["items"]] == [rule.id for rule in CATALOGUE]
    for one, built_in in zip(told["items"], CATALOGUE, strict=True):
        assert (one["kind"], one["source"], one["enabled"], one["severity"]) == ("built-in", "catalogue", True, None)
        assert (one["title"], one["family"]) == (built_in.title, built_in.family)
        assert one["params"] == one["defaults"]
        assert one["scope"] == {"project": None, "tag": None, "run": None}


def test_the_book_is_paged(service: Any) -> None:
    first = service.get("/rules?limit=2").json()
    rest = service.get(f"/rules?limit=1000&cursor={first['next']}").json()
    assert [one["id"] for one in first["items"] + rest["items"]] == [rule.id for rule in CATALOGUE]
    assert rest["next"] is None
    assert service.get("/rules?cursor=x").status_code == 400


def test_a_built_in_rule_is_changed_and_put_back(service: Any, built_in: Any, clock: Any) -> None:
    rule_id, name, default = built_in
    before = version(service)
    told = {"params": {name: default + 1}, "severity": "info", "scope": {"project": "p"}, "enabled": False}
    changed = service.put(f"/rules/{rule_id}", json=told)
    assert changed.status_code == 200, changed.text
    assert changed.json() == rule(service, rule_id)
    assert changed.json()["params"][name] == default + 1
    assert changed.json()["defaults"][name] == default
    kept = {key: changed.json()[key] for key in ("severity", "enabled", "source", "updated_at")}
    assert kept == {"severity": "info", "enabled": False, "source": "service", "updated_at": clock.now()}
    assert version(service) != before
    assert service.delete(f"/rules/{rule_id}").status_code == 204
    assert rule(service, rule_id)["params"] == rule(service, rule_id)["defaults"]
    assert version(service) == before
    assert service.delete(f"/rules/{rule_id}").status_code == 404


def test_a_rule_of_ones_own_is_put_in_changed_and_taken_away(service: Any) -> None:
    told = OWN | {"reduce": "mean", "window": 20, "for": {"steps": 100}, "scope": {"tag": "a"}, "title": "Too much"}
    mine = service.put("/rules/mine", json=told).json()
    assert (mine["kind"], mine["family"], mine["title"], mine["severity"]) == ("own", "user", "Too much", "warning")
    assert mine["definition"] == {key: value for key, value in told.items() if key != "scope"} | {"for": {"steps": 100}}
    assert mine["scope"]["tag"] == "a"
    assert service.put("/rules/mine", json=OWN).json()["definition"] == OWN
    assert service.get("/rules?limit=1000").json()["items"][-1]["id"] == "mine"
    assert service.delete("/rules/mine").status_code == 204
    assert not [one for one in service.get("/rules?limit=1000").json()["items"] if one["kind"] == "own"]


def test_the_book_outlives_the_service(serve: Any) -> None:
    service = serve()
    mine = service.put("/rules/mine", json=OWN).json()
    before = version(service)
    again = serve()
    assert rule(again, "mine") == mine
    assert version(again) == before


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ({"metric": "x", "op": "<"}, "body.value"),
        (OWN | {"window": 0}, "body.window"),
        (OWN | {"odd": 1}, "body.odd"),
        (OWN | {"for": {"weeks": 1}}, "body.for.weeks"),
        (OWN | {"value": "nan"}, "body.value"),
        (OWN | {"params": {"a": 1}}, "body.params"),
        ({"enabled": False}, "body.metric"),
    ],
)
def test_a_rule_at_fault_is_refused_with_the_place(service: Any, told: Any, place: str) -> None:
    answer = service.put("/rules/mine", json=told)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [fault["place"] for fault in answer.json()["errors"]] == [place]
    assert service.delete("/rules/mine").status_code == 404


def test_a_parameter_that_is_none_is_named_with_those_that_are(service: Any, built_in: Any) -> None:
    rule_id, name, _ = built_in
    answer = service.put(f"/rules/{rule_id}", json={"params": {"nonsense": 1}})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["place"] == "body.params.nonsense"
    assert name in answer.json()["detail"]
    assert rule(service, rule_id)["source"] == "catalogue"


def test_rules_of_the_file_cannot_be_changed_here(serve: Any, tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text('[rules.mine]\nmetric = "x"\nop = ">"\nvalue = 7\n')
    serve().put("/rules/mine", json=OWN)
    service = serve(rules_file=file)
    assert (rule(service, "mine")["source"], rule(service, "mine")["definition"]["value"]) == ("file", 7.0)
    for answer in (service.put("/rules/mine", json=OWN), service.delete("/rules/mine")):
        assert answer.status_code == 409
        assert "rules file" in answer.json()["detail"]
    assert rule(serve(), "mine")["definition"] == OWN, "what stands in the store comes back"


def test_a_rules_file_at_fault_keeps_the_service_from_starting(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text("[rules.mine]\n")
    with pytest.raises(StartError, match=r"rules\.mine\.metric"):
        create_app(Settings(rules_file=file, database=str(tmp_path / "x.db")))


def tried(service: Any, told: Any, *runs: str) -> Any:
    answer = service.post("/rules/test", json={"rule": told, "runs": list(runs)})
    assert answer.status_code == 200, answer.text
    return {one["run"]: one["would_have_fired"] for one in answer.json()["items"]}


@pytest.fixture
def runs(service: Any) -> None:
    for run_id, top in (("calm", 1.0), ("wild", 9.0)):
        service.open(run_id)
        values = [top if 10 <= step < 20 else 0.0 for step in range(40)]
        points = {"type": "columns", "steps": list(range(40)), "ts": list(range(40)), "columns": {"x": values}}
        service.tell(run_id, points, FINISH)


def test_a_rule_is_tried_on_recorded_runs(service: Any, runs: None) -> None:
    firing = {"subject": "x", "step": 10, "severity": "warning", "title": "x is 9, above 5", "resolved_step": 20}
    firing["keys"] = ["x"]
    assert tried(service, OWN, "calm", "wild") == {"calm": [], "wild": [firing]}
    service.put("/rules/mine", json=OWN | {"value": 0.5, "severity": "critical"})
    found = tried(service, "mine", "calm", "wild")
    assert [found[run][0]["severity"] for run in ("calm", "wild")] == ["critical", "critical"]
    assert service.get("/alerts?rule=own").json()["items"] == [], "a trial leaves no trace"


def test_every_built_in_rule_can_be_tried(service: Any, runs: None) -> None:
    for built_in in CATALOGUE:
        assert set(tried(service, built_in.id, "wild")) == {"wild"}


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"rule": "nowhere", "runs": ["calm"]}, 404),
        ({"rule": OWN, "runs": ["nowhere"]}, 404),
        ({"rule": OWN, "runs": []}, 422),
        ({"rule": {"metric": "x"}, "runs": ["calm"]}, 422),
        ({"rule": {"id": "mine", "params": {}}, "runs": ["calm"]}, 422),
        ({"runs": ["calm"]}, 422),
    ],
)
def test_a_trial_of_nothing_is_refused(service: Any, runs: None, told: Any, status: int) -> None:
    assert service.post("/rules/test", json=told).status_code == status


@pytest.mark.parametrize(
    ("told", "places"),
    [
        ({"metric": "x"}, ["body.rule.op", "body.rule.value"]),
        ({"id": "stall", "params": {"least_s": "long"}}, ["body.rule.params.least_s"]),
    ],
)
def test_a_rule_at_fault_is_refused_for_a_trial_with_the_place(
    service: Any, runs: None, told: Any, places: list[str]
) -> None:
    answer = service.post("/rules/test", json={"rule": told, "runs": ["calm"]})
    assert answer.status_code == 422
    assert [fault["place"] for fault in answer.json()["errors"]] == places


def test_a_rule_is_shown_with_what_is_documented_of_it(service: Any) -> None:
    shown = service.get("/rules/stall").json()
    assert shown["about"]["Fires when"].startswith("no point has come for max(`least_s`")
    assert {key: value for key, value in shown.items() if key not in ("about", "mutes")} == {
        key: value for key, value in rule(service, "stall").items() if key != "standing"
    }
    service.put("/rules/mine", json=OWN)
    assert service.get("/rules/mine").json()["about"] == {}
    assert service.get("/rules/nowhere").status_code == 404


def test_the_book_tells_how_each_rule_stands_over_the_live_runs(service: Any) -> None:
    service.put("/rules/mine", json=OWN)
    for run_id, x, rest in (("high", 9.0, ()), ("low", 1.0, ()), ("over", 9.0, (FINISH,))):
        service.open(run_id, project="p")
        service.tell(run_id, {"type": "columns", "steps": [1, 2], "columns": {"x": [x, x]}}, *rest)
    service.open("silent")
    until(lambda: len(service.get("/alerts?rule=mine").json()["items"]) == 2)
    until(lambda: service.get("/runs/low/checks").json()["items"])
    book = service.get("/rules?standing=1&limit=1000").json()
    assert book["live_runs"] == 3
    mine = book["items"][-1]
    assert (mine["id"], mine["standing"]) == ("mine", {"passing": 1, "pending": 0, "firing": 1, "not_checked": 0})
    told = {one["run"]: one for one in service.get("/rules/mine/runs").json()["items"]}
    assert {run: one["verdict"] for run, one in told.items()} == {"high": "firing", "low": "passing", "silent": None}
    assert [alert["title"] for alert in told["high"]["alerts"]] == ["x is 9, above 5"]
    assert (told["low"]["reason"], told["low"]["project"]) == ("x is 1; it fires above 5.", "p")
    assert service.get("/rules/nowhere/runs").status_code == 404
    assert len(service.get("/rules/mine/runs?limit=2").json()["items"]) == 2


def test_a_rule_that_is_put_in_the_book_judges_the_runs_that_go_on(service: Any) -> None:
    service.open("alice")
    service.put("/rules/mine", json=OWN | {"severity": "critical"})
    service.tell("alice", {"type": "columns", "steps": [1, 2], "columns": {"x": [9.0, 9.0]}}, FINISH)
    found = until(lambda: service.get("/alerts?rule=mine").json()["items"])
    assert [(one["run_id"], one["opened_step"], one["severity"]) for one in found] == [("alice", 1, "critical")]
    checks = {check["rule"]: check["verdict"] for check in service.get("/runs/alice/checks").json()["items"]}
    assert set(checks) == {*(rule.id for rule in CATALOGUE), "mine"}
    assert checks["mine"] == "firing"
    assert service.get("/runs/alice").json()["health"]["verdict"] == "critical"


def until(look: Any) -> Any:
    """Wait for the judge's thread to have said something."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < deadline, "nothing came"
    return found

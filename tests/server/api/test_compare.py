"""Runs beside each other: declarations first, what must not be credited, series, and what was found."""

from typing import Any

import pytest

from lineside_server.core.findings import Alert, Check, Finding, Health, Level
from lineside_server.core.judged import Judged
from lineside_server.store.alerts import save_judgement

CHECKED = {"passing": 1, "pending": 0, "firing": 1, "not_checked": 0}


@pytest.fixture
def service(serve: Any) -> Any:
    """A service that judges nothing by itself."""
    return serve(judging=False)


def compared(service: Any, *runs: str) -> Any:
    answer = service.get("/compare", params={"run": runs})
    assert answer.status_code == 200, answer.text
    return answer.json()


def logged(service: Any, run_id: str, values: Any, **told: Any) -> None:
    service.open(run_id, **told)
    for step, each in enumerate(values, start=1):
        service.tell(run_id, {"type": "metrics", "step": step, "ts": float(step), "values": each}, seq=step)


def found(service: Any, run_id: str, rule: str, verdict: Any = "firing") -> None:
    finding = Finding(f"{rule} of {run_id}", {}, {}, (0, 5), ("lr",))
    alert = Alert(
        f"{run_id}-{rule}", run_id, rule, "lr", None, Level.WARNING, "firing", 5, 1.0, 5, None, None, None, finding
    )
    health = Health("warning", {"critical": 0, "warning": 1, "info": 0}, CHECKED, 5)
    checks = (Check(rule, verdict, "It is."), Check("other", "passing", "All is well."))
    judged = Judged((alert,) if verdict == "firing" else (), (), health, checks, b"", "1")
    save_judgement(service.app.state.watch.store, run_id, judged).result()


def test_config_and_intent_row_by_row(service: Any) -> None:
    service.open("a", config={"lr": {"peak": 1e-3, "warmup": None}, "seed": 1}, intent={"temperature": 2})
    service.open("b", config={"lr": {"peak": 3e-4}, "seed": 1}, intent={"temperature": 4})
    told = compared(service, "a", "b")
    assert [one["id"] for one in told["runs"]] == ["a", "b"]
    assert told["config"] == {
        "differing": 2,
        "equal": 1,
        "rows": [
            {"path": "lr.peak", "values": {"a": 1e-3, "b": 3e-4}},
            {"path": "lr.warmup", "values": {"a": None}},
        ],
    }
    assert told["intent"]["rows"] == [{"path": "temperature", "values": {"a": 2, "b": 4}}]
    assert told["reading"].startswith("3 declarations differ: config.lr.peak, config.lr.warmup, intent.temperature.")
    assert [(one["about"], one["paths"]) for one in told["caveats"]] == [("loss", ["intent.temperature"])]


def test_what_is_equal_is_told_where_it_is_asked_for(service: Any) -> None:
    for run_id in "ab":
        service.open(run_id, config={"seed": 1, "name": run_id, "none": None})
    told = service.get("/compare?run=a&run=b&equal=1").json()["config"]
    assert told["same"] == [{"path": "none", "value": None}, {"path": "seed", "value": 1}]
    assert [row["path"] for row in told["rows"]] == ["name"]


def test_a_run_differs_from_itself_in_nothing(service: Any) -> None:
    logged(service, "a", [{"train/loss": 2.0}], config={"x": [1, {"y": "nan"}]}, tags=["t"])
    told = compared(service, "a", "a")
    assert [one["id"] for one in told["runs"]] == ["a"]
    assert [told[part]["differing"] for part in ("config", "intent", "environment")] == [0, 0, 0]
    assert (told["caveats"], told["findings"], told["reading"]) == ([], [], "")


def test_the_order_of_the_runs_changes_nothing_but_their_order(service: Any) -> None:
    for run_id, warmup in (("a", 1), ("b", 2), ("c", 2)):
        logged(service, run_id, [{"train/loss": warmup, run_id: 1.0}], config={"warmup": warmup}, tags=[run_id])
        found(service, run_id, "mine" if warmup == 1 else "theirs")
    one, other = compared(service, "a", "b", "c"), compared(service, "c", "a", "b")
    assert one.pop("runs") != (turned := other.pop("runs"))
    assert [each["id"] for each in turned] == ["c", "a", "b"]
    assert one == other


def test_series_are_paired_by_role_and_stood_at_the_same_step(service: Any) -> None:
    logged(service, "a", [{"train/loss": loss, "x": 1.0} for loss in (4.0, 1.0, "nan", 3.0)])
    logged(service, "b", [{"loss": loss, "x": 2.0, "mine": 0.0} for loss in (5.0, 4.5)])
    metrics = compared(service, "a", "b")["metrics"]
    [loss, other] = metrics["rows"]
    assert (loss["role"], loss["keys"]) == ("train.loss", {"a": "train/loss", "b": "loss"})
    assert loss["values"]["a"] == {"last": 3.0, "last_step": 4, "min": 1.0, "max": 4.0, "count": 4, "nonfinite": 1}
    assert loss["equal"] == {
        "step": 2,
        "values": {"a": {"last": 1.0, "last_step": 2, "min": 1.0}, "b": {"last": 4.5, "last_step": 2, "min": 4.5}},
    }
    assert (other["name"], other["role"], other["equal"]) == ("x", None, None)
    assert (metrics["shared"], metrics["alone"]) == (2, {"a": 1, "b": 2})


def test_what_is_not_finite_at_the_same_step_is_null(service: Any) -> None:
    logged(service, "a", [{"train/loss": "nan"}])
    logged(service, "b", [{"train/loss": 1.0}, {"train/loss": 1.0}])
    [loss] = compared(service, "a", "b")["metrics"]["rows"]
    assert loss["equal"]["values"]["a"] == {"last": None, "last_step": 1, "min": None}


def test_which_rule_found_what_in_which_run(service: Any) -> None:
    for run_id in ("a", "b", "c"):
        service.open(run_id)
    found(service, "a", "lr-stuck")
    found(service, "b", "lr-stuck", "passing")
    [row] = compared(service, "a", "b", "c")["findings"]
    assert row["rule"] == "lr-stuck"
    [alert] = row["runs"]["a"].pop("alerts")
    assert (alert["title"], alert["severity"], alert["state"], alert["opened_step"]) == (
        "lr-stuck of a", "warning", "firing", 5,
    )  # fmt: skip
    assert row["runs"]["a"] == {"verdict": "firing", "reason": "It is."}
    assert row["runs"]["b"] == {"verdict": "passing", "reason": "It is.", "alerts": []}
    assert row["runs"]["c"] == {"verdict": None, "reason": "", "alerts": []}
    assert compared(service, "a", "b")["runs"][0]["health"]["verdict"] == "warning"


def test_the_environment(service: Any) -> None:
    service.open("a", host={"name": "one", "python": "3.12"}, tags=["x"], group="g", project="p")
    service.open("b", host={"name": "two", "python": "3.12"}, project="p")
    environment = compared(service, "a", "b")["environment"]
    assert {row["path"]: row["values"] for row in environment["rows"]} == {
        "group": {"a": "g"}, "host.name": {"a": "one", "b": "two"}, "tags": {"a": ["x"], "b": []},
    }  # fmt: skip
    assert environment["equal"] == 2


def test_an_answer_has_bounds(service: Any) -> None:
    for run_id, more in (("a", "x"), ("b", "y")):
        config = {"long": "z" * 10_000 + more, "list": [{"n": more}] * 3000}
        service.open(run_id, config=config)
        columns = {f"key/{place}": [1.0] for place in range(250)}
        service.tell(run_id, {"type": "columns", "steps": [1], "columns": columns})
    told = compared(service, "a", "b")
    assert (told["config"]["differing"], len(told["config"]["rows"])) == (3001, 1000)
    assert (told["metrics"]["shared"], len(told["metrics"]["rows"])) == (250, 200)
    service.open("c", config={"long": "z" * 10_000 + "x"})
    service.open("d", config={"long": "z" * 10_000 + "y"})
    [row] = compared(service, "c", "d")["config"]["rows"]
    assert row["values"]["c"] != row["values"]["d"]
    assert all(len(value) < 600 and "10,001 characters" in value for value in row["values"].values())


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("", 422, "A comparison is of 2 to 20 runs, named as run=a&run=b; 0 were named."),
        ("?run=a", 422, "A comparison is of 2 to 20 runs, named as run=a&run=b; 1 were named."),
        ("?" + "&".join(f"run=r{place}" for place in range(21)), 422, "21 were named."),
        ("?run=a&run=nowhere", 404, "There is no run nowhere."),
        ("?run=a&run=", 404, "There is no run "),
    ],
)
def test_what_cannot_be_compared_is_told_in_a_sentence(service: Any, query: str, status: int, sentence: str) -> None:
    service.open("a")
    answer = service.get(f"/compare{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert sentence in answer.json()["detail"]


def test_a_deleted_run_is_not_compared(service: Any) -> None:
    service.open("a")
    service.open("b")
    service.delete("/runs/b")
    assert service.get("/compare?run=a&run=b").status_code == 404

"""The founding runs say over REST exactly what their report states."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from lineside_server.app import create_app
from lineside_server.cli import main
from lineside_server.settings import Settings

AFTER, ZERO, BEFORE = "after_fix_lr_warmup", "after_fix_lr_zero", "before_fix"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The three runs, imported into one database."""

    folder = Path(__file__).resolve().parents[1] / "runs" / "founding"
    database = str(tmp_path_factory.mktemp("founding") / "lineside.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LINESIDE_PORT", "1")
        assert main(["import", *map(str, sorted(folder.glob("*.gz"))), "--database", database]) == 0
    with TestClient(create_app(Settings(database=database)), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture(scope="module")
def ids(service: Any) -> Any:
    return {run["name"]: run["id"] for run in service.get("/runs").json()["items"]}


def at(service: Any, run_id: str, key: str, step: int) -> Any:
    told = service.get(f"/runs/{run_id}/metrics", params={"key": key, "from": step, "to": step}).json()
    return told["series"][key]["value"]


@pytest.mark.parametrize(("step", "loss"), [(1118, 15.7221), (1999, 15.6401), (2065, 15.5268)])
def test_the_losses_stated_in_the_report(service: Any, ids: Any, step: int, loss: float) -> None:
    assert at(service, ids[AFTER], "train/loss", step) == [loss]
    assert at(service, ids[ZERO], "train/loss", step) == [loss]


def test_the_learning_rate_that_was_shown_as_zero(service: Any, ids: Any) -> None:
    assert at(service, ids[AFTER], "lr", 1999) == [7.965738758029979e-06]
    assert at(service, ids[ZERO], "lr", 1999) == [0.0]


def test_the_evaluation(service: Any, ids: Any) -> None:
    told = service.get(f"/runs/{ids[AFTER]}/metrics?from=2000&to=2000").json()["series"]
    assert told["eval/loss"]["value"] == [95.86]
    assert told["eval/kd_loss"]["value"] == [14.85]
    assert told["eval/feature_loss"]["value"] == [41.22]
    assert told["eval/attention_loss"]["value"] == [0.47]


@pytest.mark.parametrize(("name", "steps"), [(AFTER, [1118]), (ZERO, [1118]), (BEFORE, [212, 640, 1333, 2101, 2777])])
def test_the_nan_that_was_clamped(service: Any, ids: Any, name: Any, steps: Any) -> None:
    events = service.get(f"/runs/{ids[name]}/events?type=nonfinite").json()["items"]
    assert [event["step"] for event in events] == steps
    assert {(event["component"], event["value"], event["action"]) for event in events} == {
        ("lm_loss", "nan", "clamped_to_zero")
    }
    assert events[0]["ts"] > 1759392000


def test_the_declared_learning_rate_is_the_logged_one_bit_for_bit(service: Any, ids: Any) -> None:
    told = service.get(f"/runs/{ids[AFTER]}/metrics?key=lr&points=100000&declared=1").json()["series"]["lr"]
    assert told["count"] == 2065
    assert told["declared"] == told["value"]
    wrong = service.get(f"/runs/{ids[BEFORE]}/metrics?key=lr&points=100000&declared=1").json()["series"]["lr"]
    assert wrong["declared"] != wrong["value"]


def test_the_runs_as_they_stand(service: Any, ids: Any) -> None:
    run = service.get(f"/runs/{ids[AFTER]}").json()
    assert (run["state"], run["state_reason"]) == ("finished", "the file has no end")
    assert run["started_at"] == 1759392000.0
    assert run["ended_at"] == 1759392842.857
    assert run["update"] == {"done": 129, "total": 4676}
    assert run["progress"]["fraction"] == pytest.approx(2065 / 74823)
    assert run["progress"]["steps_per_s"] == pytest.approx(2.45, abs=0.05)
    assert run["progress"]["eta_s"] is None
    assert run["roles"]["eval/feature_loss"] == "eval.component"
    assert run["summary"]["train/loss"]["last"] == 15.5268
    assert len(run["spark"]) > 10


def test_the_csv_is_the_file_again(service: Any, ids: Any) -> None:
    rows = service.get(f"/runs/{ids[AFTER]}/metrics?key=lr&format=csv").text.splitlines()
    assert len(rows) == 2066
    assert "lr,1999,1759392815.918,7.965738758029979e-06" in rows

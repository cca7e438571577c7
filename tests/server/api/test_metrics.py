"""Series over HTTP: thinned for charts without losing a spike or a NaN, in full as streams."""

import csv
import io
import json
import math
import sys
from importlib import import_module
from typing import Any

import numpy as np
import pytest

FULL = {"points": 1_000_000}


@pytest.fixture
def alice(service: Any) -> Any:
    service.open("alice")
    return service


def fill(service: Any, n: Any = 5000, **keys: Any) -> None:
    """One batch of columns, `keys` maps a key to its n values."""
    columns = {key: [value if math.isfinite(value) else repr(value) for value in told] for key, told in keys.items()}
    steps = list(range(n))
    service.tell("alice", {"type": "columns", "steps": steps, "ts": [1e9 + 0.1 * s for s in steps], "columns": columns})


def test_few_points_are_given_as_logged(alice: Any) -> None:
    values = [7.965738758029979e-06, 5e-324, -0.0, 1.7976931348623157e308, 1e22, 0.1 + 0.2]
    fill(alice, 6, a=values)
    series = alice.series("alice", "a")
    assert [value.hex() for value in map(float, series["value"])] == [value.hex() for value in values]
    assert series["thinned"] is False
    assert series["count"] == 6
    assert series["last"] == {"step": 5, "ts": 1e9 + 0.5, "value": 0.1 + 0.2}


def test_no_spike_and_no_nan_is_lost_by_thinning(alice: Any) -> None:
    values = [math.sin(step / 50) for step in range(5000)]
    values[1234], values[4321], values[777] = 99.0, -99.0, math.nan
    fill(alice, a=values)
    series = alice.series("alice", "a", points=100)
    assert series["thinned"] is True
    assert series["count"] == 5000
    assert len(series["step"]) <= 100
    assert max(series["max"]) == 99.0
    assert min(series["min"]) == -99.0
    assert series["nonfinite"] == [{"step": 777, "last_step": 777, "kind": "nan", "count": 1}]


def test_the_answer_is_strict_json(alice: Any) -> None:
    fill(alice, 3, a=[math.nan, math.inf, -math.inf])
    told = json.loads(alice.get("/runs/alice/metrics").text, parse_constant=pytest.fail)
    series = told["series"]["a"]
    assert series["value"] == series["min"] == series["max"] == [None, None, None]
    assert series["last"]["value"] is None
    assert [run["kind"] for run in series["nonfinite"]] == ["nan", "inf", "-inf"]


def test_a_span_and_keys_are_chosen(alice: Any) -> None:
    fill(alice, 10, **{"a/🚂": range(10), "b": range(10)})
    told = alice.get("/runs/alice/metrics", params={"key": "a/🚂", "from": 3, "to": 5}).json()["series"]
    assert list(told) == ["a/🚂"]
    assert told["a/🚂"]["step"] == [3, 4, 5]
    assert set(alice.get("/runs/alice/metrics").json()["series"]) == {"a/🚂", "b"}
    assert alice.get("/runs/alice/metrics?key=nothing").json()["series"] == {}


def test_a_hidden_attempt_can_be_read(alice: Any) -> None:
    fill(alice, 5, a=[1.0] * 5)
    alice.open("alice", resume="must", writer="again")
    alice.tell("alice", {"type": "metrics", "step": 2, "values": {"a": 2.0}}, writer="again")
    assert alice.series("alice", "a")["value"] == [1.0, 1.0, 2.0]
    assert alice.series("alice", "a", attempt=1)["value"] == [1.0] * 5
    assert alice.series("alice", "a", attempt=2)["value"] == [2.0]


def test_the_declared_curve_stands_beside_the_learning_rate(alice: Any) -> None:
    intent = {
        "accumulation": 2,
        "step_unit": "batch",
        "schedule": {"kind": "linear", "peak": 1.0, "warmup": 2, "total": 4, "unit": "update"},
    }
    alice.patch("/runs/alice", json={"intent": intent})
    fill(alice, 8, lr=[0.0] * 8, a=[0.0] * 8)
    told = alice.get("/runs/alice/metrics?declared=1").json()["series"]
    assert told["lr"]["declared"] == [0, 0, 0.5, 0.5, 1, 1, 0.5, 0.5]
    assert "declared" not in told["a"]
    assert "declared" not in alice.series("alice", "lr")


def test_the_declared_curve_follows_the_logged_update(alice: Any) -> None:
    schedule = {"kind": "linear", "peak": 1.0, "warmup": 4, "total": 8, "unit": "update"}
    alice.patch("/runs/alice", json={"intent": {"accumulation": 100, "schedule": schedule}})
    fill(alice, 4, lr=[0.0] * 4, update=[0, 1, 2, 3])
    assert alice.series("alice", "lr", declared=1)["declared"] == [0.0, 0.25, 0.5, 0.75]


@pytest.fixture
def mixed(alice: Any) -> Any:
    values = [0.1 + step for step in range(5000)]
    values[7], values[8], values[9] = math.nan, math.inf, -math.inf
    fill(alice, **{"a": values, 'odd, "key"': range(5000)})
    return values


def same(found: Any, told: Any) -> None:
    np.testing.assert_array_equal(np.array(found, dtype=np.float64), np.array(told, dtype=np.float64))


@pytest.mark.parametrize("choose", [{"headers": {"Accept": "text/csv"}}, {"params": {"format": "csv"}}])
def test_csv_holds_every_point_exactly(alice: Any, mixed: Any, choose: Any) -> None:
    answer = alice.get("/runs/alice/metrics", **choose)
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert {row["key"] for row in rows} == {"a", 'odd, "key"'}
    mine = [row for row in rows if row["key"] == "a"]
    same([float(row["value"]) for row in mine], mixed)
    assert [row["value"] for row in mine[7:10]] == ["nan", "inf", "-inf"]
    assert [int(row["step"]) for row in mine] == list(range(5000))
    assert float(mine[3]["ts"]) == 1e9 + 0.1 * 3


def test_ndjson_holds_every_point_exactly(alice: Any, mixed: Any) -> None:
    answer = alice.get("/runs/alice/metrics?key=a", headers={"Accept": "application/x-ndjson"})
    rows = [json.loads(line, parse_constant=pytest.fail) for line in answer.text.splitlines()]
    same([float(row["value"]) for row in rows], mixed)
    assert [row["value"] for row in rows[7:10]] == ["nan", "inf", "-inf"]
    assert rows[3] == {"key": "a", "step": 3, "ts": 1e9 + 0.1 * 3, "value": 3.1}


def test_arrow_holds_every_point_exactly(alice: Any, mixed: Any) -> None:
    ipc = import_module("pyarrow.ipc")

    accept = {"Accept": "application/vnd.apache.arrow.stream"}
    table = ipc.open_stream(alice.get("/runs/alice/metrics?key=a&from=1", headers=accept).content).read_all()
    assert table.column_names == ["key", "step", "ts", "value"]
    same(table["value"].to_pylist(), mixed[1:])


def test_parquet_holds_every_point_exactly(alice: Any, mixed: Any) -> None:
    parquet = import_module("pyarrow.parquet")

    accept = {"Accept": "application/vnd.apache.parquet"}
    table = parquet.read_table(io.BytesIO(alice.get("/runs/alice/metrics?key=a", headers=accept).content))
    same(table["value"].to_pylist(), mixed)
    assert table["step"].to_pylist() == list(range(5000))


@pytest.mark.parametrize("form", ["csv", "ndjson", "arrow", "parquet"])
def test_an_empty_run_is_a_readable_file(alice: Any, form: str) -> None:
    answer = alice.get("/runs/alice/metrics", params={"format": form})
    assert answer.status_code == 200
    if form == "parquet":
        parquet = import_module("pyarrow.parquet")

        assert parquet.read_table(io.BytesIO(answer.content)).num_rows == 0


def test_without_the_extra_arrow_is_refused_in_words(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "pyarrow"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for form in ("arrow", "parquet"):
        answer = alice.get("/runs/alice/metrics", params={"format": form})
        assert answer.status_code == 406
        assert "lineside[export]" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
        ("application/json;q=0.5, text/csv", "text/csv; charset=utf-8"),
        ("text/csv;q=0, application/json", "application/json"),
        ("text/csv;q=x, application/*", "application/json"),
    ],
)
def test_the_header_accept_chooses_the_form(alice: Any, accept: str, kind: str) -> None:
    assert alice.get("/runs/alice/metrics", headers={"Accept": accept}).headers["content-type"] == kind


def test_a_form_that_is_not_known_is_refused(alice: Any) -> None:
    answer = alice.get("/runs/alice/metrics", headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert "text/csv" in answer.json()["detail"]

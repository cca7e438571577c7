"""Very many runs, and very many keys in a run."""

from pathlib import Path
from typing import Any

import lineside
from lineside_server.store import tables
from lineside_server.store.journal import MAX_KEYS

RUNS = 10_000
KEYS = 5_000


def pages(talk: Any, **query: Any) -> list[list[dict[str, Any]]]:
    """Every page of the list; a run is opened between the first two."""
    found: list[list[dict[str, Any]]] = []
    cursor = None
    while True:
        wanted = {"limit": 1_000, **query} | ({"cursor": cursor} if cursor else {})
        told = talk.get("/runs", params=wanted).raise_for_status().json()
        found.append(told["items"])
        if len(found) == 1:
            talk.open(f"late-{query['order']}")
        cursor = told["next"]
        if cursor is None:
            return found


def multiply(connection: Any, run_id: str) -> None:
    """Write the rows of a run ten thousand times, as so many runs: opened one by one they would take a while."""
    numbers = f"WITH RECURSIVE counted(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM counted WHERE i < {RUNS - 1})"
    differs = {"run_id": "printf('run-%05d', i)", "name": "'name ' || (i % 7)", "project": "'p' || (i % 10)"}
    for table in tables.run.metadata.sorted_tables:
        names = [column.name for column in table.columns]
        if "run_id" in names:
            told = ", ".join(differs.get(name, name) for name in names)
            rows = f"{numbers} SELECT {told} FROM counted, {table.name} WHERE run_id = '{run_id}'"
            connection.exec_driver_sql(f"INSERT INTO {table.name} ({', '.join(names)}) {rows}")


def test_ten_thousand_runs_page_by_page(live_server: Any, talk: Any) -> None:
    talk.open("template", writer="w", tags=["t"])
    talk.tell(1, {"type": "metrics", "step": 1, "values": {"train/loss": 1}}, run_id="template")
    live_server.store.submit(lambda connection: multiply(connection, "template")).result()
    told = pages(talk, order="name")
    ids = [run["id"] for page in told for run in page]
    assert len(ids) == len(set(ids)), "none stands twice, whatever is opened meanwhile"
    assert set(ids) >= {f"run-{n:05}" for n in range(RUNS)}, "and none is left out"
    assert max(map(len, told)) == 1_000
    some = [run["id"] for page in pages(talk, order="-created_at", project="p3") for run in page]
    assert sorted(some) == [f"run-{n:05}" for n in range(3, RUNS, 10)]
    counted = {one["name"]: one for one in talk.get("/projects?limit=100").raise_for_status().json()["items"]}
    assert len(counted) == 10 + 1
    assert talk.run("run-05000")["name"] == f"name {5_000 % 7}"


def test_five_thousand_keys_in_a_run(live_server: Any, talk: Any, tmp_path: Path) -> None:
    keys = [f"layer/{number}/norm" for number in range(KEYS)]
    run = lineside.init(id="wide", server=live_server.url, dir=str(tmp_path / "spool"))
    for step in range(20):
        run.log({key: step + place / KEYS for place, key in enumerate(keys)}, step=step)
    assert run.finish(timeout=60)
    told = talk.get("/runs/wide/metrics?points=100").raise_for_status().json()["series"]
    assert set(told) == set(keys)
    for place in (0, 1, KEYS // 2, KEYS - 1):
        assert told[keys[place]]["value"] == [step + place / KEYS for step in range(20)]
    assert len(talk.run("wide")["summary"]) == KEYS


def test_the_key_beyond_the_last_is_refused_by_itself(talk: Any) -> None:
    talk.open()
    for start in range(0, MAX_KEYS, KEYS):
        values = {f"key {number}": number for number in range(start, start + KEYS)}
        assert talk.tell(start, {"type": "metrics", "step": 1, "values": values})["rejected"] == []
    answer = talk.tell(1, {"type": "metrics", "step": 2, "values": {"key 0": 7, "one more": 8, "key 1": 9}})
    (refused,) = answer["rejected"]
    assert (refused["index"], refused["key"]) == (0, "one more")
    assert "keys already" in refused["reason"]
    assert talk.series("key 0")["value"] == [0, 7]
    assert talk.series("key 1")["value"] == [1, 9]
    assert talk.series("one more")["count"] == 0


def test_the_client_names_the_key_that_was_refused(live_server: Any, talk: Any, python: Any, tmp_path: Path) -> None:
    logging = f"""
import sys, lineside
run = lineside.init(id="wide", server=sys.argv[1])
keys = [f"key {{number}}" for number in range({MAX_KEYS})]
run.log(dict.fromkeys(keys, 1.0), step=0)
run.log({{"one more": 1.0, "key 0": 2.0}}, step=1)
sys.exit(0 if run.finish(timeout=60) else 1)
"""
    process = python(logging, live_server.url, LINESIDE_DIR=str(tmp_path))
    _, said = process.communicate(timeout=90)
    assert process.returncode == 0
    assert "one more" in said
    assert talk.series("key 0", "wide")["value"] == [1.0, 2.0]
    assert len(talk.run("wide")["summary"]) == MAX_KEYS

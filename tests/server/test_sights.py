"""What lists of runs show of a run: its headline series alone, and no failure when it is gone meanwhile."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import event

from lineside_server.core.clock import ManualClock
from lineside_server.core.events import Batch, Columns
from lineside_server.core.runs import Run
from lineside_server.live.views import MOST_HEADLINES
from lineside_server.settings import Settings
from lineside_server.sights import Sights
from lineside_server.store.engine import Store
from lineside_server.store.journal import append
from lineside_server.store.reads import summaries
from lineside_server.store.runs import RunSpec, delete_run, get_run, open_run
from lineside_server.watch import open_store

STEPS = np.array([1, 2])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(Settings(database=str(tmp_path / "x.db")), ManualClock(1000.0))
    yield opened
    opened.close()


@pytest.fixture
def run(store: Store) -> Run:
    opened, _ = open_run(store, RunSpec(project="p", name="n"), "w").result()
    keys = ["train/loss", "lr", *(f"layer/{place}" for place in range(700)), *(f"eval/s{n}/loss" for n in range(60))]
    columns = Columns(STEPS, STEPS * 1.0, dict.fromkeys(keys, STEPS * 0.5))
    append(store, opened.id, Batch("w", 1, (columns,), (), (), 1)).result()
    return get_run(store, opened.id)


def items(store: Store, *runs: Run, brief: bool = False) -> list[dict[str, Any]]:
    return [json.loads(item) for item in Sights(store).list_items(runs, brief=brief)]


def test_a_list_shows_the_headline_series_alone(store: Store, run: Run) -> None:
    (item,) = items(store, run)
    assert len(item["summary"]) <= MOST_HEADLINES
    assert {"train/loss", "lr"} <= set(item["summary"])
    assert not any(key.startswith("layer/") for key in item["summary"])
    assert item["summary"]["train/loss"]["last"] == 1.0


def test_the_figures_of_a_list_are_those_of_each_run_by_itself(store: Store, run: Run) -> None:
    """Sealed or not, in one attempt or two, beside a run of other series and one of none."""
    other, empty = (open_run(store, RunSpec(project="p", name=name), "w").result()[0] for name in ("o", "e"))
    for seq, first in enumerate((1, 2000), start=2):
        steps = np.arange(first, first + 3000)
        values = steps.astype(np.float64)
        columns = Columns(steps, values, {"eval/loss": values / 2, "train/loss": values * 2})
        append(store, other.id, Batch("w", seq, (columns,), (), (), 1)).result()
    open_run(store, RunSpec(id=other.id, resume="allow"), "w2").result()
    steps = np.arange(100, 120)
    values = steps.astype(np.float64)
    again = Batch("w2", 1, (Columns(steps, values, {"train/loss": -values}),), (), (), 1)
    append(store, other.id, again).result()
    runs = [get_run(store, one.id) for one in (other, empty, run)]
    assert len(runs[0].attempts) == 2
    for item in items(store, *runs):
        whole = {key: asdict(figures) for key, figures in summaries(store, item["id"]).items()}
        assert item["summary"] == {key: whole[key] for key in item["summary"]}
    told = items(store, *runs, brief=True)
    assert [set(item["summary"]) for item in told] == [{"train/loss", "eval/loss"}, set(), {"train/loss"}]
    assert told[0]["summary"]["train/loss"] == {"last": -119.0, "last_step": 119}
    assert told[0]["summary"]["eval/loss"] == {"last": 49.5, "last_step": 99}


def test_what_has_not_changed_is_not_read_again(store: Store, run: Run) -> None:
    sights = Sights(store)
    before = sights.list_items([run])
    asked: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    assert sights.list_items([run]) == before
    assert asked == []
    append(store, run.id, Batch("w", 2, (Columns(STEPS + 2, STEPS * 1.0, {"lr": STEPS * 3.0}),), (), (), 1)).result()
    assert sights.list_items([get_run(store, run.id)]) != before


def test_a_page_costs_a_few_statements_however_many_runs_it_holds(store: Store, run: Run) -> None:
    runs = [run, *(open_run(store, RunSpec(project="p", name="n"), None).result()[0] for _ in range(40))]
    asked: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    items(store, *runs)
    assert len([asked_for for asked_for in asked if asked_for.startswith("SELECT")]) == 3


def test_a_run_without_series_has_an_empty_summary(store: Store) -> None:
    opened, _ = open_run(store, RunSpec(project="p", name="n"), "w").result()
    assert items(store, opened)[0]["summary"] == {}


@pytest.mark.parametrize("purge", [False, True])
def test_a_run_that_was_deleted_since_it_was_listed_breaks_no_list(store: Store, run: Run, *, purge: bool) -> None:
    delete_run(store, run.id, purge=purge).result()
    assert (items(store, run)[0]["summary"] == {}) is purge

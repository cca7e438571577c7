"""What lists of runs show of a run: its headline series alone, and no failure when it is gone meanwhile."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lineside_server.core.clock import ManualClock
from lineside_server.core.events import Batch, Columns
from lineside_server.core.runs import Run
from lineside_server.live.views import MOST_HEADLINES
from lineside_server.settings import Settings
from lineside_server.sights import Sights
from lineside_server.store.engine import Store
from lineside_server.store.journal import append
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


def test_a_list_shows_the_headline_series_alone(store: Store, run: Run) -> None:
    item = json.loads(Sights(store).run_item(run))
    assert len(item["summary"]) <= MOST_HEADLINES
    assert {"train/loss", "lr"} <= set(item["summary"])
    assert not any(key.startswith("layer/") for key in item["summary"])
    assert item["summary"]["train/loss"]["last"] == 1.0


def test_a_run_without_series_has_an_empty_summary(store: Store) -> None:
    opened, _ = open_run(store, RunSpec(project="p", name="n"), "w").result()
    assert json.loads(Sights(store).run_item(opened))["summary"] == {}


@pytest.mark.parametrize("purge", [False, True])
def test_a_run_that_was_deleted_since_it_was_listed_breaks_no_list(store: Store, run: Run, *, purge: bool) -> None:
    delete_run(store, run.id, purge=purge).result()
    assert json.loads(Sights(store).run_item(run))["summary"] == {}

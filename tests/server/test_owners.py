"""Which project a run is of is asked of the database once, and corrected by whatever is committed."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from lineside_server.core.clock import ManualClock
from lineside_server.owners import Owners
from lineside_server.store.engine import Store
from lineside_server.store.runs import RunSpec, delete_run, open_run


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(str(tmp_path / "lineside.db"), ManualClock(1000.0))
    yield opened
    opened.close()


def test_a_run_is_of_its_project_hidden_or_not(store: Store) -> None:
    owners = Owners(store)
    open_run(store, RunSpec(id="a", project="vision"), None).result()
    assert asyncio.run(owners.of_run("a")) == "vision"
    delete_run(store, "a").result()
    assert asyncio.run(owners.of_run("a")) == "vision"
    assert asyncio.run(Owners(store).of_run("a")) == "vision"
    assert asyncio.run(owners.of_run("nobody")) is None
    assert asyncio.run(owners.of_alert("nothing")) is None


def test_an_id_that_comes_again_in_another_project_is_of_that_one(store: Store) -> None:
    owners = Owners(store)
    open_run(store, RunSpec(id="a", project="vision"), None).result()
    assert asyncio.run(owners.of_run("a")) == "vision"
    delete_run(store, "a", purge=True).result()
    open_run(store, RunSpec(id="a", project="speech"), None).result()
    assert asyncio.run(owners.of_run("a")) == "speech"

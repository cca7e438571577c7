"""The two doors: what is stored is published, whoever has gone; and time that passes is not stopped by a failure."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lineside_server.core.clock import ManualClock
from lineside_server.core.events import Batch, Change, Columns
from lineside_server.errors import NotFound, StartError
from lineside_server.settings import Settings
from lineside_server.store.engine import Store
from lineside_server.store.runs import RunPatch, RunSpec, get_run, open_run, patch_run
from lineside_server.watch import Watch, open_store


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1000.0)


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    opened = open_store(Settings(database=str(tmp_path / "new" / "folder" / "x.db")), clock)
    yield opened
    opened.close()


def points(seq: int) -> Batch:
    steps = np.array([seq])
    return Batch("w", seq, (Columns(steps, steps * 1.0, {"a": steps * 1.0}),), (), (), 1)


class Witness:
    """Notes what is published, in the place of a hub and a board."""

    def __init__(self) -> None:
        self.seen: list[Change] = []
        self.enough = asyncio.Event()

    def publish(self, change: Change) -> None:
        self.seen.append(change)
        self.enough.set()

    def tidy(self) -> None: ...
    def close(self) -> None: ...


def test_who_sends_and_leaves_is_stored_and_published_all_the_same(store: Store, clock: ManualClock) -> None:
    async def act() -> None:
        watch, witness = Watch(store, Settings(), clock), Witness()
        watch.hub = watch.board = witness  # type: ignore[assignment]  # the witness stands in for both
        watch.start()
        run, _ = await asyncio.wrap_future(open_run(store, RunSpec(), "w"))
        sending = asyncio.create_task(watch.receive(run.id, points(1)))
        await asyncio.sleep(0)
        sending.cancel()
        while not any(change.applied for change in witness.seen):
            witness.enough.clear()
            await asyncio.wait_for(witness.enough.wait(), 20)
        assert sending.cancelled()
        assert get_run(store, run.id).last_step == 1
        await watch.stop()

    asyncio.run(act())


def test_changes_are_published_in_the_order_of_their_commits(store: Store, clock: ManualClock) -> None:
    async def act() -> None:
        watch, witness = Watch(store, Settings(), clock), Witness()
        watch.hub = watch.board = witness  # type: ignore[assignment]  # the witness stands in for both
        watch.start()
        run, _ = await asyncio.wrap_future(open_run(store, RunSpec(), "w"))
        await asyncio.gather(*(watch.receive(run.id, points(seq)) for seq in range(1, 30)))
        await asyncio.sleep(0)
        cursors = [change.cursor for change in witness.seen[::2]]  # the witness stands in two places
        assert cursors == list(range(1, 31))
        await watch.stop()

    asyncio.run(act())


def test_time_goes_on_after_a_failure(store: Store, clock: ManualClock, caplog: pytest.LogCaptureFixture) -> None:
    async def act() -> None:
        watch = Watch(store, Settings(sweep_every=0.001), clock)
        ticks = asyncio.Semaphore(0)

        async def fail(_: float) -> None:
            ticks.release()
            raise OSError("the disk is full")

        watch.tick = fail  # type: ignore[method-assign,assignment]  # the one thing that must not end the ticking
        watch.start()
        for _ in range(3):
            await asyncio.wait_for(ticks.acquire(), 20)
        await watch.stop()

    asyncio.run(act())
    assert "tried again" in caplog.text


def test_a_commit_after_the_end_reaches_nobody(store: Store, clock: ManualClock) -> None:
    async def act() -> None:
        watch = Watch(store, Settings(), clock)
        watch.start()
        await watch.stop()

    asyncio.run(act())
    assert open_run(store, RunSpec(id="late"), "w").result()[1]


def test_a_database_that_cannot_be_is_said_in_words(clock: ManualClock) -> None:
    for path in ("/proc/nowhere/x.db", "/dev/null/x.db"):
        with pytest.raises(StartError, match="cannot be opened"):
            open_store(SimpleNamespace(database=path), clock)  # type: ignore[arg-type]  # all that is asked of settings


def test_what_the_settings_do_not_keep_is_purged_once_an_hour(store: Store, clock: ManualClock) -> None:
    def end_a_run(run_id: str) -> None:
        open_run(store, RunSpec(id=run_id), "w").result()
        patch_run(store, run_id, RunPatch(state="finished")).result()

    async def act() -> None:
        watch = Watch(store, Settings(retention_days=1), clock)
        end_a_run("old")
        clock.advance(86_401)
        await watch.tick(clock.now())
        with pytest.raises(NotFound):
            get_run(store, "old", deleted=True)
        end_a_run("new")
        clock.advance(3599)
        await watch.tick(clock.now() + 90_000)
        assert get_run(store, "new").state == "finished"
        clock.advance(1)
        await watch.tick(clock.now() + 90_000)
        with pytest.raises(NotFound):
            get_run(store, "new", deleted=True)

    asyncio.run(act())

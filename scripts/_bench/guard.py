"""A guard against regressions that times nothing: it counts what an operation does, and holds that to its limits.

python scripts/_bench/guard.py: prints what was counted, and fails with a sentence for each count over its limit.
"""

import asyncio
import os
import random
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine

import lineside
from lineside_server.core.clock import ManualClock
from lineside_server.core.events import Batch, Change, Columns
from lineside_server.core.series import SeriesQuery
from lineside_server.live.hub import Hub, Viewer, Wish
from lineside_server.sights import Sights
from lineside_server.store.engine import Store
from lineside_server.store.journal import append
from lineside_server.store.listing import RunFilter, list_runs
from lineside_server.store.reads import read_series
from lineside_server.store.runs import RunSpec, open_run

# What may be used; a change that needs more says why in its commit, and raises the number here.
LIMITS = {
    "SQL statements for a batch": 5,
    "SQL statements for a long series as 1,000 buckets": 9,
    "SQL statements for a page of 50 runs": 5,
    "bytes of database for a scalar of 8 noisy series": 9,
    "writes for 1,000 log() of 8 scalars": 1000,
    "times that 1,000 log() let go of the interpreter": 0,
    "bytes of spool for a log() of 8": 100,
    "texts made of a batch for 200 viewers": 1,
    "bytes of a frame of one point": 200,
}
SERIES, STEPS, A_BATCH, VIEWERS = 8, 100_000, 1000, 200
PATIENCE_S = 30.0
_noise = np.random.default_rng(0)
_seqs = count(1)


def batch(first: int, steps: int = 1) -> Batch:
    at = np.arange(first, first + steps)
    values = {f"train/s{place}": _noise.normal(15, 0.2, steps) for place in range(SERIES)}
    columns = Columns(at, np.linspace(1.7e9, 1.7e9 + 0.01 * steps, steps), values)
    return Batch("guard", next(_seqs), (columns,), (), (), 1)


def run_of(store: Store, name: str = "guard") -> str:
    run, _ = open_run(store, RunSpec(project="guard", id=name), "guard").result()
    return run.id


def statements(told: list[str], act: Callable[[], object]) -> int:
    """Statements that reach SQLite itself while something is done, those that begin and end included."""
    told.clear()
    act()
    return len(told)


def listen(connection: Connection, told: list[str]) -> None:
    """Have a connection tell its statements from now on."""
    driver: Any = connection.connection.driver_connection
    driver.set_trace_callback(told.append)


def hear_readers(engine: Engine, told: list[str]) -> None:
    """Have every connection of an engine tell its statements."""
    pool: Any = engine.pool
    held = [engine.connect() for _ in range(pool.size())]
    for connection in held:
        listen(connection, told)
    for connection in held:
        connection.close()


def of_the_store() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "guard.db"
        store = Store.open(str(path), ManualClock(1.7e9))
        try:
            found = counted(store)
        finally:
            store.close()
        size = sum(file.stat().st_size for file in path.parent.glob("guard.db*"))
    return {**found, "bytes of database for a scalar of 8 noisy series": size / STEPS / SERIES}


def counted(store: Store) -> dict[str, float]:
    """Fill a run first, so that the size that is weighed afterwards is that of a long one."""
    run = run_of(store)
    for first in range(0, STEPS, A_BATCH):
        append(store, run, batch(first, A_BATCH)).result()
    told: list[str] = []
    store.submit(lambda connection: listen(connection, told)).result()
    small = statements(told, lambda: append(store, run, batch(STEPS)).result())
    hear_readers(store.engine, told)
    series = statements(told, lambda: read_series(store, run, SeriesQuery(keys=("train/s0",), points=1000)))
    for place in range(50):
        run_of(store, f"guard{place}")
    page = statements(told, lambda: list_runs(store, RunFilter(limit=50)))
    return {
        "SQL statements for a batch": small,
        "SQL statements for a long series as 1,000 buckets": series,
        "SQL statements for a page of 50 runs": page,
    }


def of_the_client() -> dict[str, float]:
    """Writes and bytes as the system counts them; os.write is how the client lets go of the interpreter for one."""
    lent, write = count(), os.write
    row = {f"train/s{place}": random.random() for place in range(SERIES)}
    with tempfile.TemporaryDirectory() as folder, redirect_stderr(StringIO()):
        run = lineside.init(project="guard", mode="offline", dir=folder)
        run.log(row, step=0)  # declares the keys

        def lending(file: int, data: Any) -> int:
            next(lent)
            return write(file, data)

        os.write = lending
        try:
            before = handed_over()
            for step in range(1, 1001):
                run.log(row, step=step)
            writes, size = (after - earlier for earlier, after in zip(before, handed_over(), strict=True))
        finally:
            os.write = write
        run.finish()
    return {
        "writes for 1,000 log() of 8 scalars": writes,
        "times that 1,000 log() let go of the interpreter": next(lent),
        "bytes of spool for a log() of 8": size / 1000,
    }


def handed_over() -> tuple[int, int]:
    """Writes of this process so far, and their bytes."""
    told = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(told["syscw"]), int(told["wchar"])


def of_live() -> dict[str, float]:
    """Let 200 viewers of one series see one batch."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(str(Path(folder) / "guard.db"), ManualClock(1.7e9))
        try:
            texts = asyncio.run(shown(store, run_of(store)))
        finally:
            store.close()
    assert len(texts) == VIEWERS, f"{len(texts)} of {VIEWERS} viewers were told"
    return {
        "texts made of a batch for 200 viewers": len({id(text) for text in texts}),
        "bytes of a frame of one point": max(map(len, texts)),
    }


async def shown(store: Store, run: str) -> list[str]:
    """What the viewers are sent of one batch, each text as the object that was handed on."""
    hub, texts = Hub(Sights(store), run_frame_s=3600.0), []
    ready, done = asyncio.Event(), asyncio.Event()
    snapshots = 0

    async def send(text: str) -> None:
        nonlocal snapshots
        if text.startswith('{"type":"snapshot"'):
            snapshots += 1
        elif text.startswith('{"type":"points"'):
            texts.append(text)
        if snapshots == VIEWERS:
            ready.set()
        if len(texts) == VIEWERS:
            done.set()

    wish = Wish(frozenset({"train/s0"}))
    watching = [asyncio.create_task(hub.watch(run, Viewer(wish), None, send)) for _ in range(VIEWERS)]
    loop = asyncio.get_running_loop()

    def committed(changes: list[Change]) -> None:
        for change in changes:
            loop.call_soon_threadsafe(hub.publish, change)

    store.on_commit(committed)
    await asyncio.wait_for(ready.wait(), PATIENCE_S)
    await asyncio.wrap_future(append(store, run, batch(0)))
    await asyncio.wait_for(done.wait(), PATIENCE_S)
    for task in watching:
        task.cancel()
    await asyncio.gather(*watching, return_exceptions=True)
    hub.close()
    return texts


def main() -> int:
    found = {**of_the_store(), **of_the_client(), **of_live()}
    over = {what: value for what, value in found.items() if value > LIMITS[what]}
    for what, value in found.items():
        print(f"{value:10,.4g}  of at most {LIMITS[what]:6,}  {what}")
    for what, value in over.items():
        print(f"Too much: {value:,.4g} {what}, where {LIMITS[what]:,} is the limit.", file=sys.stderr)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())

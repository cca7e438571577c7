"""A server killed at any moment has every batch that it acknowledged, once."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from lineside_server.core.clock import SystemClock
from lineside_server.core.series import SeriesQuery
from lineside_server.store import reads
from lineside_server.store.engine import Store

if TYPE_CHECKING:
    from tests.server.store.conftest import Databases

# Appends until it is killed; says each acknowledged batch.
PROGRAM = """
import sys
import numpy as np
from lineside_server.core.clock import SystemClock
from lineside_server.core.events import Batch, Columns
from lineside_server.store import journal, runs
from lineside_server.store.engine import Store
from lineside_server.store.work import Sealing

store = Store.open(sys.argv[1], SystemClock(), sealing=Sealing(steps=20, rows=10, chunk_points=40))
runs.open_run(store, runs.RunSpec(id="r"), "w").result()
seq = 0
while True:
    futures = []
    for _ in range(4):
        steps = np.arange(seq * 3, seq * 3 + 3)
        block = Columns(steps, steps * 1.0, {"loss": steps * 2.0})
        futures.append(journal.append(store, "r", Batch("w", seq, (block,), (), (), 1)))
        seq += 1
    for future in futures:
        future.result()
    print(seq, flush=True)
"""


@pytest.mark.parametrize("lines", [1, 7, 23])
def test_every_acknowledged_batch_survives_a_kill(databases: Databases, lines: int) -> None:
    url = databases.new()
    with subprocess.Popen([sys.executable, "-c", PROGRAM, url], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        acknowledged = 0
        for _ in range(lines):
            acknowledged = int(process.stdout.readline())
        process.kill()
        for line in process.stdout.read().split():
            acknowledged = int(line)
    store = Store.open(url, SystemClock())
    view = reads.read_series(store, "r", SeriesQuery(points=10**6)).series["loss"]
    store.close()
    databases.drop(url)
    steps = view.step.tolist()
    assert steps == list(range(len(steps)))
    assert len(steps) % 3 == 0
    assert len(steps) >= 3 * acknowledged
    assert view.value.tolist() == [2.0 * step for step in steps]
    assert view.corrected == 0

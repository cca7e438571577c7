"""What the disk garbled is found by its checksum, kept apart and named; the rest is served and sent."""

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

LOGGING = """
import os, sys, lineside
run = lineside.init(id="alice", server=sys.argv[1])
for step in range(1_000):
    run.log({"a": step}, step=step)
print("logged", flush=True)
sys.stdin.read()
"""


def columns(first: int, last: int, *keys: str) -> dict[str, Any]:
    steps = list(range(first, last))
    return {"type": "columns", "steps": steps, "columns": {key: [step / 3 for step in steps] for key in keys}}


def garble(server: Any, statement: str) -> None:
    server.store.submit(lambda connection: connection.exec_driver_sql(statement)).result()


def test_a_damaged_chunk(live_server: Any, talk: Any) -> None:
    talk.open()
    for seq in range(4):
        talk.tell(seq, columns(4_096 * seq, 4_096 * (seq + 1), "a", "b"))
    talk.tell(4, columns(16_384, 16_400, "a", "b"))
    # A readable chunk in the place of another: only the checksum can tell.
    first = "SELECT data FROM chunk WHERE series_id = 1 AND first_step = 0"
    garble(live_server, f"UPDATE chunk SET data = ({first}) WHERE series_id = 1 AND first_step = 4096")
    whole, damaged = talk.series("b"), talk.series("a")
    assert (whole["count"], whole["damaged"]) == (16_400, [])
    named = damaged["damaged"]
    assert [(one["attempt"], one["first_step"], one["last_step"], one["points"]) for one in named] == [
        (1, 4_096, 8_191, 4_096)
    ]
    there = [step for step in range(16_400) if not 4_096 <= step <= 8_191]
    assert damaged["step"] == there
    assert damaged["value"] == [step / 3 for step in there]
    lines = talk.get("/runs/alice/metrics?key=a&format=csv").raise_for_status().text.splitlines()
    assert len(lines) == 1 + len(there)
    assert talk.run()["state"] == "running"
    talk.tell(5, columns(16_400, 25_000, "a", "b"))
    assert talk.series("a")["step"] == [*there, *range(16_400, 25_000)], "the run goes on"


def test_a_damaged_batch_of_the_journal(live_server: Any, talk: Any) -> None:
    talk.open()
    for seq in range(3):
        talk.tell(seq, columns(10 * seq, 10 * seq + 10, "a"))
    first = "SELECT body FROM journal WHERE first_step = 0"
    garble(live_server, f"UPDATE journal SET body = ({first}) WHERE first_step = 10")
    told = talk.get("/runs/alice/metrics?key=a").raise_for_status().json()
    assert told["series"]["a"]["step"] == [*range(10), *range(20, 30)]
    assert [(one["first_step"], one["last_step"], one["points"]) for one in told["damaged"]] == [(10, 19, 10)]
    talk.tell(3, {"type": "finish", "status": "finished"})  # seals what can be read
    assert talk.series("a")["step"] == [*range(10), *range(20, 30)]
    live_server.restart()
    assert talk.series("a")["step"] == [*range(10), *range(20, 30)]


@pytest.mark.parametrize("damage", ["a flipped bit", "a stretch of zeros", "bytes that were never written"])
def test_a_damaged_spool(live_server: Any, speak: Any, python: Any, tmp_path: Path, damage: str) -> None:
    live_server.stop()
    trainer = python(LOGGING, live_server.url, LINESIDE_DIR=str(tmp_path))
    assert trainer.stdout.readline() == "logged\n"
    os.kill(trainer.pid, signal.SIGKILL)
    trainer.wait(30)
    (segment,) = tmp_path.rglob("*.seg")
    data = bytearray(segment.read_bytes())
    match damage:
        case "a flipped bit":
            data[len(data) // 2] ^= 1
        case "a stretch of zeros":
            data[len(data) // 2 : len(data) // 2 + 500] = bytes(500)
        case _:
            data[len(data) // 2 : len(data) // 2] = np.random.default_rng(3).bytes(777)
    segment.write_bytes(data)
    live_server.start()
    sync = python("lineside._cli", "sync", str(tmp_path), LINESIDE_DIR=str(tmp_path))
    _, said = sync.communicate(timeout=60)
    assert sync.returncode == 0
    assert "damaged; the rest is sent" in said
    talk = speak(live_server.url)
    series = talk.series("a")
    (gap,) = talk.events("gap")
    assert gap["records"] >= 1
    lost = set(range(1_000)) - set(series["step"])
    assert len(lost) <= 20, "damage stays where it is"
    assert series["value"] == series["step"]
    assert not list(tmp_path.rglob("*.seg"))

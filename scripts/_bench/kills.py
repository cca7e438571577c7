"""Figures of loss: the trainer is killed while it logs, and what is found afterwards is counted."""

import json
import random
import sqlite3
import struct
import subprocess
import sys
import time
from pathlib import Path

from common import HERE, LIBRARIES, SERIES, Figures, Row, Scale, fresh
from service import Service

STEPS, RATE = 100_000, 1000
LONGEST_START_S = 60.0


def kill_trainer(scale: Scale) -> Figures:
    """kill -9 of a process that logs 1,000 steps a second: steps whose call had returned and that are not found."""
    found = {}
    chance = random.Random(1)
    for library in LIBRARIES:
        rows = [killed(library, 0.3 + chance.random()) for _ in range(scale.of(5, 1))]
        lost = [row["lost"] for row in rows]
        found[library] = {"worst_lost": max(lost), "doubled": max(row["doubled"] for row in rows)}
        found[library]["kills"] = len(rows)
    return found


def killed(library: str, after_s: float) -> Row:
    with fresh(serving=library == "lineside") as (folder, server):
        progress = folder.parent / "progress"
        address = server.url if server else "-"
        arguments = [library, STEPS, RATE, folder, address, progress]
        command = [sys.executable, str(HERE / "loggers.py"), *map(str, arguments)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as trainer:
            wait_for_first_step(progress)
            time.sleep(after_s)
            trainer.kill()
        (logged,) = struct.unpack("<q", progress.read_bytes())
        count, distinct = COUNTERS[library](folder, server)
        return {"lost": max(0, logged - distinct), "doubled": count - distinct}


def wait_for_first_step(progress: Path) -> None:
    due = time.monotonic() + LONGEST_START_S
    while not (progress.exists() and any(progress.read_bytes())):
        if time.monotonic() > due:
            raise TimeoutError("the trainer did not begin")
        time.sleep(0.01)


def count_ours(folder: Path, server: Service | None) -> tuple[int, int]:
    assert server is not None
    sync = "from lineside._cli import main; main(['sync'])"
    environment = {"LINESIDE_DIR": str(folder), "LINESIDE_SERVER": server.url}
    subprocess.run([sys.executable, "-c", sync], env=environment, check=False, capture_output=True)
    page = json.loads(server.get("/runs/bench/metrics?key=train/loss&points=1000000"))
    series = page["series"]["train/loss"]
    return series["count"], len(set(series["step"]))


def count_trackio(folder: Path, server: Service | None) -> tuple[int, int]:
    for path in folder.rglob("*.db"):
        with sqlite3.connect(path) as database:
            steps = [step for (step,) in database.execute("SELECT step FROM metrics")]
        return len(steps), len(set(steps))
    return 0, 0


def count_tensorboard(folder: Path, server: Service | None) -> tuple[int, int]:
    """Whole records of the event files: a length, its checksum, the data, their checksum; the first is a header."""
    records = 0
    for path in folder.rglob("events*"):
        data, place = path.read_bytes(), 0
        while place + 12 <= len(data) and place + 16 + int.from_bytes(data[place : place + 8], "little") <= len(data):
            place += 16 + int.from_bytes(data[place : place + 8], "little")
            records += 1
        records -= 1
    steps = max(0, records) // SERIES
    return steps, steps


COUNTERS = {"lineside": count_ours, "trackio": count_trackio, "tensorboardX": count_tensorboard}

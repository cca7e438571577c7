"""Figures of live: from log() to the viewer's socket, and one run shown to five hundred viewers."""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import msgspec
from common import HERE, Figures, Row, Scale, medians, percentile, serving
from service import Service
from sockets import connect, delays

FRAMES_A_SECOND = 10
PROCESSES = 4


def latency(scale: Scale) -> Figures:
    """log() to the frame in a viewer's socket, through the client as it is by default: ms."""
    found = {}
    for rate in (10, 1000):
        rows = [latency_at(rate, scale.of(8, 4)) for _ in range(scale.repeats)]
        found[f"lineside, {rate:,} it/s"] = medians(rows)
    return found


def latency_at(rate: int, seconds: int) -> Row:
    """Of a frame that bears several points the first is what counts: the oldest."""
    with serving() as server:
        run = server.open_run(id="clock", writer="nobody")
        folder = server.database.parent / "logs"
        command = [sys.executable, HERE / "ticker.py", rate, seconds + 1, folder, server.url, run]
        viewer = connect(server.port, f"/runs/{run}/live?key=clock&points=10")
        environment = {"LINESIDE_RESUME": "allow"}
        with subprocess.Popen(
            [*map(str, command)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as ticker:
            began = time.perf_counter()
            shown = delays([viewer], began + 1, began + seconds)
            ticker.wait()
        return {"p50_ms": 1e3 * percentile(shown, 0.5), "p95_ms": 1e3 * percentile(shown, 0.95), "frames": len(shown)}


def fanout(scale: Scale) -> Figures:
    """Viewers of one run at 10 batches a second, one series shown: the service's share of a core, ms to the socket."""
    found = {}
    for viewers in (500,) if scale.quick else (1, 100, 500):
        with serving() as server:
            found[f"lineside, {viewers} viewers"] = shown_to(server, viewers, scale.of(12, 6))
    return found


def shown_to(server: Service, viewers: int, seconds: int) -> Row:
    run, folder = server.open_run(), server.database.parent
    parts = min(PROCESSES, viewers)
    ready = [folder / f"ready{part}" for part in range(parts)]
    children = [
        subprocess.Popen(
            [sys.executable, HERE / "viewers.py", *map(str, (server.port, run, viewers // parts, seconds, path))],
            stdout=subprocess.PIPE, text=True,
        )
        for path in ready
    ]  # fmt: skip
    try:
        wait_for(ready)
        share = feed(server, run, seconds - 2)
        told = [json.loads(child.communicate()[0]) for child in children]
    finally:
        for child in children:
            child.kill()
            child.wait()
    frames = sum(row["frames"] for row in told)
    return {
        "core_percent": share, "p50_ms": statistics.median(row["p50_ms"] for row in told),
        "p99_ms": max(row["p99_ms"] for row in told), "frames_per_s": frames / (seconds - 3),
    }  # fmt: skip


def wait_for(paths: list[Path]) -> None:
    for _ in range(600):
        if all(path.exists() for path in paths):
            return
        time.sleep(0.1)
    raise TimeoutError("the viewers did not all connect")


def feed(server: Service, run: str, seconds: int) -> float:
    """Send a step of 8 series ten times a second; the share of a core, in per cent, that the service used."""
    server.line.close()  # the service has ended it if the viewers were long in coming
    began, before = time.perf_counter(), server.cpu_s()
    for step in range(seconds * FRAMES_A_SECOND):
        if (ahead := began + step / FRAMES_A_SECOND - time.perf_counter()) > 0:
            time.sleep(ahead)
        values = {f"train/s{place}": 1.5 for place in range(7)} | {"clock": time.perf_counter()}
        event = {"type": "metrics", "step": step, "ts": time.time(), "values": values}
        batch = {"writer": "bench", "seq": step, "events": [event]}
        server.post(f"/runs/{run}/events", msgspec.msgpack.encode(batch), "application/msgpack")
    return 100 * (server.cpu_s() - before) / (time.perf_counter() - began)

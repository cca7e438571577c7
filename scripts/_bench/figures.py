"""The figures: each runs the libraries in turn, in processes of their own, and gives the median of each."""

import contextlib
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from service import Service, service

LOGGERS = Path(__file__).with_name("loggers.py")
LIBRARIES = ("lineside", "trackio", "tensorboardX")
Figures = dict[str, dict[str, float]]


def child(library: str, steps: int, rate: float, folder: Path, server: str | None = None) -> dict[str, float]:
    command = [sys.executable, str(LOGGERS), library, str(steps), str(rate), str(folder)]
    done = subprocess.run([*command, *([server] if server else [])], capture_output=True, text=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def medians(rows: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}


def log_cost(repeats: int) -> Figures:
    """Cost of logging 8 scalars, median and p99 in µs: 1,000 steps at 200 it/s, ours into a live service."""
    rows: dict[str, list[dict[str, float]]] = {library: [] for library in LIBRARIES}
    for _ in range(repeats):
        for library in LIBRARIES:
            with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
                server = stack.enter_context(service(Path(folder))) if library == "lineside" else None
                shown = child(library, 1000, 200, Path(folder) / "logs", server and server.url)
                rows[library].append({"median_us": shown["median_us"], "p99_us": shown["p99_us"]})
    return {library: medians(found) for library, found in rows.items()}


def cpu(repeats: int) -> Figures:
    """CPU seconds for 1,000 steps of 8 scalars at 1,000 it/s; ours is client and service together."""
    rows: dict[str, list[dict[str, float]]] = {library: [] for library in LIBRARIES}
    for _ in range(repeats):
        for library in LIBRARIES:
            with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
                server = stack.enter_context(service(Path(folder))) if library == "lineside" else None
                before = server.cpu_s() if server else 0.0
                shown = child(library, 5000, 1000, Path(folder) / "logs", server and server.url)
                served = (server.cpu_s() - before) / 5 if server else 0.0
                rows[library].append({"cpu_s": shown["cpu_s_per_1000"] + served, "of_it_service": served})
    return {library: medians(found) for library, found in rows.items()}


def post(url: str, body: dict[str, Any]) -> Any:
    data = json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def fill(server: Service, steps: int, batch: int) -> float:
    """Send a run of 8 noisy series as columnar JSON; the service's CPU seconds."""
    run, noise = post(f"{server.url}/runs", {"project": "bench"})["id"], random.Random(0)
    before = server.cpu_s()
    for seq in range(steps // batch):
        first = seq * batch
        columns = {f"train/s{place}": [noise.gauss(15, 0.2) for _ in range(batch)] for place in range(8)}
        times = [1.7e9 + 0.01 * step for step in range(first, first + batch)]
        event = {"type": "columns", "steps": list(range(first, first + batch)), "ts": times, "columns": columns}
        post(f"{server.url}/runs/{run}/events", {"writer": "bench", "seq": seq, "events": [event]})
    spent = server.cpu_s() - before
    post(f"{server.url}/runs/{run}/events", {"writer": "bench", "seq": 1 << 40, "events": [{"type": "finish"}]})
    return spent


def storage(repeats: int) -> Figures:
    """100,000 steps of 8 noisy series: bytes a scalar, points a core-second at 1,000 points a request, read time."""
    rows = []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder, service(Path(folder)) as server:
            spent = fill(server, 100_000, 125)
            size = sum(path.stat().st_size for path in Path(folder).glob("bench.db*"))
            rows.append({
                "bytes_per_scalar": size / 800_000, "points_per_core_s": 800_000 / spent,
                "read_ms": read_ms(server), "memory_mb": server.memory_mb(),
            })  # fmt: skip
    return {"lineside": medians(rows)}


def read_ms(server: Service) -> float:
    """Median wall time of reading one series of 100,000 points as the page does, the request included."""
    with urllib.request.urlopen(f"{server.url}/runs?limit=1") as answer:
        run = json.load(answer)["items"][0]["id"]
    costs = []
    for _ in range(20):
        before = time.perf_counter()
        with urllib.request.urlopen(f"{server.url}/runs/{run}/metrics?key=train/s0&points=1000") as answer:
            answer.read()
        costs.append((time.perf_counter() - before) * 1000)
    return statistics.median(costs)


FIGURES = {"log_cost": log_cost, "cpu": cpu, "storage": storage}

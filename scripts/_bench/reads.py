"""Figures of reading: long series as the page asks for them, windows of them, lists of runs, and memory."""

import json
import math
import time

from bodies import body, columns, cuts
from common import Figures, Row, Scale, medians, serving
from service import Service

A_REQUEST = 100_000
WINDOW = 2000
SPIKE = 1e6


def reads(scale: Scale) -> Figures:
    """One series as 1,000 buckets, and 2,000 steps of it, in ms of the service; `odd_seen`: of its 5 odd points."""
    found: Figures = {}
    for size in (100_000, 1_000_000, 10_000_000)[: scale.of(3, 2)]:
        with serving() as server:
            idle = server.memory_mb()
            run = fill(server, size)
            filled = server.memory_mb()
            whole, wall = cost_ms(server, f"/runs/{run}/metrics?key=train/s0&points=1000", scale.of(100, 30))
            first = size // 2 + 17  # in the midst of chunks
            place = f"from={first}&to={first + WINDOW - 1}"
            cut, _ = cost_ms(server, f"/runs/{run}/metrics?key=train/s0&points=1000&{place}", scale.of(200, 50))
            found[f"lineside, {size:,} points"] = {
                "read_cpu_ms": whole, "read_wall_ms": wall, "window_cpu_ms": cut,
                "odd_seen": odd_seen(server, run), "idle_mb": idle, "filled_mb": filled,
                "after_reads_mb": server.memory_mb(),
            }  # fmt: skip
    return found


def fill(server: Service, size: int) -> str:
    run = server.open_run()
    odd = dict(zip(range(size // 3, size, size // 8), (SPIKE, *[math.nan] * 3, math.inf), strict=False))
    for seq, (first, steps) in enumerate(cuts(size, A_REQUEST)):
        query, data, media = body("packed", seq, columns(first, steps, 1, odd))
        server.post(f"/runs/{run}/events{query}", data, media)
    server.post(f"/runs/{run}/events", b'{"writer":"bench","seq":1099511627776,"events":[{"type":"finish"}]}')
    return run


def odd_seen(server: Service, run: str) -> int:
    """How many of the spike and the four points that are not finite a thinned read shows."""
    shown = json.loads(server.get(f"/runs/{run}/metrics?key=train/s0&points=1000"))["series"]["train/s0"]
    return int(shown["max"].count(SPIKE) + sum(told["count"] for told in shown["nonfinite"]))


def cost_ms(server: Service, path: str, times: int) -> tuple[float, float]:
    """Mean CPU of the service for a request, and the median wall time of it."""
    server.get(path)
    before, walls = server.cpu_s(), []
    for _ in range(times):
        began = time.perf_counter()
        server.get(path)
        walls.append({"wall": (time.perf_counter() - began) * 1000})
    return (server.cpu_s() - before) / times * 1000, medians(walls)["wall"]


def lists(scale: Scale) -> Figures:
    """GET /runs with 50 of 200 runs of 24 series each, in ms: the first time, and again with nothing changed."""
    with serving() as server:
        runs = [server.open_run(name=f"run {place}") for place in range(scale.of(200, 60))]
        for run in runs:
            query, data, media = body("packed", 0, columns(0, 100, 24))
            server.post(f"/runs/{run}/events{query}", data, media)
        row: Row = {}
        _, row["first_wall_ms"] = once(server)
        row["unchanged_cpu_ms"], row["unchanged_wall_ms"] = cost_ms(server, "/runs?limit=50", scale.of(100, 30))
        return {"lineside": row}


def walk(scale: Scale) -> Figures:
    """All pages of GET /runs, 200 runs each, with 10,000 runs of 8 series: the first time, and again, ms a page."""
    with serving() as server:
        count = scale.of(10_000, 600)
        query, data, media = body("packed", 0, columns(0, 10, 8))
        for _ in range(count):
            server.post(f"/runs/{server.open_run()}/events{query}", data, media)
        row: Row = {"runs": count}
        for name in ("first", "again"):
            before, began = server.cpu_s(), time.perf_counter()
            pages = walked(server)
            row[f"{name}_cpu_ms"] = (server.cpu_s() - before) / pages * 1000
            row[f"{name}_wall_ms"] = (time.perf_counter() - began) / pages * 1000
        return {"lineside": row | {"memory_mb": server.memory_mb()}}


def walked(server: Service) -> int:
    """How many pages there were."""
    pages, following = 0, ""
    while following is not None:
        told = json.loads(server.get(f"/runs?limit=200{following and f'&cursor={following}'}"))
        pages, following = pages + 1, told["next"]
    return pages


def once(server: Service) -> tuple[float, float]:
    before, began = server.cpu_s(), time.perf_counter()
    server.get("/runs?limit=50")
    return server.cpu_s() - before, (time.perf_counter() - began) * 1000

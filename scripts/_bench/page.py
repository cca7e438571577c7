"""Figures of the page in a real Chromium: the first chart, a live run for minutes, and a run of many series."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from bodies import body, cuts
from browser import Meter, chromium, first_seen, visit
from common import HERE, Figures, Row, Scale, fresh, medians
from loggers import KEYS
from playwright.sync_api import Browser, Page
from service import Service

A_REQUEST = 50_000
CHART = "[data-chart] .main-svg path.js-line"
OURS = {"verdict_ms": ".verdict h2", "first_chart_ms": CHART}
TRACKIO = {"first_chart_ms": ".vega-embed canvas"}


def first_chart(scale: Scale) -> Figures:
    """From opening the address, with an empty cache and no click, to the first chart: ms by the page's clock."""
    steps = scale.of(100_000, 5_000)
    found: Figures = {}
    with chromium() as browser:
        for size in (steps, 1_250_000)[: scale.of(2, 1)]:
            with judged_run(size) as url:
                found[f"lineside, {size:,} x 8"] = medians(opened(browser, url, OURS) for _ in range(scale.of(7, 2)))
        with trackio(steps) as url:
            found[f"trackio, {steps:,} x 8"] = medians(opened(browser, url, TRACKIO) for _ in range(scale.of(7, 2)))
    return found


def opened(browser: Browser, url: str, selectors: dict[str, str]) -> Row:
    with visit(browser, url, selectors) as page:
        return {name: first_seen(page, name) for name in selectors}


@contextmanager
def judged_run(steps: int) -> Iterator[str]:
    """The address of the page of a run of 8 series that the service has judged to its end."""
    with fresh(judging=True) as (_, server):
        assert server is not None
        run = server.open_run(intent={"total_steps": steps, "step_unit": "batch"})
        for seq, (first, count) in enumerate(cuts(steps, A_REQUEST)):
            query, data, media = body("packed", seq, columns(KEYS, first, count))
            server.post(f"/runs/{run}/events{query}", data, media)
        server.post(f"/runs/{run}/events", b'{"writer":"bench","seq":1099511627776,"events":[{"type":"finish"}]}')
        wait_until_judged(server, run)
        yield f"{server.url}/#/runs/{run}"


def columns(keys: list[str], first: int, steps: int) -> dict[str, Any]:
    noise = np.random.default_rng(first)
    at = np.arange(first, first + steps)
    values = {key: noise.normal(15, 0.2, steps) for key in keys}
    return {"steps": at, "ts": 1.7e9 + 0.01 * at, "columns": values}


def wait_until_judged(server: Service, run: str) -> None:
    for _ in range(2400):
        told = json.loads(server.get(f"/runs/{run}"))
        if told["health"]["through_step"] == told["last_step"]:
            return
        time.sleep(0.25)
    raise TimeoutError("the run was not judged to its end")


@contextmanager
def trackio(steps: int) -> Iterator[str]:
    """The address of Trackio's dashboard over a project of one run of as much data, logged by its own call."""
    with fresh(serving=False) as (folder, _):
        command = [sys.executable, str(HERE / "peer_page.py"), str(folder), str(steps)]
        environment = os.environ | {"TRACKIO_DIR": str(folder), "HF_HUB_OFFLINE": "1"}
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                url = next(line.split()[1] for line in process.stdout if line.startswith("READY "))
                yield url
            finally:
                process.terminate()


def page_live(scale: Scale) -> Figures:
    """A run of 20 series at 50 steps/s on its page: the main thread's share, heap, jumps, lost points."""
    seconds = scale.of(600, 20)
    with chromium() as browser, fresh(judging=True) as (folder, server):
        assert server is not None
        run = "steady"
        command = [sys.executable, str(HERE / "steady.py"), server.url, run, str(folder), str(seconds + 90)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as trainer:
            assert trainer.stdout is not None
            trainer.stdout.readline()  # its first step is on its way
            with visit(browser, "about:blank", {}) as page:
                row = watched(page, server, run, seconds)
            trainer.terminate()
        return {f"lineside, {seconds} s": row}


def watched(page: Page, server: Service, run: str, seconds: int) -> Row:
    got = Arrivals(page, "train/loss")
    page.goto(f"{server.url}/#/runs/{run}")
    page.wait_for_selector(CHART)
    meter = Meter(page)
    page.wait_for_timeout(min(60, seconds / 4) * 1000)
    heap, busy, began, charts = usual_heap(meter), meter.busy_s(), time.perf_counter(), page.locator(CHART).count()
    page.wait_for_timeout(seconds * 1000 * 3 / 4)
    share = (meter.busy_s() - busy) / (time.perf_counter() - began)
    after = usual_heap(meter)
    seen = {
        "busy_share": share, "heap_before_mb": heap, "heap_after_mb": after, "lines_drawn": charts,
        "layout_shift": page.evaluate("window.shift"), "longest_task_ms": page.evaluate("window.longest"),
        "points_missing": got.missing(), "points_seen": len(got.steps),
    }  # fmt: skip
    hide(page)
    busy, began = meter.busy_s(), time.perf_counter()
    page.wait_for_timeout(10_000)
    return seen | {"hidden_busy_share": (meter.busy_s() - busy) / (time.perf_counter() - began)}


def usual_heap(meter: Meter) -> float:
    """The median of looks over half a minute: points pile up and are thinned, and one look may fall anywhere."""
    looks = []
    for _ in range(10):
        looks.append(meter.heap_mb())
        meter.page.wait_for_timeout(3000)
    return statistics.median(looks)


class Arrivals:
    """Which steps of a series the page's socket was sent as live points."""

    def __init__(self, page: Page, key: str) -> None:
        self.key, self.steps = key, set[int]()
        page.on("websocket", lambda socket: socket.on("framereceived", self.take))

    def take(self, text: str | bytes) -> None:
        frame = json.loads(text)
        if frame["type"] == "points" and self.key in frame["data"]["series"]:
            self.steps.update(frame["data"]["series"][self.key]["step"])

    def missing(self) -> float:
        return max(self.steps) - min(self.steps) + 1 - len(self.steps) if self.steps else -1


def hide(page: Page) -> None:
    """Have the page believe that nobody sees it, as a tab behind another does."""
    page.evaluate(
        """() => {
          Object.defineProperty(document, "hidden", { get: () => true, configurable: true });
          Object.defineProperty(document, "visibilityState", { get: () => "hidden", configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )


def page_many(scale: Scale) -> Figures:
    """One of 50 runs of 200 series each in a project: its first chart, charts that exist, nodes, longest task."""
    series, runs = 200, scale.of(50, 4)
    keys = [*KEYS, *(f"layer{place:03}/grad_norm" for place in range(series - len(KEYS)))]
    with chromium() as browser, fresh(judging=True) as (_, server):
        assert server is not None
        opened_runs = [server.open_run(name=f"run {place}") for place in range(runs)]
        for run in opened_runs:
            query, data, media = body("packed", 0, columns(keys, 0, 1_000))
            server.post(f"/runs/{run}/events{query}", data, media)
        url = f"{server.url}/#/runs/{opened_runs[0]}"
        return {"lineside": medians(scrolled(browser, url) for _ in range(scale.of(3, 1)))}


def scrolled(browser: Browser, url: str) -> Row:
    with visit(browser, url, {"chart": CHART}) as page:
        row = {"first_chart_ms": first_seen(page, "chart"), "drawn_at_first": page.locator(".main-svg").count()}
        meter = Meter(page)
        for _ in range(40):
            page.mouse.wheel(0, 600)
            page.wait_for_timeout(50)
        page.wait_for_timeout(1500)
        row |= {"drawn_after_scrolling": page.locator(".main-svg").count(), "nodes": meter.nodes()}
        return row | {"longest_task_ms": page.evaluate("window.longest"), "heap_mb": meter.heap_mb()}


FIGURES = {"first-chart": first_chart, "page-live": page_live, "page-many": page_many}

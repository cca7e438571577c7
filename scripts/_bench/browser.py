"""A real Chromium for figures of the page: when a first chart stands, and what the page costs while it runs."""

import contextlib
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
SIZE = {"width": 1280, "height": 900}
# Told by the page's own clock, which begins when the address is opened: no look from outside is late.
WATCH = """
window.firstAt = {};
window.shift = 0;
window.longest = 0;
const marks = SELECTORS;
const look = () => {
  for (const [name, selector] of Object.entries(marks))
    if (!(name in window.firstAt) && document.querySelector(selector)) window.firstAt[name] = performance.now();
  if (Object.keys(window.firstAt).length < Object.keys(marks).length) requestAnimationFrame(look);
};
requestAnimationFrame(look);
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.duration);
}).observe({ type: "longtask", buffered: true });
"""


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@contextlib.contextmanager
def visit(browser: Browser, url: str, selectors: dict[str, str]) -> Iterator[Page]:
    """Open an address with an empty cache; `firstAt` tells when each selector first found something."""
    context = browser.new_context(viewport=SIZE)  # type: ignore[arg-type]  # a plain dictionary is what it takes
    page = context.new_page()
    page.add_init_script(WATCH.replace("SELECTORS", repr(selectors)))
    page.goto(url)
    yield page
    context.close()


def first_seen(page: Page, name: str) -> float:
    """Milliseconds from opening the address until it stood there."""
    for _ in range(1200):
        if (at := page.evaluate(f"window.firstAt[{name!r}] ?? null")) is not None:
            return float(at)
        page.wait_for_timeout(50)
    raise TimeoutError(f"{name} never stood on {page.url}")


class Meter:
    """What the page's main thread did, and what it holds, between two looks."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.line = page.context.new_cdp_session(page)
        self.line.send("Performance.enable")

    def busy_s(self) -> float:
        """Seconds of tasks so far on the main thread."""
        return self._figures()["TaskDuration"]

    def heap_mb(self) -> float:
        """The heap after everything that nobody needs was collected."""
        self.line.send("HeapProfiler.collectGarbage")
        return self._figures()["JSHeapUsedSize"] / 1e6

    def nodes(self) -> float:
        return self._figures()["Nodes"]

    def _figures(self) -> dict[str, float]:
        told: Any = self.line.send("Performance.getMetrics")
        return {one["name"]: one["value"] for one in told["metrics"]}

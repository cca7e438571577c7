"""What the page's tests share: the built page, a Chromium, and a visitor who notes whatever goes wrong."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

import lineside
from lineside_server.importing import take_in
from lineside_server.reach import reach
from lineside_server.recording.kinds import read_recording
from lineside_server.settings import Settings

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=20_000)  # shared cores draw slowly; what comes at all comes in time

# Runs before the page's own scripts: what a person would see as a jump, and what the policy refused.
WITNESS = """
window.witness = { shift: 0, moved: [], refused: [] };
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) {
    window.witness.shift += entry.value;
    for (const { node } of entry.sources ?? []) window.witness.moved.push(node?.className ?? String(node));
  }
}).observe({ type: "layout-shift", buffered: true });
document.addEventListener("securitypolicyviolation", (event) => {
  window.witness.refused.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""

AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN_AXE = """
async (tags) => {
  const still = () => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
  await still();
  const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  const colours = (node) => {
    const { fgColor, bgColor, contrastRatio } = node.any?.find((check) => check.data?.fgColor)?.data ?? {};
    return fgColor ? ` (${fgColor} on ${bgColor}: ${contrastRatio})` : "";
  };
  return violations.flatMap(({ id, help, nodes }) => [
    `${id}: ${help}`, ...nodes.map((node) => `    ${node.target.join(" ")}${colours(node)}`)]);
}
"""


def _newest(paths: Iterable[Path]) -> float:
    return max((path.stat().st_mtime for path in paths if path.is_file()), default=0.0)


def _sources() -> Iterator[Path]:
    yield from (WEB / "src").rglob("*")
    yield from (WEB / name for name in ("index.html", "package.json", "package-lock.json", "vite.config.ts"))


@pytest.fixture(scope="session")
def built_page() -> Path:
    """The folder of the built page, built anew when its sources are newer."""
    index = WEB / "dist" / "index.html"
    if not index.is_file() or index.stat().st_mtime < _newest(_sources()):
        npm = shutil.which("npm")
        if npm is None:
            pytest.fail("the page is not built, and there is no npm to build it: run scripts/build")
        steps = [["run", "build"]] if (WEB / "node_modules").is_dir() else [["ci"], ["run", "build"]]
        for step in steps:
            done = subprocess.run([npm, *step], cwd=WEB, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"npm {' '.join(step)} failed:\n{done.stdout}\n{done.stderr}"
    return index.parent


def _install_chromium() -> None:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for step in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", *step], env=environment, capture_output=True, check=False)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    if not CHROMIUM.exists():
        _install_chromium()
    if not CHROMIUM.exists():
        pytest.skip("THE PAGE IS NOT TESTED: there is no /usr/bin/chromium, and it could not be installed")
    return {"executable_path": str(CHROMIUM), "args": ARGUMENTS}


StartRun = Callable[..., lineside.Run]


@pytest.fixture(scope="session")
def base_url() -> None:
    """None: each test has a server of its own. The plugin's fixture of this name warns on this pytest."""


class Visitor:
    """A person with the page open: goes to places, and keeps what must not happen."""

    def __init__(self, page: Page, server: Any) -> None:
        self.page, self.server = page, server
        self.errors: list[str] = []
        self.hosts: set[str] = set()
        page.add_init_script(WITNESS)
        page.on("console", lambda said: self.errors.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda fault: self.errors.append(str(fault)))
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        page.on("websocket", lambda socket: self.hosts.add(urlsplit(socket.url).netloc))

    def open(self, route: str = "#/") -> None:
        self.page.goto(f"{self.server.url}/{route}")

    def open_run(self, run_id: str) -> None:
        """Go to a run once the server has heard of it: before, the page rightly says that it is not there."""
        self.open()
        self.page.locator(f'a.open[href="#/runs/{run_id}"]').click()

    def chart(self, name: str) -> Locator:
        return self.page.locator(f'[data-chart="{name}"]')

    def table_of(self, name: str) -> list[list[str]]:
        """The table behind a chart: rows of cells, the newest step first."""
        chart = self.chart(name)
        toggle = chart.get_by_role("button", name="as a table")
        if toggle.get_attribute("aria-pressed") != "true":
            toggle.click()
        script = "rows => rows.map(row => [...row.children].map(cell => cell.textContent))"
        rows: list[list[str]] = chart.locator("tbody tr").evaluate_all(script)
        return rows

    def assert_calm(self, most_shift: float = 0.01) -> None:
        """Nothing went wrong so far: no error, no refusal by the policy, no other host, no jump."""
        witness = self.page.evaluate("window.witness")
        assert self.errors == []
        assert witness["refused"] == []
        assert self.hosts <= {urlsplit(self.server.url).netloc, ""}
        assert witness["shift"] <= most_shift, witness["moved"]

    def assert_accessible(self) -> None:
        """What axe-core finds in the page as it stands, in light and in dark: nothing."""
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(AXE.read_text() + ";0")
        found = []
        for scheme in ("dark", "light"):
            self.page.emulate_media(color_scheme=scheme)
            self.page.wait_for_function("scheme => matchMedia(`(prefers-color-scheme: ${scheme})`).matches", arg=scheme)
            found += [f"{scheme}: {line}" for line in self.page.evaluate(RUN_AXE, AXE_TAGS)]
        assert not found, "\n" + "\n".join(found)


@pytest.fixture
def visitor(page: Page, live_server: Any, built_page: Path) -> Visitor:
    page.set_viewport_size({"width": 1280, "height": 900})
    return Visitor(page, live_server)


@pytest.fixture
def guarded(page: Page, make_server: Any, built_page: Path) -> Visitor:
    """A visitor of a service that wants a token, a made-up one, and was given none yet."""
    page.set_viewport_size({"width": 1280, "height": 900})
    return Visitor(page, make_server(token="s3cret-token"))


@pytest.fixture
def start_run(live_server: Any, tmp_path: Path) -> Iterator[StartRun]:
    """Start a run by the real client; what is left open is finished at the end."""
    runs: list[lineside.Run] = []

    def start(name: str, **options: Any) -> lineside.Run:
        run = lineside.init(project="page", name=name, server=live_server.url, dir=str(tmp_path / "spool"), **options)
        runs.append(run)
        return run

    yield start
    for run in runs:
        run.finish(timeout=10.0)


@pytest.fixture
def import_run(live_server: Any, wait: Callable[..., Any]) -> Callable[[str], str]:
    """Take in a run of `tests/runs` by its name; its id comes back when the service has judged it."""

    def take(name: str) -> str:
        with reach(live_server.url, Settings()) as there:
            recording = read_recording(ROOT / "tests" / "runs" / f"{name}.jsonl.gz")
            run_id: str = take_in(there, recording, None)["run"]
            wait(lambda: _is_judged(there.show(run_id)))
        return run_id

    return take


def _is_judged(run: dict[str, Any]) -> bool:
    return bool(run["health"]["through_step"] == run["last_step"])

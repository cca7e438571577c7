"""Opens every view of the page on recorded runs and writes small pictures into docs/shots; called by scripts/shots."""

import base64
import contextlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
SHOTS = ROOT / "docs" / "shots"
RUNS = ROOT / "tests" / "runs"
LINESIDE = (sys.executable, "-c", "from lineside._cli import main; main()")
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
RECORDED = (
    "founding/after_fix_lr_zero",
    "founding/before_fix",
    "lab/healthy-distil-0",
    "lab/healthy-distil-1",
    "lab/nan-masked-0",
    "lab/lr-thousandfold-0",
    "lab/stale-eval-0",
)
ILL, WELL, OTHER = "after_fix_lr_zero", "healthy-distil-0", "stale-eval-0"
TODAY = 1_795_500_000  # ages are told from here, so that they are the same each time
WIDTH, PHONE = 1280, 390
SETTLE_MS = 3500
# Chromium itself packs the pictures: nothing else need be installed.
PACK = """async ([source, width]) => {
  const image = new Image();
  image.src = source;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Math.min(width, image.width);
  canvas.height = Math.round((image.height * canvas.width) / image.width);
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/webp", 0.72);
}"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@contextlib.contextmanager
def service(folder: str, *options: str) -> Iterator[str]:
    """Run a service on a database of its own, and give its address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [*LINESIDE, "serve", "--port", str(port)]
    serving = subprocess.Popen([*command, "--database", f"{folder}/{port}.db", *options])
    try:
        while True:
            if serving.poll() is not None:
                raise SystemExit("The service did not start.")
            try:
                urllib.request.urlopen(f"{address}/healthz").close()
                break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        serving.terminate()
        serving.wait()


def take_in(address: str) -> dict[str, str]:
    """Import the recorded runs; return their ids by name."""
    files = [str(RUNS / f"{name}.jsonl.gz") for name in RECORDED]
    command = [*LINESIDE, "import", "--server", address, *files]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    ids = [line.split(": run ")[1].split(",")[0] for line in told.splitlines()]
    return {name.split("/")[1]: run_id for name, run_id in zip(RECORDED, ids, strict=True)}


def views(ids: dict[str, str]) -> dict[str, str]:
    return {
        "runs": "#/",
        "run": f"#/runs/{ids[ILL]}",
        "run-healthy": f"#/runs/{ids[WELL]}",
        "alerts": "#/alerts",
        "rules": "#/rules",
        "rule": "#/rules/lr-exhausted",
        "compare": f"#/compare?run={ids[WELL]}&run={ids[OTHER]}",
        "settings": "#/settings",
    }


EMPTY = {"runs-empty": "#/", "alerts-empty": "#/alerts", "compare-empty": "#/compare", "not-found": "#/nowhere"}
KEYS = {"palette": "Control+k", "help": "?"}


class Photographer:
    """Takes pictures in one look: a colour scheme and a width."""

    def __init__(self, browser: Browser, packer: Page, suffix: str, width: int, scheme: str) -> None:
        context = browser.new_context(
            viewport={"width": width, "height": 900 if width > PHONE else 780},
            color_scheme="dark" if scheme == "dark" else "light",
            device_scale_factor=1 if width > PHONE else 1.5,
            timezone_id="UTC",
            locale="en-GB",
        )
        self.page, self.packer, self.suffix = context.new_page(), packer, suffix
        self.page.clock.set_fixed_time(TODAY)
        self.most = 1100 if width > PHONE else 420

    def take(self, name: str, address: str, key: str | None = None) -> None:
        self.page.goto("about:blank")
        self.page.goto(address)
        self.page.locator("main h1").wait_for()
        if key is not None:
            self.page.keyboard.press(key)
        self.page.wait_for_timeout(SETTLE_MS)
        raw = base64.b64encode(self.page.screenshot()).decode()
        packed: str = self.packer.evaluate(PACK, [f"data:image/png;base64,{raw}", self.most])
        (SHOTS / f"{name}{self.suffix}.webp").write_bytes(base64.b64decode(packed.partition(",")[2]))


def main() -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    for old in SHOTS.glob("*.webp"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        packer = browser.new_page()
        looks = [("", WIDTH, "light"), ("-dark", WIDTH, "dark"), ("-phone", PHONE, "light")]
        light, *others = [Photographer(browser, packer, *look) for look in looks]
        with service(folder) as address:
            ids = take_in(address)
            for name, route in views(ids).items():
                for photographer in (light, *others):
                    photographer.take(name, f"{address}/{route}")
            for name, key in KEYS.items():
                light.take(name, f"{address}/#/runs/{ids[ILL]}", key)
        with service(folder) as address:
            for name, route in EMPTY.items():
                light.take(name, f"{address}/{route}")
        with service(folder, "--token", "made-up") as address:
            light.take("token", f"{address}/#/")
        browser.close()
    print(f"{sum(path.stat().st_size for path in SHOTS.glob('*.webp')) / 1e6:.2f} MB in {SHOTS}")


if __name__ == "__main__":
    main()

"""Opens every view of the page on recorded runs and writes small pictures into docs/shots; called by scripts/shots."""

import base64
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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
CHANNEL = "channel"
OF_NOW = ("channels", "channel")  # their messages are sent as the pictures are taken
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
    environment = os.environ | {"LINESIDE_WEBHOOK_ALLOW_PRIVATE": "1"}  # for channels that end on this machine
    serving = subprocess.Popen([*command, "--database", f"{folder}/{port}.db", *options], env=environment)
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


class Answers(BaseHTTPRequestHandler):
    """A receiver whose address says what it answers: `/200`, `/503`."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(int(self.path[1:]))
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as above
        """Say nothing."""


@contextlib.contextmanager
def receiver() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def post(address: str, told: object) -> dict[str, str]:
    asked = urllib.request.Request(address, json.dumps(told).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked) as answer:
        made: dict[str, str] = json.load(answer)
    return made


def add_channels(address: str, receiving: str) -> str:
    """Add a channel that works, one that fails and one that is off; return the id of the second."""
    quiet = {"start": "22:00", "end": "07:00"}
    told = (
        {"name": "ops", "url": f"{receiving}/200"},
        {"name": "page-duty", "url": f"{receiving}/503", "filters": {"severity": "critical"}, "quiet": quiet},
        {"name": "night shift", "url": f"{receiving}/200", "kind": "alertmanager", "enabled": False},
    )
    ids = [post(f"{address}/webhooks", one)["id"] for one in told]
    for channel in ids[:2]:
        post(f"{address}/webhooks/{channel}/test", {})
    return ids[1]


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
        "channels": "#/channels",
        "channel": f"#/channels/{ids[CHANNEL]}",
    }


EMPTY = {
    "runs-empty": "#/",
    "channels-empty": "#/channels",
    "alerts-empty": "#/alerts",
    "compare-empty": "#/compare",
    "not-found": "#/nowhere",
}
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
        self.most = 1100 if width > PHONE else 420

    def take(self, name: str, address: str, key: str | None = None, at: float = TODAY) -> None:
        self.page.clock.set_fixed_time(at)
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
        with service(folder) as address, receiver() as receiving:
            ids = take_in(address) | {CHANNEL: add_channels(address, receiving)}
            for name, route in views(ids).items():
                at = time.time() + 90 if name in OF_NOW else TODAY
                for photographer in (light, *others):
                    photographer.take(name, f"{address}/{route}", at=at)
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

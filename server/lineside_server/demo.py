"""`lineside demo`: the service and a real distillation run into it, in one command."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from lineside_server.resources import default_database

PORT = 7460
START_S = 60.0
GRACE_S = 20.0

console = Console(highlight=False, soft_wrap=True)


def main(argv: Sequence[str]) -> int:
    """Run the demo; 0 when every run of it ended as finished, else 3."""
    options = parse(argv[1:])
    port = options.port or free_port(PORT)
    url = f"http://127.0.0.1:{port}"
    group = f"demo-{int(time.time())}"
    with service(port, options.database) as server:
        if not wait_until_ready(url, server):
            console.print("The service did not start; what it said stands above.")
            return 3
        console.print(f"\n  Open [bold]{url}/[/bold] to watch.\n")
        code = train(url, group, options.minutes)
        fine = show_summary(url, group) and code == 0
        if options.exit:
            return 0 if fine else 3
        console.print(f"The service goes on at {url}/ until Ctrl-C.")
        with contextlib.suppress(KeyboardInterrupt):
            server.wait()
    return 0 if fine else 3


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="lineside demo", description=__doc__)
    parser.add_argument("--minutes", type=float, help="stop training after so long (default: when it is through)")
    parser.add_argument("--exit", action="store_true", help="stop the service too when training has ended")
    parser.add_argument("--port", type=int, help=f"port of the service (default: {PORT}, or a free one)")
    parser.add_argument(
        "--database", default=str(Path(default_database()).with_name("demo.db")), help="where runs are kept"
    )
    return parser.parse_args(arguments)


def free_port(wanted: int) -> int:
    """Return the wanted port of loopback where it is free, else one that the system picks."""
    for port in (wanted, 0):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise OSError("no free port on 127.0.0.1")


@contextlib.contextmanager
def service(port: int, database: str) -> Iterator[subprocess.Popen[bytes]]:
    start = "import sys; from lineside_server.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", start, "serve", "--port", str(port), "--database", database]
    process = subprocess.Popen(command, env=clean_environment(), start_new_session=True)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()


def clean_environment() -> dict[str, str]:
    """Return the environment without the user's own lineside settings: the demo talks to its own service."""
    return {name: value for name, value in os.environ.items() if not name.startswith("LINESIDE_")}


def wait_until_ready(url: str, server: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError), get(f"{url}/readyz"):
            return True
        time.sleep(0.1)
    return False


def train(url: str, group: str, minutes: float | None) -> int:
    command = [sys.executable, "-m", "lineside_trainer", "--group", group]
    if minutes is not None:
        command += ["--minutes", str(minutes)]
    environment = clean_environment() | {"LINESIDE_SERVER": url, "LINESIDE_PROJECT": "demo"}
    process = subprocess.Popen(command, env=environment)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the trainer hears Ctrl-C as well, and ends its run as stopped
            continue


def show_summary(url: str, group: str) -> bool:
    """Print what the service knows of the demo's runs; whether all went well."""
    with get(f"{url}/runs?project=demo&limit=50") as answer:
        runs = [run for run in json.load(answer)["items"] if run["group"] == group]
    for run in runs:
        with get(f"{url}/runs/{run['id']}") as answer:
            console.print(f"  {in_words(json.load(answer))}\n    {url}/#/runs/{run['id']}")
    return len(runs) > 0 and all(run["state"] in {"finished", "stopped"} for run in runs)


def in_words(run: dict[str, Any]) -> str:
    summary, progress = run["summary"], run["progress"]
    nonfinite = sum(series["nonfinite"] for series in summary.values())
    points = sum(series["count"] for series in summary.values())
    step = f"step {progress['step']:,}" + (f" of {progress['total_steps']:,}" if progress["total_steps"] else "")
    losses = [f"{key} {summary[key]['last']:.4g}" for key in ("train/loss", "eval/loss") if key in summary]
    return ", ".join([f"{run['name']} {run['state']}", step, *losses, f"{points:,} points", f"{nonfinite} non-finite"])


def get(url: str) -> Any:
    return urllib.request.urlopen(url, timeout=10)

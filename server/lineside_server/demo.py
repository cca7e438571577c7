"""`lineside demo`: the service and runs into it, recorded ones or a real distillation, in one command."""

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

from lineside_server.console import literal
from lineside_server.resources import default_database, recorded_runs

PORT = 7460
START_S = 60.0
GRACE_S = 20.0
JUDGED_S = 15.0

console = Console(highlight=False, soft_wrap=True)


def main(argv: Sequence[str]) -> int:
    """Run the demo; 0 when all of it was done, else 3."""
    options = parse(argv[1:])
    if options.fault == "list":
        return subprocess.call([sys.executable, "-m", "lineside_trainer", "--fault", "list"])
    port = options.port or free_port(PORT)
    url = f"http://127.0.0.1:{port}"
    group = f"demo-{int(time.time())}"
    with service(port, options.database) as server:
        if not wait_until_ready(url, server):
            console.print("The service did not start; what it said stands above.")
            return 3
        console.print(f"\n  Open [bold]{url}/[/bold] to watch.\n")
        trains = options.train or options.fault is not None
        code = train(url, group, options) if trains else play(url, group, options.speed)
        fine = show_summary(url, group) and code == 0
        if options.exit:
            return 0 if fine else 3
        console.print(f"The service goes on at {url}/ until Ctrl-C.")
        with contextlib.suppress(KeyboardInterrupt):
            server.wait()
    return 0 if fine else 3


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="lineside demo", description=__doc__)
    parser.add_argument("--train", action="store_true", help="train for real (needs the extra 'trainer')")
    parser.add_argument("--fault", metavar="NAME", help="train with this fault, by --train; list: print what there is")
    parser.add_argument("--speed", type=float, default=4.0, help="times as fast as recorded runs were (default: 4)")
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


def train(url: str, group: str, options: argparse.Namespace) -> int:
    command = [sys.executable, "-m", "lineside_trainer", "--group", group]
    for flag in ("minutes", "fault"):
        if getattr(options, flag) is not None:
            command += [f"--{flag}", str(getattr(options, flag))]
    return finish_all([start(command, url)])


def play(url: str, group: str, speed: float) -> int:
    """Play the recorded runs, all at once, by the client as a trainer would use it."""
    files = recorded_runs()
    command = [sys.executable, "-m", "lineside._play", "--group", group, "--speed", str(speed)]
    return finish_all([start([*command, str(file)], url) for file in files])


def start(command: list[str], url: str) -> subprocess.Popen[bytes]:
    environment = clean_environment() | {"LINESIDE_SERVER": url, "LINESIDE_PROJECT": "demo"}
    return subprocess.Popen(command, env=environment)


def finish_all(processes: Sequence[subprocess.Popen[bytes]]) -> int:
    """Wait for all; 0 when all have ended well."""
    codes = []
    for process in processes:
        while process.poll() is None:
            with contextlib.suppress(KeyboardInterrupt):  # they hear Ctrl-C as well, and end their runs as stopped
                process.wait()
        codes.append(process.returncode)
    return max(map(abs, codes), default=0)


def show_summary(url: str, group: str) -> bool:
    """Print what the service knows of the demo's runs; whether all went well."""
    with get(f"{url}/runs?project=demo&limit=50") as answer:
        runs = [run for run in json.load(answer)["items"] if run["group"] == group]
    for run in runs:
        with get(f"{url}/runs/{run['id']}") as answer:
            console.print(f"  {in_words(json.load(answer))}\n    {url}/#/runs/{run['id']}")
        for alert in incidents(url, run["id"]):
            console.print(f"    [bold]{alert['severity']}[/bold] {literal(alert['title'])}")
    return len(runs) > 0 and all(run["state"] in {"finished", "stopped", "failed"} for run in runs)


def incidents(url: str, run_id: str) -> list[dict[str, Any]]:
    """Return what is wrong with a run, as far as the service has judged it within some seconds."""
    deadline = time.monotonic() + JUDGED_S
    while time.monotonic() < deadline:
        with get(f"{url}/runs/{run_id}") as answer:
            run = json.load(answer)
        if run["health"]["through_step"] == run["last_step"]:
            break
        time.sleep(0.2)
    with get(f"{url}/runs/{run_id}/alerts?roots=1") as answer:
        found: list[dict[str, Any]] = json.load(answer)["items"]
    return found


def in_words(run: dict[str, Any]) -> str:
    summary, progress = run["summary"], run["progress"]
    nonfinite = sum(series["nonfinite"] for series in summary.values())
    points = sum(series["count"] for series in summary.values())
    step = f"step {progress['step']:,}" + (f" of {progress['total_steps']:,}" if progress["total_steps"] else "")
    losses = [f"{key} {summary[key]['last']:.4g}" for key in ("train/loss", "eval/loss") if key in summary]
    return ", ".join([f"{run['name']} {run['state']}", step, *losses, f"{points:,} points", f"{nonfinite} non-finite"])


def get(url: str) -> Any:
    return urllib.request.urlopen(url, timeout=10)

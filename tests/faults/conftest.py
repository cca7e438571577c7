"""What the faults are tried on: the real service, a client of its REST surface, training processes, and small disks."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

PATIENCE_S = 30.0


class Talk(httpx2.Client):
    """Speaks to a service over REST."""

    def open(self, run_id: str = "alice", **told: Any) -> Any:
        return self.post("/runs", json={"id": run_id, **told}).raise_for_status().json()

    def ship(self, seq: int, *events: Any, run_id: str = "alice", writer: str = "w") -> Any:
        return self.post(f"/runs/{run_id}/events", json={"writer": writer, "seq": seq, "events": list(events)})

    def tell(self, seq: int, *events: Any, **options: Any) -> Any:
        return self.ship(seq, *events, **options).raise_for_status().json()

    def run(self, run_id: str = "alice") -> Any:
        return self.get(f"/runs/{run_id}").raise_for_status().json()

    def series(self, key: str, run_id: str = "alice", **query: Any) -> Any:
        wanted = {"key": key, "points": 1_000_000, **query}
        told = self.get(f"/runs/{run_id}/metrics", params=wanted).raise_for_status().json()["series"]
        return told.get(key, {"count": 0, "step": [], "ts": [], "value": [], "corrected": 0, "damaged": []})

    def events(self, kind: str, run_id: str = "alice") -> Any:
        wanted: dict[str, Any] = {"type": kind, "limit": 1000}
        return self.get(f"/runs/{run_id}/events", params=wanted).raise_for_status().json()["items"]


@pytest.fixture
def speak() -> Iterator[Callable[[str], Talk]]:
    """Give a client of the service at an address."""
    with ExitStack() as stack:
        yield lambda url: stack.enter_context(Talk(base_url=url, timeout=PATIENCE_S))


@pytest.fixture
def talk(live_server: Any, speak: Any) -> Any:
    return speak(live_server.url)


@pytest.fixture
def python() -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Start a Python process: `python(code, *arguments, NAME=value)`; what it says is in its pipes."""
    started: list[subprocess.Popen[str]] = []
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LINESIDE_")}

    def start(code: str, *arguments: str, **environ: str) -> "subprocess.Popen[str]":
        command = [sys.executable, *(["-m", code] if code.startswith("lineside") else ["-c", code]), *arguments]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        started.append(subprocess.Popen(command, env=clean | environ, text=True, **pipes))  # type: ignore[call-overload]  # pipes are known by name
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Mount at a folder below `tmp_path`: `mount(name, *arguments)`; where that is not allowed the test is skipped."""
    with ExitStack() as stack:

        def add(name: str, *arguments: str) -> Path:
            folder = tmp_path / name
            folder.mkdir(exist_ok=True)
            done = subprocess.run(["mount", *arguments, str(folder)], capture_output=True, text=True, check=False)
            if done.returncode:
                pytest.skip(f"NOT TESTED: this user may not mount a disk of its own ({done.stderr.strip()})")
            if not any("remount" in argument for argument in arguments):
                stack.callback(subprocess.run, ["umount", "--lazy", str(folder)], check=True)
            return folder

        yield add

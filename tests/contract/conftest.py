"""The real client against the real service: processes of both, and what the service holds in the end."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

SERVICE = "import sys; from lineside_server.cli import main; sys.exit(main(['serve', *sys.argv[1:]]))"
PATIENCE_S = 60.0


class ServiceProcess:
    """The service as a process of its own, that can be killed and comes back at the same address."""

    def __init__(self, database: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._flags = ["--port", str(self.port), "--database", str(database)]
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-c", SERVICE, *self._flags]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=plain_environment())
        assert self._process.stdout is not None
        line = self._process.stdout.readline()  # comes once the service listens
        assert re.search(r"http://", line), "the service did not start"

    def kill(self) -> None:
        """End it as power loss would: no handler runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE_S)
            if self._process.stdout is not None:
                self._process.stdout.close()


class Held:
    """What a service holds, asked over REST."""

    def __init__(self, url: str) -> None:
        self._client = httpx2.Client(base_url=url, timeout=PATIENCE_S)

    def runs(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self._client.get("/runs?limit=1000").raise_for_status().json()["items"]
        return items

    def run(self, run_id: str) -> dict[str, Any]:
        told: dict[str, Any] = self._client.get(f"/runs/{run_id}").raise_for_status().json()
        return told

    def series(self, run_id: str, key: str, **query: Any) -> dict[str, Any]:
        """One series with every point."""
        wanted = {"key": key, "points": 1_000_000, **query}
        answer = self._client.get(f"/runs/{run_id}/metrics", params=wanted).raise_for_status()
        told: dict[str, Any] = answer.json()["series"][key]
        return told

    def events(self, run_id: str, kind: str) -> list[dict[str, Any]]:
        answer = self._client.get(f"/runs/{run_id}/events", params={"type": kind, "limit": 1000})
        items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return items

    def post(self, path: str) -> None:
        self._client.post(path, headers={"Content-Type": "application/json"}).raise_for_status()

    def close(self) -> None:
        self._client.close()


def plain_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("LINESIDE_")}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ServiceProcess]:
    made = ServiceProcess(tmp_path / "lineside.db")
    made.start()
    yield made
    made.kill()


@pytest.fixture
def held() -> Iterator[Callable[[str], Held]]:
    asked: list[Held] = []

    def ask(url: str) -> Held:
        asked.append(Held(url))
        return asked[-1]

    yield ask
    for each in asked:
        each.close()


@pytest.fixture
def trainer(tmp_path: Path) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Start a training process: `trainer(code, *arguments)`; its spools lie in `tmp_path / "spool"`."""
    started: list[subprocess.Popen[str]] = []
    environment = plain_environment() | {"LINESIDE_DIR": str(tmp_path / "spool")}

    def start(code: str, *arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", code, *arguments]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait(PATIENCE_S)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture
def sync(tmp_path: Path) -> Callable[[], int]:
    """Ship what is left in the spools, as `lineside sync` does."""

    def run() -> int:
        command = [sys.executable, "-m", "lineside._cli", "sync", str(tmp_path / "spool")]
        done = subprocess.run(command, env=plain_environment(), timeout=PATIENCE_S, check=False, capture_output=True)
        return done.returncode

    return run

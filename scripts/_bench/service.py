"""A service of its own for a figure: real, on loopback, with its CPU seconds."""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

START = "import sys; from lineside_server.cli import main; sys.exit(main(sys.argv[1:]))"
TICKS_A_SECOND = 100  # of /proc/PID/stat


@dataclass
class Service:
    url: str
    process: subprocess.Popen[str]
    database: Path
    line: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.line = http.client.HTTPConnection(self.url.partition("//")[2], timeout=120)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def cpu_s(self) -> float:
        """CPU seconds so far, user and system, of the service's process; in steps of 10 ms."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND

    def memory_mb(self) -> float:
        return memory_mb(self.process.pid)

    def post(self, path: str, body: bytes, kind: str = "application/json") -> Any:
        return json.loads(self.ask("POST", path, body, {"Content-Type": kind}))

    def get(self, path: str) -> bytes:
        return self.ask("GET", path, None, {})

    def ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        """One request on the connection that is kept open, as a client and a browser keep it."""
        self.line.request(method, path, body, headers)
        answer = self.line.getresponse()
        told = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {told[:300]!r}")
        return told

    def open_run(self, **fields: Any) -> str:
        run: str = self.post("/runs", json.dumps({"project": "bench", **fields}).encode())["id"]
        return run


def memory_mb(pid: int | str) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@contextlib.contextmanager
def service(folder: Path, *, judging: bool = False) -> Iterator[Service]:
    database = folder / "bench.db"
    command = [sys.executable, "-c", START, "serve", "--port", "0", "--database", str(database)]
    environment = os.environ | {"LINESIDE_JUDGING": str(judging)}  # what judging costs is a figure of its own
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            url = next(word for word in line.split() if word.startswith("http")).rstrip("/")
            wait_until_ready(url)
            yield Service(url, process, database)
        finally:
            process.terminate()


def wait_until_ready(url: str) -> None:
    for _ in range(200):
        with contextlib.suppress(urllib.error.URLError), urllib.request.urlopen(f"{url}/readyz", timeout=5):
            return
        time.sleep(0.05)
    raise TimeoutError("the service did not become ready")

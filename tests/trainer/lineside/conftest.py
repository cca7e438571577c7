"""A small lineside server that can be told to misbehave, and runs and processes that talk to it."""

import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

import lineside


class Point:
    """One row as it came over the wire, with the bits of its values."""

    def __init__(self, step: int, ts: float, values: dict[str, bytes]) -> None:
        self.step, self.ts, self.bits = step, ts, values

    @property
    def values(self) -> dict[str, float]:
        return {key: struct.unpack("<d", bits)[0] for key, bits in self.bits.items()}


class Server:
    """Keeps what it was sent; `faults` holds what is to go wrong with the next requests, one each.

    A fault is a status, ("lost", None): apply and hang up, or ("status", {...}) with extra headers.
    """

    def __init__(self) -> None:
        self.faults: deque[Any] = deque()
        self.commands: list[str] = []
        self.unwatched: set[str] = set()  # runs of which it says that nobody looks at them
        self.token: str | None = None
        self.runs: dict[str, dict[str, Any]] = {}
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        self.batches: list[dict[str, Any]] = []
        self.applied: dict[tuple[str, str, int], Any] = {}
        self.contradictions: list[Any] = []
        self.connections: list[socket.socket] = []
        self._lock = threading.Lock()
        self._port = 0
        self._http: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        handler = type("Handler", (_Handler,), {"server_state": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", self._port), handler)
        self._http.daemon_threads = True
        self._port = self._http.server_address[1]
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._http is not None and self._thread is not None:
            self._http.shutdown()
            self._http.server_close()
            for connection in self.connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._thread.join()
            self._http = None

    def open_run(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        with self._lock:
            run = self.runs.get(body["id"])
            resume = body.get("resume", "never")
            if run is None and resume == "must":
                return 404, {"title": "Not found", "detail": "There is no such run."}
            if run is not None and resume == "never" and body["writer"] not in run["writers"]:
                return 409, {"title": "Conflict", "detail": "The run exists."}
            created = run is None
            run = self.runs.setdefault(body["id"], {"opened": body, "writers": [], "last_step": None})
            run["writers"].append(body["writer"])
            return 201 if created else 200, {"id": body["id"], "last_step": run["last_step"]}

    def apply(self, run: str, batch: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        with self._lock:
            if run not in self.runs:
                return 404, {"title": "Not found", "detail": "There is no such run."}
            self.batches.append({"run": run, **batch})
            told: dict[str, Any] = {"rejected": [], "commands": self.commands}
            if run in self.unwatched:
                told["watched"] = False
            key = (run, batch["writer"], batch["seq"])
            if key in self.applied:
                if self.applied[key] != batch["events"]:
                    self.contradictions.append((self.applied[key], batch["events"]))
                return 200, {"accepted": 0, "duplicate": True, **told}
            self.applied[key] = batch["events"]
            steps = [point.step for point in points_of(batch["events"])]
            last = self.runs[run]["last_step"]
            self.runs[run]["last_step"] = max([*steps, *([] if last is None else [last])], default=None)
            return 200, {"accepted": len(batch["events"]), "duplicate": False, **told}

    def points(self, run: str) -> list[Point]:
        """Return what was applied, in the order of (writer's first batch, seq)."""
        with self._lock:
            return [p for (name, _, _), events in self.applied.items() if name == run for p in points_of(events)]

    def events(self, run: str, kind: str | None = None) -> list[dict[str, Any]]:
        with self._lock:
            found = [e for (name, _, _), events in self.applied.items() if name == run for e in events]
        return [e for e in found if e["type"] != "columns" and (kind is None or e["type"] == kind)]

    def status(self, run: str) -> str | None:
        finished = self.events(run, "finish")
        return str(finished[-1]["status"]) if finished else None


def points_of(events: list[dict[str, Any]]) -> list[Point]:
    points = []
    for event in events:
        if event["type"] != "columns":
            continue
        count = len(event["steps"]) // 8
        steps = struct.unpack(f"<{count}q", event["steps"])
        times = struct.unpack(f"<{count}d", event["ts"])
        for row in range(count):
            cells = {key: column[8 * row : 8 * row + 8] for key, column in event["columns"].items()}
            points.append(Point(steps[row], times[row], cells))
    return points


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_state: ClassVar[Server]

    def setup(self) -> None:
        super().setup()
        self.server_state.connections.append(self.connection)

    def do_POST(self) -> None:
        state = self.server_state
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = zlib.decompress(body, 31)
        headers = {name.lower(): value for name, value in self.headers.items()}
        packed = headers["content-type"] == "application/msgpack"
        told = msgspec.msgpack.decode(body) if packed else json.loads(body)
        state.requests.append((self.path, headers, told))
        fault = state.faults.popleft() if state.faults else None
        extra: dict[str, str] = {}
        if isinstance(fault, tuple) and fault[0] != "lost":
            fault, extra = fault
        if isinstance(fault, int):
            self._answer(fault, {"title": "Trouble", "detail": f"told to answer {fault}"}, extra)
            return
        if state.token and headers.get("authorization") != f"Bearer {state.token}":
            self._answer(401, {"title": "Unauthorized", "detail": "No."}, {})
            return
        parts = self.path.strip("/").split("/")
        status, answer = state.open_run(told) if parts == ["runs"] else state.apply(parts[1], told)
        if fault is not None:  # lost: applied, and the answer never arrives
            self.close_connection = True
            return
        self._answer(status, answer, extra)

    def _answer(self, status: int, answer: dict[str, Any], extra: dict[str, str]) -> None:
        data = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in extra.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
        """Keep the output of the tests to the tests."""


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def spool_dir(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def start(server: Server, spool_dir: Path) -> Iterator[Callable[..., lineside.Run]]:
    """Give `init` with the test's server and spool; what is still open is finished afterwards."""
    runs: list[lineside.Run] = []

    def begin(**settings: Any) -> lineside.Run:
        run = lineside.init(**{"server": server.url, "dir": spool_dir, **settings})
        runs.append(run)
        return run

    yield begin
    for run in runs:
        if run.state != "finished":
            run.finish(timeout=5.0)


@pytest.fixture
def python(server: Server, spool_dir: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a Python process on a script, in the environment of the test's server and spool."""
    started: list[subprocess.Popen[str]] = []

    def run(script: str, **environ: str) -> subprocess.Popen[str]:
        clean = {key: value for key, value in os.environ.items() if not key.startswith("LINESIDE_")}
        env = {**clean, "LINESIDE_SERVER": server.url, "LINESIDE_DIR": str(spool_dir), **environ}
        process = subprocess.Popen(
            [sys.executable, "-c", script], env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()


@pytest.fixture
def lines() -> Callable[[subprocess.Popen[str], str], str]:
    """Read a process's output up to the line that begins with a word."""

    def read(process: subprocess.Popen[str], word: str) -> str:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(word):
                return line.strip()
        message = f"the process ended without saying {word}: {process.stderr.read() if process.stderr else ''}"
        raise AssertionError(message)

    return read

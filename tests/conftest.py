"""What all tests share: no clock of the machine in hypothesis, and a real service in a thread."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings

hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")

START_S = 30.0
PATIENCE_S = 30.0
PAGE_TESTS = Path(__file__).parent / "page"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Page tests come last: the browser's driver leaves an event loop running in the thread of the tests."""
    items.sort(key=lambda item: PAGE_TESTS in item.path.parents)


def until(condition: Callable[[], Any], seconds: float = PATIENCE_S) -> Any:
    """Wait for a real thread or process; the deadline only ends a test that has failed."""
    end = time.monotonic() + seconds
    pause = threading.Event()
    while not (result := condition()):
        assert time.monotonic() < end, "it did not happen in time"
        pause.wait(0.005)
    return result


@pytest.fixture
def wait() -> Callable[..., Any]:
    return until


# What becomes of an answer, given the request, the answer and the client's line; whether the connection goes on.
Fate = Callable[[bytes, bytes, socket.socket], bool]


class Relay:
    """Stands between clients and a service, and hands each answer to its fate."""

    def __init__(self, port: int, fate: Fate) -> None:
        self._port, self._fate = port, fate
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._lines: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for line in self._lines:
            line.close()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self._lines.append(line)
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with line, suppress(OSError), socket.create_connection(("127.0.0.1", self._port)) as service:
            while request := read_message(line):
                service.sendall(request)
                if not self._fate(request, read_message(service), line):
                    return


class Proxy:
    """A reverse proxy that serves a service below a path, and takes that path off on the way where it `strips`."""

    def __init__(self, port: int, path: str, *, strips: bool, headers: dict[str, str] | None = None) -> None:
        self._port, self._path, self._strips, self._headers = port, path, strips, headers or {}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lines: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}{path}"
        self.asked: list[str] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self._lines.append(line)
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        told = b""
        with line, suppress(OSError), socket.create_connection(("127.0.0.1", self._port)) as service:
            while b"\r\n\r\n" not in told:
                if not (more := line.recv(65536)):
                    return
                told += more
            head, _, body = told.partition(b"\r\n\r\n")
            if (passed := self._passed(head.decode("latin-1"))) is None:
                line.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            service.sendall(passed.encode("latin-1") + b"\r\n\r\n" + body)
            threading.Thread(target=_pipe, args=(line, service), daemon=True).start()
            _pipe(service, line)

    def _passed(self, head: str) -> str | None:
        """The head as the service gets it; None for what is not served below the path."""
        first, *rest = head.split("\r\n")
        method, path, version = first.split(" ")
        self.asked.append(path)
        if path != self._path and not path.startswith((f"{self._path}/", f"{self._path}?")):
            return None
        if self._strips:
            path = path.removeprefix(self._path) or "/"
        rest = [each for each in rest if each.partition(":")[0].lower() not in {name.lower() for name in self._headers}]
        if not any(each.lower().startswith("upgrade:") for each in rest):
            rest = [each for each in rest if not each.lower().startswith("connection:")] + ["Connection: close"]
        return "\r\n".join([f"{method} {path} {version}", *rest, *(f"{k}: {v}" for k, v in self._headers.items())])


def _pipe(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65536):
            target.sendall(part)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def proxy() -> Iterator[Callable[..., Proxy]]:
    """Put a reverse proxy before the service at a port."""
    made: list[Proxy] = []

    def begin(port: int, path: str, **options: Any) -> Proxy:
        made.append(Proxy(port, path, **options))
        return made[-1]

    yield begin
    for each in made:
        each.close()


def read_message(line: socket.socket) -> bytes:
    """Read one message of HTTP with a length; nothing when the other end is gone."""
    told = b""
    while b"\r\n\r\n" not in told:
        if not (more := line.recv(65536)):
            return b""
        told += more
    head, _, body = told.partition(b"\r\n\r\n")
    size = next(int(part[15:]) for part in head.split(b"\r\n") if part.lower().startswith(b"content-length:"))
    while len(body) < size:
        if not (more := line.recv(65536)):
            return b""
        body += more
    return head + b"\r\n\r\n" + body


@pytest.fixture
def relay() -> Iterator[Callable[[int, Fate], Relay]]:
    """Stand between clients and the service at a port."""
    made: list[Relay] = []

    def begin(port: int, fate: Fate) -> Relay:
        made.append(Relay(port, fate))
        return made[-1]

    yield begin
    for each in made:
        each.close()


@dataclass
class LiveServer:
    """The real service with a real database file, in a thread; it keeps its port when it is started again."""

    build: Callable[[], object]  # makes the uvicorn server
    port: int = 0
    server: Any = None
    thread: threading.Thread | None = None

    @property
    def url(self) -> Any:
        return f"http://127.0.0.1:{self.port}"

    @property
    def app(self) -> Any:
        return self.server.config.app

    @property
    def store(self) -> Any:
        return self.app.state.watch.store

    @property
    def watch(self) -> Any:
        return self.app.state.watch

    def start(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        self.server = self.build()
        self.thread = threading.Thread(
            target=self.server.run, kwargs={"sockets": [listener]}, name="live-server", daemon=True
        )
        self.thread.start()
        deadline = time.monotonic() + START_S
        while not self.server.started:
            assert self.thread.is_alive(), "the service ended at its start"
            assert time.monotonic() < deadline, "the service did not start"
            self.thread.join(0.01)

    def stop(self) -> None:
        if self.thread is not None and self.thread.is_alive():
            self.server.should_exit = True
            self.thread.join(START_S)
            assert not self.thread.is_alive(), "the service did not end"

    def restart(self) -> None:
        self.stop()
        self.start()


@contextmanager
def _serving(folder: Path) -> Iterator[Callable[..., LiveServer]]:
    # Imported here, because the tests of the client need nothing of the server.
    import uvicorn  # noqa: PLC0415

    from lineside_server.app import create_app  # noqa: PLC0415
    from lineside_server.cli import server_config  # noqa: PLC0415
    from lineside_server.settings import Settings  # noqa: PLC0415

    made: list[LiveServer] = []

    def make(clock: Any = None, **options: Any) -> LiveServer:
        settings = Settings(**({"database": str(folder / "lineside.db")} | options))
        made.append(LiveServer(lambda: uvicorn.Server(server_config(settings, create_app(settings, clock)))))
        made[-1].start()
        return made[-1]

    yield make
    for server in made:
        server.stop()


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[Any]:
    """Start a service with other settings; `clock` may be wound by hand."""
    with _serving(tmp_path) as make:
        yield make


@pytest.fixture(scope="module")
def module_serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Start a service, with other settings, for all tests of a module."""
    with _serving(tmp_path_factory.mktemp("server")) as make:
        yield make


@pytest.fixture(scope="module")
def module_server(module_serving: Any) -> Any:
    """One service for all tests of a module that leave it as it is."""
    return module_serving()


@pytest.fixture
def live_server(make_server: Any) -> Any:
    """The service as it is by default, listening on a free port of loopback."""
    return make_server()

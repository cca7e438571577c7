"""What all tests share: no clock of the machine in hypothesis, and a real service in a thread."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings

hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")

START_S = 30.0
PAGE_TESTS = Path(__file__).parent / "page"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Page tests come last: the browser's driver leaves an event loop running in the thread of the tests."""
    items.sort(key=lambda item: PAGE_TESTS in item.path.parents)


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
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [listener]}, name="live-server")
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
def module_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One service for all tests of a module that leave it as it is."""
    with _serving(tmp_path_factory.mktemp("server")) as make:
        yield make()


@pytest.fixture
def live_server(make_server: Any) -> Any:
    """The service as it is by default, listening on a free port of loopback."""
    return make_server()

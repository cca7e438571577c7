"""A service without sockets, on a database of its own, with a clock wound by hand."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from lineside_server.app import create_app
from lineside_server.core.clock import ManualClock
from lineside_server.settings import Settings

HOME = "http://127.0.0.1:7460"


class Service(TestClient):
    """A client of the service that speaks JSON and knows the usual steps."""

    def open(self, run_id: str = "alice", **told: Any) -> Any:
        answer = self.post("/runs", json={"id": run_id, "name": run_id, **told})
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def tell(self, run_id: str, *events: Any, seq: int = 1, writer: str = "w") -> Any:
        answer = self.post(f"/runs/{run_id}/events", json={"writer": writer, "seq": seq, "events": list(events)})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def socket(self, path: Any, **options: Any) -> Any:
        """Open a socket at the address of the service; starlette would name another host."""
        return self.websocket_connect(HOME.replace("http", "ws") + path, **options)

    def series(self, run_id: str, key: str, **query: Any) -> Any:
        answer = self.get(f"/runs/{run_id}/metrics", params={"key": key, **query})
        assert answer.status_code == 200, answer.text
        return answer.json()["series"][key]


@pytest.fixture
def clock() -> Any:
    return ManualClock(1_760_000_000.0)


@pytest.fixture
def serve(tmp_path: Path, clock: ManualClock) -> Iterator[Any]:
    """Build a service with other settings; called again, it ends the one before and serves the same database."""
    with ExitStack() as stack:

        def make(headers: Any = None, **options: Any) -> Any:
            stack.close()  # the one before lets go of the database
            settings = Settings(**({"database": str(tmp_path / "lineside.db")} | options))
            app = create_app(settings, clock)
            return stack.enter_context(
                Service(app, base_url=HOME, headers=headers, raise_server_exceptions=False, client=("127.0.0.1", 5000))
            )

        yield make


@pytest.fixture
def service(serve: Any) -> Any:
    return serve()

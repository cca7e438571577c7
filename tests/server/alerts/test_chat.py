"""Chat, mail and pagers through Apprise: a target on loopback takes what is sent."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tests.server.alerts.conftest import channel
from tests.server.alerts.test_payload import delivery, told

from lineside_server.alerts.chat import FIXED_HOSTS, fault_of, speak


@pytest.fixture
def target() -> Iterator[Any]:
    """A server on loopback that keeps the JSON that it is sent."""
    taken: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200 if len(taken) < 2 else 500)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as above
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"127.0.0.1:{server.server_port}", taken
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_message_arrives_with_its_title_and_text(target: Any) -> None:
    address, taken = target
    there = channel(f"json://{address}/", kind="apprise", secrets=())
    answer = asyncio.run(speak(there, delivery(told())))
    assert answer.arrived
    assert taken[0]["title"] == "Critical: The learning rate is 0 where 7.97e-06 is due"
    assert "Do: Step the schedule once an update." in taken[0]["message"]
    assert taken[0]["type"] == "failure"
    failed = asyncio.run(speak(there, delivery(told())))
    assert not failed.arrived
    assert failed.error


def test_only_services_with_hosts_of_their_own_are_allowed_unless_told() -> None:
    for url in ("json://10.0.0.1/", "mailto://u:p@example.com", "xml://x/", "nonsense", "file:///etc/passwd"):
        assert "not allowed" in str(fault_of(url, allow_private=False)), url
    assert fault_of("json://10.0.0.1/", allow_private=True) is None
    assert fault_of("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#ops", allow_private=False) is None
    assert "does not understand" in str(fault_of("discord://x", allow_private=False))
    assert "json" not in FIXED_HOSTS

"""The live sockets over a real connection: restarts, slow readers, and an end that nobody holds up."""

import json
import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

JSON = {"Content-Type": "application/json"}


def watch(url: str, path: str, **options: Any) -> Any:
    return connect(url.replace("http", "ws") + path, max_size=None, **options)


def frame(socket: ClientConnection, kind: str) -> Any:
    while True:
        told = json.loads(socket.recv(timeout=20))
        if told["type"] == kind:
            return told


@pytest.fixture
def tell(live_server: Any) -> Callable[..., None]:
    """Send points of the run `alice`: `tell(seq, step, ...)`."""
    with httpx2.Client(base_url=live_server.url) as client:
        client.post("/runs", json={"id": "alice"}).raise_for_status()

    def send(seq: int, *steps: int, key: str = "a") -> None:
        events = [{"type": "metrics", "step": step, "values": {key: step}} for step in steps]
        body = {"writer": "w", "seq": seq, "events": events}
        httpx2.post(f"{live_server.url}/runs/alice/events", json=body).raise_for_status()

    return send


def test_a_viewer_outlives_a_restart_without_missing_a_point(live_server: Any, tell: Any) -> None:
    tell(1, 1)
    seen = {}
    with watch(live_server.url, "/runs/alice/live?key=a") as socket:
        first = frame(socket, "snapshot")
        seen.update(dict.fromkeys(first["data"]["series"]["a"]["step"]))
        tell(2, 2)
        points = frame(socket, "points")
        seen.update(dict.fromkeys(points["data"]["series"]["a"]["step"]))
        live_server.stop()
        with pytest.raises(ConnectionClosed) as ended:
            frame(socket, "never")
        assert ended.value.rcvd is not None
        assert ended.value.rcvd.code == 1012, "the service restarts"
    live_server.start()
    tell(3, 3)
    with watch(live_server.url, f"/runs/alice/live?key=a&cursor={points['cursor']}") as socket:
        seen.update(dict.fromkeys(frame(socket, "snapshot")["data"]["series"]["a"]["step"]))
    assert list(seen) == [1, 2, 3]


def test_open_sockets_do_not_hold_up_the_end(live_server: Any, tell: Any) -> None:
    with watch(live_server.url, "/runs/alice/live") as of_run, watch(live_server.url, "/live") as of_list:
        for socket in (of_run, of_list):
            frame(socket, "snapshot")
        live_server.stop()


def test_a_viewer_that_reads_nothing_holds_up_no_other(live_server: Any, tell: Any) -> None:
    key = "k" * 256
    with watch(live_server.url, f"/runs/alice/live?key={key}", max_queue=1) as stuck:
        with watch(live_server.url, f"/runs/alice/live?key={key}") as quick:
            frame(quick, "snapshot")
            for seq in range(1, 40):
                steps = range(seq * 2000, seq * 2000 + 2000)
                tell(seq, *steps, key=key)
                while frame(quick, "points")["data"]["series"][key]["step"][-1] < steps[-1]:
                    pass
        frame(stuck, "snapshot")
        last = -1
        deadline = time.monotonic() + 30
        while last < 40 * 2000 - 1:
            assert time.monotonic() < deadline
            told = json.loads(stuck.recv(timeout=20))
            if told["type"] in ("points", "snapshot"):
                series = told["data"]["series"][key]
                last = max(series["step"][-1], series.get("last", {}).get("step", 0))


@pytest.mark.parametrize("path", ["/live", "/runs/alice/live"])
def test_a_socket_of_another_site_is_refused(live_server: Any, tell: Any, path: str) -> None:
    port = live_server.port
    rebound = {"origin": f"http://evil.example:{port}", "address": ("127.0.0.1", port)}
    attacks: list[tuple[str, dict[str, Any]]] = [
        (live_server.url, {"origin": "https://evil.example"}),
        (live_server.url, {"origin": "null"}),
        (f"http://evil.example:{port}", rebound),
    ]
    for url, options in attacks:
        with pytest.raises(InvalidStatus) as refused, watch(url, path, **options):
            pass
        assert refused.value.response.status_code == 403
        assert refused.value.response.headers["Content-Type"] == "application/problem+json"


def test_a_socket_of_the_own_page_is_welcome(live_server: Any, tell: Any) -> None:
    with watch(live_server.url, "/live", origin=live_server.url, subprotocols=["lineside"]) as socket:
        assert socket.subprotocol == "lineside"
        assert "Sec-WebSocket-Extensions" not in socket.response.headers, "frames are not deflated"
        assert frame(socket, "snapshot")["data"]["runs"][0]["id"] == "alice"

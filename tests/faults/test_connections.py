"""Connections that are slow, half-open or silent, and viewers that stop reading: nobody else waits for them."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from websockets.sync.client import connect

from lineside._folder import Folder
from lineside._http import Link
from lineside._keyset import KeySet
from lineside._sender import Pace, Sender
from lineside._spool import Spool
from lineside_server.app import create_app
from lineside_server.cli import server_config
from lineside_server.live.channel import MOST_CHANGES, MOST_POINTS
from lineside_server.settings import Settings

PATIENCE_S = 1.0
TIMEVAL = struct.Struct("ll")  # seconds and microseconds
HEAD = b"POST /runs/alice/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
LINE = {"type": "metrics", "step": 1, "values": {"a": 1}}
BODY = json.dumps({"writer": "half", "seq": 1, "events": [LINE]}).encode()


@pytest.fixture
def hasty_server(make_server: Any, tmp_path: Path) -> Any:
    """The service as it is, but that it loses its patience soon."""
    server = make_server()
    server.stop()
    settings = Settings(database=str(tmp_path / "lineside.db"))
    server.build = lambda: uvicorn.Server(server_config(settings, create_app(settings), PATIENCE_S))
    server.start()
    return server


@pytest.fixture
def dial() -> Iterator[Callable[..., socket.socket]]:
    with ExitStack() as stack:

        def to(server: Any) -> socket.socket:
            line = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=30))
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return line

        yield to


def assert_hung_up(line: socket.socket) -> None:
    """The service ended the connection, and answered nothing."""
    with suppress(ConnectionResetError):
        assert line.recv(1024) == b""


@pytest.mark.parametrize(
    "said",
    [b"", b"GET /runs HT", HEAD, HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY[: len(BODY) // 2]],
    ids=["nothing", "half a line", "half a head", "half a body"],
)
def test_who_stops_in_the_middle_is_sent_away(hasty_server: Any, speak: Any, dial: Any, said: bytes) -> None:
    talk = speak(hasty_server.url)
    talk.open()
    lines = [dial(hasty_server) for _ in range(50)]
    for line in lines:
        line.sendall(said)
    talk.tell(1, LINE)  # nobody else waits
    for line in lines:
        assert_hung_up(line)
    assert talk.series("a")["count"] == 1
    assert talk.tell(1, LINE, writer="half")["duplicate"] is False, "half a batch is no batch"


def pour(line: socket.socket, piece: bytes, most: int, pause_s: float = 0.0) -> int:
    """Send a piece again and again until the other end hangs up; how many bytes that took, `most` at the most."""
    pause, sent = threading.Event(), 0
    with suppress(ConnectionError):
        while sent < most:
            line.sendall(piece)
            sent += len(piece)
            if pause_s:
                pause.wait(pause_s)
    return sent


def test_a_head_that_never_ends_is_bounded_in_time(hasty_server: Any, dial: Any) -> None:
    line = dial(hasty_server)
    line.sendall(b"GET / HTTP/1.1\r\n")
    most = 6_000
    assert pour(line, b"x: y\r\n", most, pause_s=0.01) < most, "a little now and then does not keep it open"


def test_a_head_that_never_ends_is_bounded_in_size(live_server: Any, dial: Any) -> None:
    line = dial(live_server)
    line.sendall(b"GET / HTTP/1.1\r\n")
    most = 32 << 20
    assert pour(line, b"x-long: " + b"y" * 8_000 + b"\r\n", most) < most


def test_a_slow_body_that_goes_on_is_taken(hasty_server: Any, speak: Any, dial: Any) -> None:
    talk = speak(hasty_server.url)
    talk.open()
    line = dial(hasty_server)
    line.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY))
    piece = len(BODY) // 4
    for place in range(0, len(BODY), piece):
        threading.Event().wait(0.3 * PATIENCE_S)  # in all longer than the patience with one piece
        line.sendall(BODY[place : place + piece])
    assert line.recv(4096).startswith(b"HTTP/1.1 200")
    assert talk.series("a")["count"] == 1


class Silence:
    """Keeps back the answers to the first batches, for ever."""

    def __init__(self, answers: int) -> None:
        self.answers = answers
        self.requests: list[bytes] = []
        self.swallowed = 0

    def __call__(self, request: bytes, answer: bytes, line: socket.socket) -> bool:
        """Tell whether the connection goes on: it does."""
        events = b"/events " in request.partition(b"\r\n")[0]
        if events:
            self.requests.append(request.partition(b"\r\n\r\n")[2])
        if events and self.swallowed < self.answers:
            self.swallowed += 1
        else:
            line.sendall(answer)
        return True


class HastyLink(Link):
    """The link as it is, but that it waits for an answer a tenth of a second and not half a minute."""

    def _connect(self) -> None:
        super()._connect()
        assert self._socket is not None
        told = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, TIMEVAL.size)
        assert TIMEVAL.unpack(told) == (30, 0), "no answer is waited for without end"
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, TIMEVAL.pack(0, 100_000))


def test_a_service_that_never_answers_gets_the_same_batch_again(
    live_server: Any, talk: Any, wait: Any, relay: Any, tmp_path: Path
) -> None:
    silent = Silence(answers=3)
    url = relay(live_server.port, silent).url
    about = {"writer": "w", "server": url, "mode": "online", "open": {"id": "alice"}}
    spool = Spool(Folder.create(tmp_path, about), 1 << 30, resumes=False)
    pace = Pace(interval=0.01, heartbeat=30.0, first_wait=0.01, longest_wait=0.05)
    sender = Sender(spool, tmp_path, HastyLink(url, None), lambda _: None, pace=pace)
    keys = KeySet(("a",))
    for step in range(100):
        spool.point(keys, step, 1.0, [float(step)])
    sender.start()
    wait(lambda: silent.swallowed == 3)
    for step in range(100, 5_000):
        spool.point(keys, step, 1.0, [float(step)])  # the loop goes on
    spool.event({"type": "finish", "ts": 1.0, "status": "finished"}, last=True)
    sender.hurry()
    sender.join(30)
    assert sender.complete
    assert silent.requests[0] == silent.requests[1] == silent.requests[2] == silent.requests[3]
    series = talk.series("a")
    assert (series["step"], series["corrected"]) == (list(range(5_000)), 0)
    # On a slow machine an answer can also just be late, which costs one more repetition.
    store = live_server.store
    wait(lambda: store.counters.duplicates == len(silent.requests) - store.counters.batches)
    assert store.counters.duplicates >= 3


def test_viewers_that_read_nothing_cost_no_more_than_the_channel(live_server: Any, talk: Any, wait: Any) -> None:
    talk.open()
    keys = [f"k{number}" for number in range(50)]
    query = "&".join(f"key={key}" for key in keys)
    address = f"{live_server.url.replace('http', 'ws')}/runs/alice/live?points=100&{query}"
    steps, batches = 400, 30
    with ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(connect(address, max_size=None, max_queue=1, close_timeout=0))
        quick = stack.enter_context(connect(address, max_size=None))
        for seq in range(batches):
            told = [*range(seq * steps, (seq + 1) * steps)]
            talk.tell(seq, {"type": "columns", "steps": told, "columns": dict.fromkeys(keys, told)})
            last = -1
            while last < told[-1]:
                frame = json.loads(quick.recv(timeout=30))
                if frame["type"] in ("points", "snapshot"):
                    last = max([last, *frame["data"]["series"].get("k49", {"step": []})["step"][-1:]])
                    last = max(last, (frame["data"]["series"].get("k49", {}).get("last") or {"step": -1})["step"])
        (post,) = live_server.watch.hub._posts.values()
        assert batches * steps * len(keys) > 2 * MOST_POINTS, "it would have outgrown its bound"
        assert post.channel._points <= MOST_POINTS
        assert len(post.channel._ring) <= MOST_CHANGES
        assert len(post.viewers) == 6

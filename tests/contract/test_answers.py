"""`kill -9` of the service around its answer: what was answered is kept, what was not is sent again and counts once."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import lineside

KILLS = 3
SIZE = 50


class Between:
    """Stands between client and service; `fate` decides of each answer to a batch whether it is sent on."""

    def __init__(self, port: int, fate: Callable[[Callable[[], None]], bool]) -> None:
        self._port, self._fate = port, fate
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _accept(self) -> None:
        # The client has one connection, and a new one when that is dead.
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with line, suppress(OSError):
                self._serve(line)

    def _serve(self, line: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._port)) as service:
            while request := read(line):
                service.sendall(request)
                answer = read(service)
                if b"/events " not in request.partition(b"\r\n")[0]:
                    line.sendall(answer)
                elif not self._fate(partial(line.sendall, answer)):
                    return


def read(line: socket.socket) -> bytes:
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


class Fate:
    """Kills the service with the answer to a batch: right after it was sent on (`answered`), or in its place."""

    def __init__(self, service: Any, *, answered: bool) -> None:
        self._service, self._answered = service, answered
        self.due = 0
        self.done = threading.Semaphore(0)

    def __call__(self, send_on: Callable[[], None]) -> bool:
        """Tell whether the connection goes on."""
        if not self.due or self._answered:
            send_on()
        if not self.due:
            return True
        self.due -= 1
        self._service.kill()
        self._service.start()
        self.done.release()
        return False


@pytest.fixture
def between(service: Any) -> Iterator[Callable[[Fate], str]]:
    made: list[Between] = []

    def make(fate: Fate) -> str:
        made.append(Between(service.port, fate))
        return made[-1].url

    yield make
    for each in made:
        each.close()


@pytest.mark.parametrize("answered", [True, False], ids=["after its answer", "before its answer"])
def test_the_service_is_killed(service: Any, held: Any, between: Any, tmp_path: Path, answered: bool) -> None:
    fate = Fate(service, answered=answered)
    run = lineside.init(id="run", server=between(fate), dir=str(tmp_path / "spool"))
    for kill in range(KILLS):
        fate.due = 1
        for step in range(kill * SIZE, (kill + 1) * SIZE):
            run.log({"train/loss": step / 3}, step=step)
        assert fate.done.acquire(timeout=60)
    assert run.finish(timeout=60)
    loss = held(service.url).series("run", "train/loss")
    assert loss["step"] == list(range(KILLS * SIZE)), "what was answered is kept"
    assert loss["value"] == [step / 3 for step in range(KILLS * SIZE)]
    assert loss["corrected"] == 0, "what came again counts once"

"""`kill -9` of the service around its answer: what was answered is kept, what was not is sent again and counts once."""

import socket
import threading
from pathlib import Path
from typing import Any

import pytest

import lineside

KILLS = 3
SIZE = 50


class Fate:
    """Kills the service with the answer to a batch: right after it was sent on (`answered`), or in its place."""

    def __init__(self, service: Any, *, answered: bool) -> None:
        self._service, self._answered = service, answered
        self.due = 0
        self.done = threading.Semaphore(0)

    def __call__(self, request: bytes, answer: bytes, line: socket.socket) -> bool:
        """Tell whether the connection goes on."""
        due = self.due and b"/events " in request.partition(b"\r\n")[0]
        if not due or self._answered:
            line.sendall(answer)
        if not due:
            return True
        self.due -= 1
        self._service.kill()
        self._service.start()
        self.done.release()
        return False


@pytest.mark.parametrize("answered", [True, False], ids=["after its answer", "before its answer"])
def test_the_service_is_killed(service: Any, held: Any, relay: Any, tmp_path: Path, answered: bool) -> None:
    fate = Fate(service, answered=answered)
    run = lineside.init(id="run", server=relay(service.port, fate).url, dir=str(tmp_path / "spool"))
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

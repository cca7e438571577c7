"""Tokens, secrets and addresses of webhooks are found neither in logs, nor in answers, nor where they need not be."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.sync.client import connect

SERVICE = "import sys; from lineside_server.cli import main; sys.exit(main(['serve', *sys.argv[1:]]))"
TOKEN = "canary-token-0123456789"
SECRET = "whsec_Q0FOQVJZY2FuYXJ5Q0FOQVJZY2FuYXJ5Q0FOQVJZ"
PATH = "canary-address-of-a-hook"
HOOK = f"http://127.0.0.1:9/{PATH}?key=canary-key-in-an-address"
CANARIES = (TOKEN, SECRET, SECRET.removeprefix("whsec_"), PATH, "canary-key-in-an-address")
PATIENCE_S = 60.0


class Loud:
    """The service as a process that prints all it can, and everything that it said to anybody."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "lineside.db"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("LINESIDE_")}
        told = {"LINESIDE_TOKEN": TOKEN, "LINESIDE_LOG_LEVEL": "debug", "LINESIDE_WEBHOOK_ALLOW_PRIVATE": "true"}
        command = [sys.executable, "-c", SERVICE, "--port", "0", "--database", str(self.database)]
        self._log = (folder / "log").open("w+")
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self._log, text=True, env=clean | told | {"PYTHONUNBUFFERED": "1"}
        )
        assert self.process.stdout is not None
        self.first = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", self.first)
        assert found, self.first
        self.url = found[0]
        self.answers: list[str] = []

    def ask(self, method: str, path: str, told: Any = None, token: str | None = TOKEN) -> Any:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        answer = httpx2.request(method, self.url + path, json=told, headers=headers, timeout=PATIENCE_S)
        self.answers.append(f"{answer.headers} {answer.text}")
        return answer

    def end(self) -> str:
        """All that it printed."""
        self.process.terminate()
        out, _ = self.process.communicate(timeout=PATIENCE_S)
        self._log.seek(0)
        said = self.first + out + self._log.read()
        self._log.close()
        return said


@pytest.fixture
def loud(tmp_path: Path) -> Iterator[Loud]:
    service = Loud(tmp_path)
    yield service
    if service.process.poll() is None:
        service.end()


def test_no_secret_is_told_or_logged(loud: Loud) -> None:
    loud.ask("POST", "/runs", {"id": "alice"})
    hook = loud.ask("POST", "/webhooks", {"kind": "standard", "name": "ops", "url": HOOK, "secret": SECRET})
    assert hook.status_code == 201, hook.text
    assert SECRET in loud.answers.pop()  # it is told once, to whoever made it
    place = f"/webhooks/{hook.json()['id']}"
    loud.ask("POST", f"{place}/test", {})  # nobody listens there: it fails, and says why
    loud.ask("PATCH", place, {"url": f"{HOOK}2"})
    loud.ask("PATCH", place, {"url": f"ftp://127.0.0.1/{PATH}"})
    for path in ("/webhooks", place, f"{place}/deliveries", "/about", "/runs", "/audit", "/metrics", "/openapi.json"):
        loud.ask("GET", path)
    for token in (None, f"{TOKEN}x", "x"):
        loud.ask("GET", "/runs", token=token)
    address = f"{loud.url.replace('http', 'ws')}/live"
    with connect(address, subprotocols=["lineside", f"bearer.{TOKEN}"]) as socket:  # type: ignore[list-item]
        loud.answers.append(f"{socket.response.headers if socket.response else ''} {socket.recv(timeout=PATIENCE_S)!r}")
    said = loud.end()
    assert "GET /runs" in said  # it does log
    assert "Sec-WebSocket-Protocol: …" in said
    for canary in CANARIES:
        assert canary not in said, "in the log"
        assert not [answer for answer in loud.answers if canary in answer], "in an answer"


def test_a_token_of_the_settings_is_not_in_the_database(loud: Loud) -> None:
    loud.ask("POST", "/runs", {"id": "alice"})
    loud.ask("POST", "/runs/alice/stop", {})
    loud.end()
    for file in loud.database.parent.glob("lineside.db*"):
        assert TOKEN.encode() not in file.read_bytes(), file.name

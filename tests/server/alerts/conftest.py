"""A store on either engine, a courier whose rounds are asked for by hand, and a real receiver on loopback."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from standardwebhooks import Webhook

from lineside_server.alerts.desk import Desk
from lineside_server.alerts.routing import Timing
from lineside_server.core.clock import ManualClock
from lineside_server.core.findings import Alert, Check, Finding, Health, Level
from lineside_server.core.judged import Judged, Told
from lineside_server.core.notices import Channel, Filters
from lineside_server.settings import Settings
from lineside_server.store.alerts import get_alert, save_judgement
from lineside_server.store.channels import add_channel, get_channel
from lineside_server.store.deliveries import list_deliveries
from lineside_server.store.engine import Store
from lineside_server.store.runs import RunPatch, RunSpec, open_run, patch_run

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from pathlib import Path

    from lineside_server.alerts.courier import Courier
    from lineside_server.core.notices import Delivery

NOW = 1_790_000_000.0
SECRET = "whsec_" + "bGluZXNpZGUtbGluZXNpZGUtbGluZXNpZGU="  # a made-up one
TIMING = Timing(gather=10.0, settle=60.0, cooldown=900.0)
FINDING = Finding(
    title="The learning rate is 0 where 7.97e-06 is due",
    observed={"lr": 0.0, "odd": float("nan")},
    expected={"lr": 7.97e-06},
    window=(0, 128),
    keys=("lr",),
    actions=("Step the schedule once an update.",),
)


def alert(alert_id: str = "a", **fields: Any) -> Alert:
    told = Alert(
        alert_id, "r", "lr-exhausted", "lr", None, Level.CRITICAL, "firing", 128, NOW, 128, None, None, None, FINDING
    )
    return replace(told, **fields)


def over(told: Alert) -> Alert:
    return replace(told, state="resolved", resolved_step=200, resolved_at=NOW + 60)


def channel(url: str = "https://hooks.example.com/x", **fields: Any) -> Channel:
    told = Channel("c", "standard", "ops", url, (SECRET,), Filters(), None, True, None, NOW, NOW)
    return replace(told, **fields)


class Receiver:
    """Takes what comes, answers what it was told to answer, and keeps what bore a true signature."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.taken: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.tries = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.take(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as above
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def take(self, asked: BaseHTTPRequestHandler) -> None:
        data = asked.rfile.read(int(asked.headers["content-length"]))
        self.tries += 1
        status, headers = self.answers.pop(0) if self.answers else (200, {})
        if status == 200:
            self.keep(data, dict(asked.headers))
        asked.send_response(status)
        for name, value in headers.items():
            asked.send_header(name, value)
        asked.send_header("content-length", "0")
        asked.end_headers()

    def keep(self, data: bytes, headers: dict[str, str]) -> None:
        told = {name.lower(): value for name, value in headers.items()}
        # The library's own check compares with this machine's clock, while the service's is wound by hand.
        signature = Webhook(SECRET).sign(told["webhook-id"], _moment(told["webhook-timestamp"]), data.decode())
        assert signature in told["webhook-signature"].split()
        self.ids.append(told["webhook-id"])
        self.taken.append(json.loads(data))

    @property
    def told(self) -> list[str]:
        return [one["type"] for one in self.taken]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _moment(seconds: str) -> Any:
    from datetime import UTC, datetime  # noqa: PLC0415 - for this alone

    return datetime.fromtimestamp(int(seconds), UTC)


class Post:
    """A run `r` in a store, and a desk whose courier makes a round when it is asked to."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.clock = ManualClock(NOW)
        self.settings = Settings(database=url, public_url="https://watch.example.com", webhook_allow_private=True)
        self._runner = asyncio.Runner()
        self._open()
        open_run(self.store, RunSpec(id="r", name="night", project="p"), "w").result()

    def _open(self) -> None:
        self.store = Store.open(self.url, self.clock)
        self._desk = Desk(self.store, self.settings, self.clock, TIMING)

    def close(self) -> None:
        self._runner.run(self._desk.stop())
        self.store.close()

    def end(self) -> None:
        self.close()
        self._runner.close()

    def restart(self) -> None:
        """As after kill -9: what was not committed is gone."""
        self.close()
        self._open()

    def add(self, told: Channel) -> None:
        add_channel(self.store, told).result()

    def judge(self, *found: Alert, kind: str | None = None) -> None:
        """Save alerts with the turns that brought them; `kind` where it is not the state's own."""
        told = [
            Told(one.id, kind or ("fired" if one.state == "firing" else "resolved"), one.last_step, NOW, one.level)  # type: ignore[arg-type]  # a kind of turn
            for one in found
        ]
        check = (Check("lr-exhausted", "firing", "It is zero."),)
        save_judgement(self.store, "r", Judged(found, tuple(told), Health(), check, b"", "v")).result()

    def state(self, state: Any) -> None:
        patch_run(self.store, "r", RunPatch(state=state, state_reason="by hand")).result()

    def rounds(self, seconds: float = 0.0) -> None:
        """Let time pass, then let the courier work until nothing is due."""
        self.clock.advance(seconds)

        async def act() -> None:
            while await self._desk.courier.round(self.clock.now()):
                pass

        self._runner.run(act())

    @property
    def courier(self) -> Courier:
        return self._desk.courier

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        self._runner.run(work)

    def pass_time(self, seconds: float, every: float = 5.0) -> None:
        for _ in range(int(seconds / every)):
            self.rounds(every)

    def deliveries(self, channel_id: str = "c") -> list[Delivery]:
        return list(reversed(list_deliveries(self.store, channel_id, None, 100, None)[0]))

    def channel(self, channel_id: str = "c") -> Channel:
        return get_channel(self.store, channel_id)

    def alert(self, alert_id: str = "a") -> Alert:
        return get_alert(self.store, alert_id)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def post(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Post]:
    if request.param == "sqlite":
        made = Post(str(tmp_path / "lineside.db"))
        yield made
        made.end()
        return
    server = request.getfixturevalue("postgres")
    name = server.create()
    made = Post(server.url(name))
    yield made
    made.end()
    server.drop(name)

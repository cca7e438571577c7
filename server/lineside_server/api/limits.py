"""How much one caller may ask for: writes a second, and sockets held open at once."""

from collections import Counter
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Receive, Scope, Send

from lineside_server.api.problems import problem_of
from lineside_server.core.clock import Clock
from lineside_server.core.rates import Rates
from lineside_server.errors import TooManyRequests
from lineside_server.settings import Settings, is_loopback

READING = frozenset({"GET", "HEAD", "OPTIONS"})
SOCKETS_AGAIN_S = 30.0  # when a refused socket may ask once more: others close when they close


@dataclass
class Limits:
    """ASGI middleware inside the doors: it goes by the token that they found, and by the address.

    Writes from loopback are not counted: there everybody is the machine's own, and as fast as it can be.
    """

    app: ASGIApp
    settings: Settings
    clock: Clock
    _rates: Rates | None = field(init=False)
    _sockets: Counter[str] = field(default_factory=Counter, init=False)

    def __post_init__(self) -> None:
        self._rates = None if self.settings.max_writes is None else Rates(self.settings.max_writes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._hold(scope, receive, send)
            return
        if scope["type"] == "http" and self._rates is not None and scope["method"] not in READING:
            host = _host_of(scope)
            wait = 0.0 if is_loopback(host) else self._rates.take(_caller(scope, host), self.clock.monotonic())
            if wait > 0:
                refusal = TooManyRequests(
                    f"This caller writes more than {self.settings.max_writes:g} times a second (max_writes): "
                    "send larger batches, or wait.",
                    wait,
                )
                await problem_of(refusal)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    async def _hold(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = _host_of(scope)
        refusal = self._too_many(host)
        if refusal is not None:
            await problem_of(refusal)(scope, receive, send)
            return
        self._sockets[host] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._sockets[host] -= 1
            if not self._sockets[host]:
                del self._sockets[host]

    def _too_many(self, host: str) -> TooManyRequests | None:
        if self._sockets[host] >= self.settings.max_sockets_each:
            most, whose = self.settings.max_sockets_each, "from this address (max_sockets_each)"
        elif self._sockets.total() >= self.settings.max_sockets:
            most, whose = self.settings.max_sockets, "(max_sockets)"
        else:
            return None
        return TooManyRequests(f"There are {most:,} live sockets {whose} already: close some.", SOCKETS_AGAIN_S)


def _host_of(scope: Scope) -> str:
    client = scope.get("client")
    return "" if client is None else str(client[0])


def _caller(scope: Scope, host: str) -> str:
    grant = scope.get("state", {}).get("grant")
    return f"{None if grant is None else grant.token_id} {host}"

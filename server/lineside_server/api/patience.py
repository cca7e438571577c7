"""How long a request may take to arrive: a connection that stands still in the middle of one is closed."""

from asyncio import TimerHandle, Transport
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

PATIENCE_S: Final = 30.0
MOST_HEAD_BYTES: Final = 256 * 1024  # far above what a browser sends; the parser itself knows no bound


def patient(seconds: float) -> type[HttpToolsProtocol]:
    """Return the protocol that gives a head `seconds` to arrive whole, and a body as long from one piece to the next.

    Otherwise a client that stops in the middle would hold its connection, and what it has sent, for ever.
    """
    return type("PatientProtocol", (_Patient,), {"patience_s": seconds})


class _Patient(HttpToolsProtocol):
    """A request that comes in one piece, as nearly all do, starts no timer."""

    patience_s = PATIENCE_S
    _timer: TimerHandle | None = None
    _arriving = True
    _in_head = True
    _head_bytes = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn's own does
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._arriving:
            self._rest()
        elif not self._in_head:
            self._rest()
            self._wait()
        else:
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES:
                self.transport.abort()
            elif self._timer is None:
                self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arriving = False
        self._rest()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        self._arriving = False
        super().handle_websocket_upgrade()

    def on_message_begin(self) -> None:
        self._arriving, self._in_head, self._head_bytes = True, True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._arriving = False
        super().on_message_complete()

    def _wait(self) -> None:
        self._timer = self.loop.call_later(self.patience_s, self._lose_patience)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _lose_patience(self) -> None:
        if self.flow.read_paused:  # it is we who do not read: what came before is not done yet
            self._wait()
        else:
            self.transport.abort()

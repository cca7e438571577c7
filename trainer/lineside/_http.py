"""Speaks HTTP/1.1 over one connection that is kept alive.

The standard library's http.client would do, but brings the email package along: 6 MB in every training process.
"""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from io import BufferedReader, RawIOBase
from struct import Struct
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

_CONNECT_TIMEOUT = 10.0
_ANSWER_TIMEOUT = 30.0
_LONGEST_LINE = 65_536
_MOST_HEADERS = 200
_LARGEST_ANSWER = 16 << 20
_WORTH_PACKING = 1_024
_TIMEVAL = Struct("ll")  # seconds and microseconds, as the system has them


class Unreachable(Exception):  # noqa: N818 - a state of the network, told in its sentence
    """No answer, or one that says to come back later."""

    def __init__(self, reason: str, retry_after: float = 0.0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the object in the body, an empty one if there is none."""
        with suppress(ValueError):
            if isinstance(value := json.loads(self.body), dict):
                return value
        return {}


class Link:
    """One server as seen by one thread; `post` raises Unreachable and nothing else."""

    def __init__(self, server: str, token: str | None) -> None:
        parts = urlsplit(server)
        self.server = server
        self.token = token
        secure = parts.scheme == "https"
        self._host = parts.hostname or "127.0.0.1"
        self._tls: Any = None
        # Whatever has to be imported is imported here, not in the thread: an import that a fork interrupts stays
        # locked in the child for ever.
        if secure or not self._host.isascii():
            self._host = self._host.encode("idna").decode()
        if secure:
            import ssl  # noqa: PLC0415 - 4 MB that only https needs

            self._tls = ssl
        self._port = parts.port or (443 if secure else 80)
        self._path = parts.path.rstrip("/")
        self._near = self._host in ("localhost", "::1") or self._host.startswith("127.")
        self._head = f"Host: {parts.netloc.rpartition('@')[2]}\r\nAccept: application/json\r\nUser-Agent: lineside\r\n"
        if token:
            self._head += f"Authorization: Bearer {''.join(token.split())}\r\n"
        self._socket: socket.socket | None = None
        self._reader: BufferedReader | None = None
        self._request = b""
        self._kept = False  # whether the request went out over a connection that was there before

    def post(self, path: str, body: bytes, content_type: str) -> Answer:
        self.send(path, body, content_type)
        return self.receive()

    def send(self, path: str, body: bytes, content_type: str) -> None:
        """Send a request whose answer `receive` gives; between the two the thread may do something else."""
        self._request = self.request(path, body, content_type)
        try:
            # The server may have closed an idle connection; sending twice is safe, for a batch has its number.
            if self._socket is not None:
                with suppress(ConnectionError):
                    self._socket.sendall(self._request)
                    self._kept = True
                    return
            self._send_anew()
        except (OSError, ValueError) as error:
            raise self._failed(error) from error

    def receive(self) -> Answer:
        try:
            if self._kept:
                with suppress(ConnectionError):
                    return self._answer()
                self._send_anew()
            return self._answer()
        except (OSError, ValueError) as error:
            raise self._failed(error) from error

    def packs(self, body: bytes) -> bool:
        """Tell whether a body is compressed: on loopback, and for a small one, that costs more than it saves."""
        return not self._near and len(body) > _WORTH_PACKING

    def request(self, path: str, body: bytes, content_type: str) -> bytes:
        """Return the bytes of a request."""
        head = f"POST {self._path}{path} HTTP/1.1\r\n{self._head}Content-Type: {content_type}\r\n"
        if self.packs(body):
            body = _gzip(body)
            head += "Content-Encoding: gzip\r\n"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode("latin-1", "replace") + body

    def close(self) -> None:
        for each in (self._reader, self._socket):
            if each is not None:
                with suppress(OSError):
                    each.close()
        self._socket = self._reader = None

    def _failed(self, error: Exception) -> Unreachable:
        self.close()
        return Unreachable(_reason(error))

    def _send_anew(self) -> None:
        self.close()
        self._connect()
        if self._socket is not None:
            self._socket.sendall(self._request)
        self._kept = False

    def _connect(self) -> None:
        connection = _dial(self._host, self._port)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connection  # before the handshake, so that close() finds it if that fails
        if self._tls is not None:
            connection = self._tls.create_default_context().wrap_socket(connection, server_hostname=self._host)
            self._socket = connection
            connection.settimeout(_ANSWER_TIMEOUT)
            self._reader = connection.makefile("rb")
        else:
            _let_the_system_time_out(connection)
            self._reader = BufferedReader(_Inlet(connection))

    def _answer(self) -> Answer:
        if self._reader is None:
            raise ConnectionError("There is no connection.")
        status, headers = _read_head(self._reader)
        while status < 200:
            status, headers = _read_head(self._reader)
        body, reusable = _read_body(self._reader, status, headers)
        if not reusable or headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, headers, body)


class _Inlet(RawIOBase):
    """What comes in over a socket that the system times out."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            return self._connection.recv_into(buffer)
        except BlockingIOError as error:
            raise TimeoutError from error


def _let_the_system_time_out(connection: socket.socket) -> None:
    """Python's own time-outs ask before each call whether it would block: each asking hands the interpreter over."""
    connection.settimeout(None)
    for direction in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        connection.setsockopt(socket.SOL_SOCKET, direction, _TIMEVAL.pack(int(_ANSWER_TIMEOUT), 0))


def _dial(host: str, port: int) -> socket.socket:
    """Connect; an address in figures needs no resolver, whose locks a fork might interrupt."""
    family = _family(host)
    if family is None:
        # As bytes: a text would load the codec `idna`.
        return socket.create_connection((cast("str", host.encode("ascii")), port), timeout=_CONNECT_TIMEOUT)
    dialled = socket.socket(family, socket.SOCK_STREAM)
    try:
        dialled.settimeout(_CONNECT_TIMEOUT)
        dialled.connect((host, port))
    except BaseException:
        dialled.close()
        raise
    return dialled


def _family(host: str) -> socket.AddressFamily | None:
    for family in (socket.AF_INET, socket.AF_INET6):
        with suppress(OSError):
            socket.inet_pton(family, host)
            return family
    return None


def _read_head(reader: BufferedReader) -> tuple[int, dict[str, str]]:
    line = reader.readline(_LONGEST_LINE)
    if not line:
        raise ConnectionResetError("The server closed the connection.")
    parts = line.split(None, 2)
    if len(parts) < 2 or not parts[0].startswith(b"HTTP/1."):
        raise ValueError("The answer is no HTTP.")
    headers = {} if parts[0] != b"HTTP/1.0" else {"connection": "close"}
    for _ in range(_MOST_HEADERS):
        line = reader.readline(_LONGEST_LINE)
        if line in (b"\r\n", b"\n"):
            return int(parts[1]), headers
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    raise ValueError("The answer has too many headers.")


def _read_body(reader: BufferedReader, status: int, headers: dict[str, str]) -> tuple[bytes, bool]:
    """Return the body and whether the connection can be used again."""
    if status in (204, 304):
        return b"", True
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return _read_chunks(reader), True
    if "content-length" in headers:
        return _read_exactly(reader, int(headers["content-length"])), True
    return reader.read(_LARGEST_ANSWER), False


def _read_chunks(reader: BufferedReader) -> bytes:
    body = bytearray()
    while size := int(reader.readline(_LONGEST_LINE).partition(b";")[0], 16):
        body += _read_exactly(reader, size)
        reader.readline(_LONGEST_LINE)
        if len(body) > _LARGEST_ANSWER:
            raise ValueError("The answer is too large.")
    while reader.readline(_LONGEST_LINE).strip():
        pass  # trailers
    return bytes(body)


def _read_exactly(reader: BufferedReader, size: int) -> bytes:
    if not 0 <= size <= _LARGEST_ANSWER:
        raise ValueError("The answer is too large.")
    body = reader.read(size)
    if len(body) < size:
        raise ConnectionResetError("The answer ended early.")
    return body


def _gzip(body: bytes) -> bytes:
    import zlib  # noqa: PLC0415 - loopback never packs

    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError | BlockingIOError):
        return "it does not answer in time"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")

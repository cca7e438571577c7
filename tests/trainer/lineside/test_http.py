"""The small HTTP client reads what servers send, and says what went wrong."""

import gzip
import shutil
import socket
import ssl
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lineside._http import Answer, Link, Unreachable, _Inlet, _let_the_system_time_out

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Scripted:
    """Answers each request on each connection with the next of some bytes; None hangs up."""

    def __init__(self, answers: list[bytes | None], context: ssl.SSLContext | None = None) -> None:
        self.answers = list(answers)
        self._context = context
        self.requests: list[bytes] = []
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(10)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while self.answers:
            connection, _ = self._socket.accept()
            self.connections += 1
            if self._context is not None:
                try:
                    connection = self._context.wrap_socket(connection, server_side=True)
                except OSError:
                    continue
            with connection, connection.makefile("rb") as reader:
                while self.answers and (request := self._read(reader)):
                    self.requests.append(request)
                    answer = self.answers.pop(0)
                    if answer is None:
                        break
                    connection.sendall(answer)

    def _read(self, reader: Any) -> bytes:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = reader.readline()
            if not line:
                return b""
            head += line
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        return bytes(head + reader.read(length))

    def close(self) -> None:
        self._socket.close()
        self._thread.join(10)


@pytest.fixture
def scripted() -> Iterator[Callable[..., Scripted]]:
    made: list[Scripted] = []

    def begin(*answers: bytes | None) -> Scripted:
        made.append(Scripted(list(answers)))
        return made[-1]

    yield begin
    for server in made:
        server.close()


@pytest.fixture
def link() -> Iterator[Callable[..., Link]]:
    made: list[Link] = []

    def begin(url: str, token: str | None = None) -> Link:
        made.append(Link(url, token))
        return made[-1]

    yield begin
    for each in made:
        each.close()


def post(link: Link, body: bytes = b"x") -> Answer:
    return link.post("/runs", body, "application/json")


def test_a_connection_is_kept(scripted: Any, link: Any) -> None:
    server = scripted(OK, OK, OK)
    here = link(f"{server.url}/prefix/", "geheim")
    for _ in range(3):
        assert post(here) == Answer(200, {"content-length": "2"}, b"{}")
    assert server.connections == 1
    first = server.requests[0].decode()
    assert first.startswith("POST /prefix/runs HTTP/1.1\r\n")
    assert "Authorization: Bearer geheim\r\n" in first
    assert f"Host: {server.url.removeprefix('http://')}\r\n" in first


@pytest.mark.parametrize(
    ("raw", "status", "body"),
    [
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=1\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n",
            200,
            b"abcde",
        ),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: 1\r\n\r\nx", 201, b"x"),
        (b"HTTP/1.1 204\r\n\r\n", 204, b""),
    ],
)
def test_bodies_end_in_several_ways(scripted: Any, link: Any, raw: bytes, status: int, body: bytes) -> None:
    server = scripted(raw, OK)
    here = link(server.url)
    answer = post(here)
    assert (answer.status, answer.body) == (status, body)
    assert post(here).status == 200
    assert server.connections == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
    ],
)
def test_a_connection_that_the_server_closes_is_opened_again(scripted: Any, link: Any, raw: bytes) -> None:
    server = scripted(raw, None, OK)
    here = link(server.url)
    assert post(here).body == b"{}"
    with pytest.raises(Unreachable):
        post(here)
    assert post(here).body == b"{}"


def test_a_kept_connection_that_has_died_is_tried_anew_at_once(scripted: Any, link: Any) -> None:
    server = scripted(OK, None, OK)
    here = link(server.url)
    post(here)
    assert post(here).status == 200  # the second connection answers what the first did not
    assert server.connections == 2


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 300,
    ],
)
def test_nonsense_is_unreachable(scripted: Any, link: Any, raw: bytes) -> None:
    with pytest.raises(Unreachable):
        post(link(scripted(raw).url))


def test_a_server_that_says_nothing_is_given_up_by_the_system_s_clock() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        _let_the_system_time_out(ours)
        assert ours.gettimeout() is None
        for direction in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            assert struct.unpack("ll", ours.getsockopt(socket.SOL_SOCKET, direction, 16)) == (30, 0)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 1_000))
        with pytest.raises(TimeoutError):
            _Inlet(ours).readinto(bytearray(1))


def test_a_refused_connection_says_so(link: Any) -> None:
    with pytest.raises(Unreachable, match="refused"):
        post(link("http://127.0.0.1:9"))


def test_a_name_that_is_no_host_is_unreachable(link: Any) -> None:
    with pytest.raises(Unreachable):
        post(link("http://host.invalid:80"))


def test_a_body_for_a_far_server_is_packed(link: Any) -> None:
    assert not link("http://127.0.0.1:1").packs(b"x" * 5_000)
    assert not link("http://localhost:1").packs(b"x" * 5_000)
    assert not link("http://monitor.example:1").packs(b"x" * 500)
    far = link("http://monitor.example:1")
    assert far.packs(b"x" * 5_000)
    request = far.request("/runs", b"x" * 5_000, "application/json")
    head, _, body = request.partition(b"\r\n\r\n")
    assert b"Content-Encoding: gzip\r\n" in head
    assert gzip.decompress(body) == b"x" * 5_000


def test_an_answer_without_an_object_is_an_empty_one() -> None:
    assert Answer(200, {}, b"<html>").json() == {}
    assert Answer(200, {}, b"[1]").json() == {}


def test_https_checks_the_certificate_and_then_talks(
    tmp_path: Path, link: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    made = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem")]
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *names, *made]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server = Scripted([OK, OK], context)
    url = server.url.replace("http:", "https:")
    with pytest.raises(Unreachable, match=r"(?i)certificate"):
        post(link(url))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    for address in (url, url.replace("127.0.0.1", "localhost")):
        here = link(address)
        assert post(here).body == b"{}"
        here.close()
    server.close()

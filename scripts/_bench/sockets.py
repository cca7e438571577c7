"""A raw WebSocket reader: the least that can be done with a frame, so that it is not what is measured."""

import os
import re
import select
import socket
import time
from base64 import b64encode

FIRST_VALUE = re.compile(rb'"value":\[([0-9.e+]+)')


def connect(port: int, path: str) -> socket.socket:
    viewer = socket.create_connection(("127.0.0.1", port), timeout=30)
    key = b64encode(os.urandom(16)).decode()
    viewer.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    head = b""
    while b"\r\n\r\n" not in head:
        if not (more := viewer.recv(65536)):
            raise ConnectionError("the service closed the socket")
        head += more
    if b" 101 " not in head.partition(b"\r\n")[0]:
        raise ConnectionError(head.decode())
    return viewer


def delays(viewers: list[socket.socket], since: float, until: float) -> list[float]:
    """Seconds from `perf_counter` as logged in a point to the arrival of its frame, of what was logged from `since`."""
    poller, by_number = select.epoll(), {viewer.fileno(): viewer for viewer in viewers}
    for number, viewer in by_number.items():
        viewer.setblocking(False)
        poller.register(number, select.EPOLLIN)
    found: list[float] = []
    while (left := until - time.perf_counter()) > 0:
        for number, _ in poller.poll(left):
            data = by_number[number].recv(1 << 20)
            now = time.perf_counter()
            if (value := FIRST_VALUE.search(data)) and (logged := float(value[1])) >= since:
                found.append(now - logged)
    return found

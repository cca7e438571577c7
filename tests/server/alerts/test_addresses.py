"""Private addresses in every dress are refused, and what was looked up is what is connected to."""

import asyncio
import socket
from typing import Any

import anyio
import httpx
import pytest

from lineside_server.alerts.addresses import AddressRefusedError, Guarded, is_private


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "::1", "::", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1", "ff02::1",
        "255.255.255.255", "198.18.0.1", "192.0.2.1",
    ],
)  # fmt: skip
def test_what_is_not_of_the_public_internet_is_private(address: str) -> None:
    assert is_private(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"])
def test_what_is_of_the_public_internet_is_not(address: str) -> None:
    assert not is_private(address)


def ask(url: str, *, allow_private: bool = False) -> httpx.Response:
    async def act() -> httpx.Response:
        async with httpx.AsyncClient(transport=Guarded(allow_private=allow_private), trust_env=False) as client:
            return await client.get(url)

    return asyncio.run(act())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0x7f000001", "2130706433"])
def test_the_machine_itself_is_refused_however_it_is_written(host: str) -> None:
    with pytest.raises((AddressRefusedError, httpx.ConnectError)):
        ask(f"http://{host}:9/")


def test_a_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads somewhere else the second time is of no use to whoever controls it."""
    looked_up: list[Any] = []
    real = anyio.getaddrinfo

    async def found(host: Any, port: Any, **rest: Any) -> Any:
        looked_up.append(host)
        return await real("127.0.0.1", port, **rest)

    monkeypatch.setattr(anyio, "getaddrinfo", found)
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(AddressRefusedError, match="rebound"):
        ask(f"http://rebound.example.com:{server.getsockname()[1]}/")
    assert looked_up == ["rebound.example.com"]


def test_a_host_that_is_not_known_is_told_of() -> None:
    with pytest.raises(httpx.ConnectError, match="not known"):
        ask("http://nowhere.invalid/")

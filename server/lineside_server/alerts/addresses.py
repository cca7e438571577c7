"""Which addresses the service speaks to: a name is looked up once, and connected to by what was found."""

import ipaddress
import socket
from typing import Final

import anyio
import httpx

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64: Final = ipaddress.ip_network("64:ff9b::/96")  # what bears an IPv4 address in its last four bytes


class AddressRefusedError(Exception):
    """The target lies on this machine or in its own network, and that was not allowed."""


class Guarded(httpx.AsyncBaseTransport):
    """Looks a host up, refuses private addresses, and connects to what it looked up: no second look-up can differ."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._inner = httpx.AsyncHTTPTransport(retries=0)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        address = await self._address_of(host, request.url.port)
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host=address)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _address_of(self, host: str, port: int | None) -> str:
        try:
            found = await anyio.getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)
        except OSError as failure:
            raise httpx.ConnectError(f"The host {host} is not known: {failure.strerror or failure}.") from failure
        addresses = [str(place[4][0]) for place in found]
        for address in addresses:
            if not self._allow_private and is_private(address):
                raise AddressRefusedError(
                    f"{host} leads to {address}, in a private network: "
                    "set LINESIDE_WEBHOOK_ALLOW_PRIVATE=1 (--webhook-allow-private) if that is meant."
                )
        return addresses[0]


def is_private(told: str) -> bool:
    """Tell whether an address literal is anything but one of the public internet."""
    address: Address = ipaddress.ip_address(told.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        elif address in NAT64:
            address = ipaddress.IPv4Address(address.packed[-4:])
    return not address.is_global or address.is_multicast

"""Who may come in, and as whom: Host, Origin, content type and token are checked here before any route is."""

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lineside_server.api.callers import admit, pass_of, path_of
from lineside_server.api.headers import NO_STORE, SECURITY_HEADERS
from lineside_server.api.problems import problem_of
from lineside_server.api.proxy import FORWARDED_HOST
from lineside_server.api.scopes import Directory
from lineside_server.errors import BadInput, Forbidden, LinesideError, TooLarge, UnsupportedMedia
from lineside_server.keyring import Pass
from lineside_server.settings import Settings, is_loopback

READING = frozenset({"GET", "HEAD", "OPTIONS"})
BODY_TYPES = frozenset({"application/json", "application/x-ndjson", "application/msgpack"})
PAGES = frozenset({"/", "/index.html", "/docs"})
OPEN = PAGES | {"/openapi.json"}
OPEN_FILE = re.compile(r"/(assets|docs)/.*|/[^/]+\.(svg|ico|png|css|js|txt|webmanifest)")
SOCKET_POLICY = 1008
MARKS = [
    (name.lower().encode(), value.encode()) for name, value in {**SECURITY_HEADERS, "Cache-Control": NO_STORE}.items()
]


@dataclass(frozen=True)
class Doors:
    """ASGI middleware around the whole app; it refuses in words and marks every answer with the strict headers."""

    app: ASGIApp
    settings: Settings
    directory: Directory = field(default_factory=Directory)
    names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", frozenset({self.settings.host.lower(), *self.settings.allowed_hosts}))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        try:
            held = self.check(scope)
            if held is not None:
                await admit(scope, held.grant, self.directory, scope["app"].state.owners)
                scope.setdefault("state", {}).update({"grant": held.grant, "pass": held})
        except LinesideError as refusal:
            await _refuse(refusal, scope, receive, send)
            return
        if scope["type"] == "websocket":
            await self.app(scope, receive, send)
            return
        await self.app(scope, _bounded(receive, self.settings.max_body), _marked(send))

    def check(self, scope: Scope) -> Pass | None:
        """Tell as whom a request or a socket comes, or raise what is wrong with it; None: it is open to everyone."""
        headers = Headers(scope=scope)
        host = self._check_host(headers, scope)
        _check_origin(headers, host, secure=scope.get("scheme") in ("https", "wss"))
        if scope["type"] == "http":
            _check_site(headers, scope)
            _check_content_type(headers, scope["method"])
        elif headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise Forbidden("This socket was opened by another site's page.")
        return None if self._is_open(scope) else pass_of(scope, headers, scope["app"].state.keyring, self.settings)

    def _is_open(self, scope: Scope) -> bool:
        if scope["type"] != "http":
            return False
        path = path_of(scope)
        if path in OPEN or OPEN_FILE.fullmatch(path) is not None:
            return True
        found = self.directory.find(scope["method"], path)
        return found is not None and found.line.scope is None

    def _check_host(self, headers: Headers, scope: Scope) -> str:
        """Return the host that the caller asked: what a proxy was asked for, where one that is trusted tells it."""
        hosts = headers.getlist("host")
        if len(hosts) != 1:
            raise BadInput("A request names one Host.")
        self._check_name(_name_of(hosts[0]))
        forwarded = scope.get("state", {}).get(FORWARDED_HOST)
        if forwarded is None:
            return hosts[0]
        self._check_name(_name_of(forwarded))
        return str(forwarded)

    def _check_name(self, name: str) -> None:
        if is_loopback(name) or name in self.names or (not is_loopback(self.settings.host) and _is_address(name)):
            return
        raise Forbidden(
            f"This service does not answer to the host name {name!r}; "
            "name it in LINESIDE_ALLOWED_HOSTS (--allowed-hosts) if it should."
        )


def _check_origin(headers: Headers, host: str, *, secure: bool) -> None:
    """Refuse what a page of another origin sends; programs that are no browsers send no Origin.

    A page that came over https is the only one of a service that is reached so; where a proxy does not tell, both are.
    """
    schemes = ("https",) if secure else ("http", "https")
    for origin in headers.getlist("origin"):
        try:
            parts = urlsplit(origin)
        except ValueError:
            parts = urlsplit("null")
        if parts.scheme not in schemes or _bare(parts.netloc) != _bare(host):
            raise Forbidden(f"The origin {origin!r} may not use this service: only its own page may.")


def _check_site(headers: Headers, scope: Scope) -> None:
    """Refuse what browsers mark as begun by another site, except a person following a link to the page."""
    if headers.get("sec-fetch-site", "none") in ("same-origin", "none"):
        return
    navigates = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    if not (navigates and scope["method"] == "GET" and scope["path"] in PAGES):
        raise Forbidden("This request was begun by another site's page.")


def _check_content_type(headers: Headers, method: str) -> None:
    """Demand a content type that no form of another site can send, of every request that changes something.

    A DELETE is never sent across sites without asking first, which is refused, so it may come without a body.
    """
    if method in READING:
        return
    told = headers.get("content-type")
    if told is None and method == "DELETE" and headers.get("content-length", "0") == "0":
        return
    if (told or "").partition(";")[0].strip().lower() not in BODY_TYPES:
        raise UnsupportedMedia(
            "A request that changes something has the content type application/json, "
            "application/x-ndjson or application/msgpack."
        )


def _name_of(netloc: str) -> str:
    """Return the host of `host:port`, without the brackets of an IPv6 address."""
    netloc = netloc.lower()
    if netloc.startswith("["):
        return netloc[1:].partition("]")[0]
    return netloc.partition(":")[0]


def _bare(netloc: str) -> str:
    netloc = netloc.lower()
    return netloc.removesuffix(":80").removesuffix(":443")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


async def _refuse(refusal: LinesideError, scope: Scope, receive: Receive, send: Send) -> None:
    answer = problem_of(refusal)
    answer.headers["Cache-Control"] = NO_STORE
    if scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": SOCKET_POLICY, "reason": str(refusal)})
        return
    await answer(scope, receive, send)


def _bounded(receive: Receive, limit: int) -> Receive:
    """Count the body as it comes, and refuse one that is over the limit before it is held."""
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise TooLarge(f"The body is larger than {limit:,} bytes.")
        return message

    return bounded


def _marked(send: Send) -> Send:
    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message.get("headers", ())
            present = {name.lower() for name, _ in headers}
            message["headers"] = [*headers, *(mark for mark in MARKS if mark[0] not in present)]
        await send(message)

    return marked

"""Behind a reverse proxy: the path below which it serves us, and the caller that it names."""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from lineside_server.api.headers import SECURITY_HEADERS

FORWARDED_HOST = "forwarded_host"  # in the state of a scope: the Host that a trusted proxy was asked by


class Forwarded:
    """ASGI middleware that believes `X-Forwarded-For`, `-Proto` and `-Host` of the named proxies, of no others.

    The host is only noted: whoever checks the Host checks both, for many a proxy hands on what any caller says there.
    """

    def __init__(self, app: ASGIApp, trusted: Sequence[str]) -> None:
        self._app = ProxyHeadersMiddleware(app, list(trusted))  # type: ignore[arg-type]  # uvicorn types ASGI for itself

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        peer = scope.get("client")
        if scope["type"] != "lifespan" and peer is not None and peer[0] in self._app.trusted_hosts:
            told = Headers(scope=scope).get("x-forwarded-host")
            if told:  # the last is what our own proxy says
                scope.setdefault("state", {})[FORWARDED_HOST] = told.rpartition(",")[2].strip()
        await self._app(scope, receive, send)  # type: ignore[arg-type]


class Prefix:
    """ASGI middleware that takes the root path off, whether or not the proxy has done so already.

    From here on nobody sees it: who may come in is decided by the very path that is then served.
    """

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app, self._root = app, root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            if scope["path"] == self._root and scope["type"] == "http":
                # What the page asks for stands beside its address, so that must end with a slash.
                await RedirectResponse(f"{self._root}/", 308, SECURITY_HEADERS)(scope, receive, send)
                return
            if scope["path"].startswith(f"{self._root}/"):
                scope = {**scope, "path": scope["path"].removeprefix(self._root)}
                raw = scope.get("raw_path")
                if raw is not None:
                    scope["raw_path"] = raw.removeprefix(self._root.encode())
        await self._app(scope, receive, send)

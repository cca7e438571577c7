"""Bodies of requests read strictly: no bare NaN, decompressed within limits, JSON or MessagePack alike."""

from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import MutableHeaders

from lineside_server.api.deps import settings_of
from lineside_server.errors import BadInput
from lineside_server.ingest.decode import Limits, parse_json
from lineside_server.ingest.inflate import inflate
from lineside_server.ingest.numbers import RefusedError
from lineside_server.ingest.words import plain
from lineside_server.settings import Settings


def limits_of(settings: Settings) -> Limits:
    return Limits(max_body=settings.max_body, max_decoded=settings.max_decoded)


def media_of(request: Request) -> tuple[str, str]:
    """Return the content type without its parameters, and the content encoding."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind, request.headers.get("content-encoding", "identity").strip().lower()


class StrictRequest(Request):
    """A request whose body was read already, as the value that `json` gives."""

    told: Any = None

    async def json(self) -> Any:
        return self.told


class StrictRoute(APIRoute):
    """A route whose model is filled from any body that this service speaks."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            if self.body_field is None:
                return await handle(request)
            return await handle(await _read(request))

        return strict


async def _read(request: Request) -> StrictRequest:
    body = await request.body()
    kind, encoding = media_of(request)
    scope = dict(request.scope, headers=list(request.scope["headers"]))
    MutableHeaders(scope=scope)["content-type"] = "application/json"
    strict = StrictRequest(scope, request.receive)
    strict._body = body  # noqa: SLF001  # Starlette reads a body once; this is where it keeps it
    strict.told = _value(inflate(body, encoding, (await settings_of(request)).max_decoded), kind)
    return strict


def _value(body: bytes, kind: str) -> Any:
    decode = msgspec.msgpack.decode if kind == "application/msgpack" else parse_json
    try:
        return plain(decode(body))
    except (msgspec.MsgspecError, RefusedError, ValueError, RecursionError) as fault:
        raise BadInput(f"The body cannot be read: {fault}.") from fault

"""The hottest route past the router: FastAPI's way to it costs more than all that is done with a small batch."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from lineside_server.api.problems import problem_of
from lineside_server.errors import LinesideError

Take = Callable[[str, Request], Awaitable[Response]]


@dataclass(frozen=True)
class Shortcut:
    """ASGI middleware that answers one method of one kind of address by itself; all else goes on to the app.

    The route stands in the app as well, for the description of the API. What is no LinesideError goes up, as it would
    from the app.
    """

    app: ASGIApp
    method: str
    path: re.Pattern[str]
    take: Take

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = None
        if scope["type"] == "http" and scope["method"] == self.method:
            found = self.path.fullmatch(scope["path"].removeprefix(scope.get("root_path", "")))
        if found is None:
            await self.app(scope, receive, send)
            return
        try:
            answer = await self.take(found[1], Request(scope, receive))
        except LinesideError as refusal:
            answer = problem_of(refusal)
        except ClientDisconnect:  # it went before its body had come: nobody is left to be answered
            return
        await answer(scope, receive, send)

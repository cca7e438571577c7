"""The live sockets: a run as it goes on, and the list of runs as it changes."""

import contextlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

import msgspec
from anyio import create_task_group
from fastapi import APIRouter, Depends, Query, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, Field

from lineside_server.api.deps import GrantDep, KeyringDep, PassDep, WatchDep
from lineside_server.api.problems import problem_of
from lineside_server.errors import NotFound
from lineside_server.live.hub import MOST_KEYS, MOST_POINTS, Viewer, Wish

router = APIRouter()
PROTOCOL = "lineside"
POLICY = 1008
GONE = 4404


class Subscription(msgspec.Struct):
    """What a viewer says: the keys that it shows from now on, and how many points of each."""

    subscribe: Annotated[list[str], msgspec.Meta(max_length=MOST_KEYS)]
    points: Annotated[int, msgspec.Meta(ge=1, le=MOST_POINTS)] | None = None


Guard = Callable[[WebSocket], Awaitable[None]]


async def guard_of(held: PassDep, keyring: KeyringDep) -> Guard:
    """Return what ends a socket when the token or the session that opened it ends."""

    async def guard(socket: WebSocket) -> None:
        with keyring.watching(held) as ended:
            await ended.wait()
        await _close(socket, POLICY, "The token or the session that opened this socket has ended.")

    return guard


GuardDep = Annotated[Guard, Depends(guard_of)]


class WatchQuery(BaseModel):
    cursor: str | None = None
    key: list[str] = Field([], max_length=MOST_KEYS)
    points: int = Field(1000, ge=1, le=MOST_POINTS)


@router.websocket("/runs/{run_id}/live")
async def watch_run(
    socket: WebSocket, run_id: str, watch: WatchDep, guard: GuardDep, wanted: Annotated[WatchQuery, Query()]
) -> None:
    try:
        await watch.hub.know(run_id)
    except NotFound as missing:
        await socket.send_denial_response(problem_of(missing))
        return
    viewer = Viewer(Wish(frozenset(wanted.key), wanted.points))
    await _accept(socket)
    watching = partial(watch.hub.watch, run_id, viewer, wanted.cursor, socket.send_text)
    await _together(socket, partial(_listen, socket, viewer), watching, partial(guard, socket))


@router.websocket("/live")
async def watch_list(socket: WebSocket, watch: WatchDep, grant: GrantDep, guard: GuardDep) -> None:
    await _accept(socket)
    watching = partial(watch.board.watch, socket.send_text, grant.project)
    await _together(socket, partial(_listen, socket, None), watching, partial(guard, socket))


async def _accept(socket: WebSocket) -> None:
    await socket.accept(subprotocol=PROTOCOL if PROTOCOL in socket.scope.get("subprotocols", []) else None)


async def _listen(socket: WebSocket, viewer: Viewer | None) -> None:
    """Take what a viewer asks for until it goes; one that says anything else is told and sent away."""
    while True:
        said = await socket.receive_text()
        try:
            told = msgspec.json.decode(said, type=Subscription)
        except msgspec.MsgspecError as fault:
            await _close(socket, POLICY, f"A viewer says {{'subscribe': [keys], 'points': n}}: {fault}")
            return
        if viewer is not None:
            viewer.ask(Wish(frozenset(told.subscribe), told.points or viewer.wish.points))


async def _together(socket: WebSocket, *halves: Callable[[], Awaitable[None]]) -> None:
    """Run the two halves of a socket until either ends, then end the other."""
    try:
        async with create_task_group() as group:

            async def run(half: Callable[[], Awaitable[None]]) -> None:
                await half()
                group.cancel_scope.cancel()

            for half in halves:
                group.start_soon(run, half)
    except* WebSocketDisconnect:
        pass
    except* NotFound as gone:
        await _close(socket, GONE, str(gone.exceptions[0]))


async def _close(socket: WebSocket, code: int, reason: str) -> None:
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
        await socket.close(code, reason.encode()[:120].decode(errors="ignore"))  # a close frame holds 123 bytes

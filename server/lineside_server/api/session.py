"""Signing in on the page: a token is given once, and a cookie that scripts cannot read stands for it."""

import asyncio
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from lineside_server.api.answers import answer
from lineside_server.api.bodies import StrictRoute
from lineside_server.api.callers import UNKNOWN, cookie_name, cookie_of
from lineside_server.api.deps import KeyringDep, PassDep, SettingsDep
from lineside_server.api.tokens import ScopeWord
from lineside_server.core.access import NOBODY, Grant
from lineside_server.core.audit import Actor, Deed
from lineside_server.core.throttle import Throttle
from lineside_server.errors import TooManyRequests, Unauthorized
from lineside_server.keyring import SESSION_S
from lineside_server.settings import Settings
from lineside_server.store.engine import Store

router = APIRouter(tags=["session"], route_class=StrictRoute)
MOST_FAILURES: Final = 10
WITHIN_S: Final = 60.0


class SignIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    token: str = Field(min_length=1, max_length=1024)


class SessionView(BaseModel):
    """Who the caller is to this service; never by which secret."""

    name: str = Field(description="Of the token; `local` where none is asked for.")
    scope: ScopeWord
    project: str | None = Field(description="The only one that it may see.")
    signed_in: bool = Field(description="Whether a session stands for the token.")


@router.post("/session", responses={200: {"model": SessionView}})
async def sign_in(told: SignIn, request: Request, keyring: KeyringDep, settings: SettingsDep) -> Response:
    """Begin a session with a token; its cookie holds for 30 days. Ten failures in a minute from one address: 429."""
    throttle: Throttle = request.app.state.sign_ins
    caller = "" if request.client is None else request.client.host
    now = request.app.state.watch.clock.monotonic()
    if (wait_s := throttle.wait_s(caller, now)) > 0:
        raise TooManyRequests("Too many tokens were refused: wait a moment, then sign in.", wait_s)
    held = keyring.find(told.token.strip())
    if held is None:
        throttle.failed(caller, now)
        await _note_refusal(request, caller, now)
        raise Unauthorized(UNKNOWN)
    beginning = Deed(Actor(held.grant, caller), "session.begin", "session", held.grant.token_id)
    secret, _ = await keyring.sign_in(held, beginning)
    await _end_the_one_before(request, keyring, settings)
    signed = answer(_view(held.grant, signed_in=True))
    _set_cookie(signed, request, settings, secret, int(SESSION_S))
    return signed


@router.get("/session", responses={200: {"model": SessionView}})
async def show_the_session(held: PassDep) -> Response:
    """Tell who the caller is: the name, scope and project of its token."""
    return answer(_view(held.grant, signed_in=held.by_session))


@router.delete("/session", status_code=204, response_class=Response)
async def sign_out(request: Request, keyring: KeyringDep, settings: SettingsDep) -> Response:
    """End the session of the caller's cookie, if there is one."""
    await _end_the_one_before(request, keyring, settings)
    gone = Response(status_code=204)
    _set_cookie(gone, request, settings, "", 0)
    return gone


def _view(grant: Grant, *, signed_in: bool) -> dict[str, Any]:
    return {"name": grant.name, "scope": grant.scope.word, "project": grant.project, "signed_in": signed_in}


async def _end_the_one_before(request: Request, keyring: KeyringDep, settings: Settings) -> None:
    cookie = cookie_of(request.headers, settings)
    held = None if cookie is None else keyring.find_session(cookie)
    if cookie is None:
        return
    caller = None if request.client is None else request.client.host
    ending = None if held is None else Deed(Actor(held.grant, caller), "session.end", "session", held.grant.token_id)
    await keyring.sign_out(cookie, ending)


async def _note_refusal(request: Request, caller: str, now: float) -> None:
    """Put on record that somebody was refused: so often a minute, from however many addresses they come."""
    refusals: Throttle = request.app.state.refusals
    if refusals.wait_s("", now) > 0:
        return
    refusals.failed("", now)
    store: Store = request.app.state.watch.store
    refused = Deed(Actor(NOBODY, caller), "session.refuse", "session", None)
    await asyncio.wrap_future(store.acting(refused).write(lambda _: None))


def _set_cookie(given: Response, request: Request, settings: Settings, secret: str, seconds: int) -> None:
    """Let no script read it, no other site send it, and no open line carry it where the page came by https."""
    secure = request.url.scheme == "https" or request.headers.get("origin", "").startswith("https://")
    path = settings.root_path or "/"
    given.set_cookie(cookie_name(settings), secret, seconds, path=path, secure=secure, httponly=True, samesite="strict")

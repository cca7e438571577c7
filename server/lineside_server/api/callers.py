"""As whom a request or a socket comes, and whether it may do what it asks for."""

from collections.abc import Iterable
from typing import Final, assert_never

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope as Connection

from lineside_server.api.scopes import SOCKET, Directory, Found, Reach
from lineside_server.core.access import LOCAL, Grant, Scope
from lineside_server.errors import Forbidden, NotFound, Unauthorized
from lineside_server.keyring import Keyring, Pass
from lineside_server.owners import Owners
from lineside_server.settings import Settings

BEARER_PROTOCOL: Final = "bearer."
NOTHING_THERE: Final = "There is nothing at this address, or it does not take this method."
ASKED: Final = "This service asks for a token: send it as Authorization: Bearer <token>, or sign in on its page."
UNKNOWN: Final = "This token is not known here, was revoked or has expired."


def cookie_name(settings: Settings) -> str:
    """Return the name of the page's cookie: browsers keep those of a host together, whatever the port."""
    return f"lineside_session_{settings.port}"


def cookie_of(headers: Headers, settings: Settings) -> str | None:
    told = headers.get("cookie")
    return None if told is None else cookie_parser(told).get(cookie_name(settings))


def pass_of(connection: Connection, headers: Headers, keyring: Keyring, settings: Settings) -> Pass:
    """Tell who calls. A token that is offered must be good; a session that has ended is as none."""
    offered = _offered(connection, headers)
    if offered:
        held = next(filter(None, map(keyring.find, offered)), None)
        if held is None:
            raise Unauthorized(UNKNOWN)
        return held
    cookie = cookie_of(headers, settings)
    held = None if cookie is None else keyring.find_session(cookie)
    if held is None and settings.asks_for_token:
        raise Unauthorized(ASKED)
    return held or Pass(LOCAL)


def _offered(connection: Connection, headers: Headers) -> list[str]:
    offered = []
    told = headers.get("authorization")
    if told is not None:
        kind, _, secret = told.partition(" ")
        offered.append(secret.strip() if kind.lower() == "bearer" else "")
    if connection["type"] == "websocket":
        protocols = (name for name in connection.get("subprotocols", ()) if name.startswith(BEARER_PROTOCOL))
        offered += [name.removeprefix(BEARER_PROTOCOL) for name in protocols]
    return offered


def path_of(connection: Connection) -> str:
    """Return the address within the service, whatever a proxy puts before it."""
    path: str = connection["path"]
    return path.removeprefix(connection.get("root_path", ""))


async def admit(connection: Connection, grant: Grant, directory: Directory, owners: Owners) -> None:
    """Let a caller go on to a route, or raise why not. What the table does not know is there for nobody but admins."""
    method = SOCKET if connection["type"] == "websocket" else connection["method"]
    found = directory.find(method, path_of(connection))
    if found is None:
        if grant.project is None and grant.may(Scope.ADMIN):
            return  # to be told by the app what it is that is wrong
        raise NotFound(NOTHING_THERE)
    if found.line.scope is not None and not grant.may(found.line.scope):
        raise Forbidden(
            f"This takes a token with the scope {found.line.scope.word}; "
            f"the token “{grant.name}” has the scope {grant.scope.word}."
        )
    if grant.project is not None:
        await _keep_within(grant.project, grant, found, owners)


async def _keep_within(project: str, grant: Grant, found: Found, owners: Owners) -> None:
    match found.line.reach:
        case Reach.FREE | Reach.ASKED:
            return
        case Reach.RUN:
            await mind_runs(grant, [found.path["run_id"]], owners)
        case Reach.ALERT:
            alert_id = found.path["alert_id"]
            if await owners.of_alert(alert_id) != project:
                raise NotFound(f"There is no alert {alert_id}.")
        case Reach.WHOLE:
            raise beyond(grant)
        case other:
            assert_never(other)


def within(grant: Grant, project: str | None) -> str | None:
    """Return the project that a list is of: the one asked for, or that of the token. Forbidden: it is another one."""
    if grant.project is None:
        return project
    if project not in (None, grant.project):
        raise beyond(grant)
    return grant.project


async def mind_runs(grant: Grant, run_ids: Iterable[str], owners: Owners) -> None:
    """Let a token that is bound to a project see no run of another. NotFound: as if there were none."""
    if grant.project is not None:
        for run_id in run_ids:
            if await owners.of_run(run_id) != grant.project:
                raise NotFound(f"There is no run {run_id}.")


def beyond(grant: Grant) -> Forbidden:
    """Return the refusal of what reaches beyond the project of a token."""
    return Forbidden(
        f"This reaches beyond the project “{grant.project}”, to which the token “{grant.name}” is bound: "
        "it takes a token that is bound to none."
    )

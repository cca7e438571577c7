"""Tokens over HTTP: made, listed and revoked; one is told once, in the answer that makes it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from lineside_server.api.answers import answer, page_of, sliced
from lineside_server.api.bodies import StrictRoute
from lineside_server.api.deps import ActsDep, KeyringDep, Paged, StoreDep
from lineside_server.api.schemas import Name, Seconds
from lineside_server.core.access import Scope, Token
from lineside_server.errors import Unprocessable
from lineside_server.store.tokens import list_tokens

router = APIRouter(tags=["tokens"], route_class=StrictRoute)
ScopeWord = Literal["read", "write", "admin"]


class TokenIn(BaseModel):
    """What a token is to be."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    scope: ScopeWord = "write"
    project: Name | None = Field(None, description="The only project that it may see; without one all.")
    expires_at: Seconds | None = Field(None, description="Unix seconds; without one it holds until it is revoked.")


class TokenView(BaseModel):
    id: str
    name: str
    scope: ScopeWord
    project: str | None
    created_at: float
    last_used_at: float | None = Field(description="To the minute.")
    expires_at: float | None
    revoked_at: float | None


class TokenMade(TokenView):
    token: str = Field(description="Told this once.")


class TokenPage(BaseModel):
    items: list[TokenView]
    next: str | None


@router.get("/tokens", responses={200: {"model": TokenPage}})
def list_the_tokens(store: StoreDep, wanted: Annotated[Paged, Query()]) -> Response:
    """List the tokens, oldest first, with those that were revoked; none is told itself."""
    items, following = sliced([token_view(token) for token in list_tokens(store)], wanted.limit, wanted.cursor)
    return page_of(list(items), following)


@router.post("/tokens", responses={201: {"model": TokenMade}}, status_code=201)
async def make_a_token(told: TokenIn, keyring: KeyringDep, store: StoreDep, acts: ActsDep) -> Response:
    """Make a token; it is told in this answer, and never again."""
    if told.expires_at is not None and told.expires_at <= store.clock.now():
        sentence = "A token that has expired already is of no use."
        raise Unprocessable(sentence, [{"place": "body.expires_at", "detail": sentence}])
    making = acts.deed("token.create", "token", None, name=told.name, scope=told.scope, bound=told.project)
    secret, token = await keyring.issue(told.name, Scope[told.scope.upper()], told.project, told.expires_at, making)
    return answer(token_view(token) | {"token": secret}, 201)


@router.delete("/tokens/{token_id}", responses={200: {"model": TokenView}})
async def revoke_a_token(token_id: str, keyring: KeyringDep, acts: ActsDep) -> Response:
    """Revoke a token, at once and for ever, with the sessions and sockets that hold by it."""
    return answer(token_view(await keyring.revoke(token_id, acts.deed("token.revoke", "token", token_id))))


def token_view(token: Token) -> dict[str, Any]:
    """Return a token as it is told: without its digest."""
    names = ("id", "name", "project", "created_at", "last_used_at", "expires_at", "revoked_at")
    return {name: getattr(token, name) for name in names} | {"scope": token.scope.word}

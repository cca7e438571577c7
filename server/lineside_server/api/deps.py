"""What routes depend on, each as one annotated name."""

from typing import Annotated, Any

from fastapi import Depends
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection

from lineside_server.core.access import Grant
from lineside_server.core.audit import Actor, Deed, Kind
from lineside_server.judging.shelf import Shelf
from lineside_server.keyring import Keyring, Pass
from lineside_server.owners import Owners
from lineside_server.settings import Settings
from lineside_server.store.engine import Store
from lineside_server.watch import Watch

MOST_LISTED = 1000


# All async, though nothing is awaited: FastAPI would send a plain function to a thread and wait for it.


async def watch_of(connection: HTTPConnection) -> Watch:
    watch: Watch = connection.app.state.watch
    return watch


async def store_of(connection: HTTPConnection) -> Store:
    return (await watch_of(connection)).store


async def shelf_of(connection: HTTPConnection) -> Shelf:
    shelf: Shelf = connection.app.state.shelf
    return shelf


async def settings_of(connection: HTTPConnection) -> Settings:
    settings: Settings = connection.app.state.settings
    return settings


async def grant_of(connection: HTTPConnection) -> Grant:
    grant: Grant = connection.scope["state"]["grant"]  # put there by the doors
    return grant


class Acts:
    """The store as one who is known does something to it, which is put on record."""

    def __init__(self, store: Store, actor: Actor) -> None:
        self._store, self._actor = store, actor

    def __call__(
        self, action: str, kind: Kind, subject: str | None, project: str | None = None, **details: Any
    ) -> Store:
        return self._store.acting(self.deed(action, kind, subject, project, **details))

    def deed(self, action: str, kind: Kind, subject: str | None, project: str | None = None, **details: Any) -> Deed:
        told = {name: value for name, value in details.items() if value is not None}
        return Deed(self._actor, action, kind, subject, told, project)


async def acts_of(connection: HTTPConnection) -> Acts:
    caller = connection.client
    actor = Actor(await grant_of(connection), None if caller is None else caller.host)
    return Acts(await store_of(connection), actor)


async def pass_of(connection: HTTPConnection) -> Pass:
    held: Pass = connection.scope["state"]["pass"]
    return held


async def owners_of(connection: HTTPConnection) -> Owners:
    owners: Owners = connection.app.state.owners
    return owners


async def keyring_of(connection: HTTPConnection) -> Keyring:
    keyring: Keyring = connection.app.state.keyring
    return keyring


WatchDep = Annotated[Watch, Depends(watch_of)]
StoreDep = Annotated[Store, Depends(store_of)]
ShelfDep = Annotated[Shelf, Depends(shelf_of)]
SettingsDep = Annotated[Settings, Depends(settings_of)]
ActsDep = Annotated[Acts, Depends(acts_of)]
GrantDep = Annotated[Grant, Depends(grant_of)]
PassDep = Annotated[Pass, Depends(pass_of)]
OwnersDep = Annotated[Owners, Depends(owners_of)]
KeyringDep = Annotated[Keyring, Depends(keyring_of)]


class Paged(BaseModel):
    """The two parameters of every list."""

    limit: int = Field(50, ge=1, le=MOST_LISTED, description="The most items of an answer.")
    cursor: str | None = Field(None, description="The `next` of the answer before.")

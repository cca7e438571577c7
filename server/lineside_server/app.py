"""The service as one ASGI app: wiring and lifespan, nothing else."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import Any

from anyio import to_thread
from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from lineside_server.api import (
    alerts,
    audit,
    compare,
    docs,
    events,
    live,
    metrics,
    mutes,
    page,
    problems,
    projects,
    rules,
    runs,
    service,
    session,
    tokens,
    webhooks,
)
from lineside_server.api.doors import Doors
from lineside_server.api.limits import Limits
from lineside_server.api.proxy import Forwarded, Prefix
from lineside_server.api.schemas import EventsIn, Problem
from lineside_server.api.shortcut import Shortcut
from lineside_server.core.clock import Clock, SystemClock
from lineside_server.core.rulebook import Entry
from lineside_server.core.throttle import Throttle
from lineside_server.errors import StartError
from lineside_server.judging.shelf import Shelf
from lineside_server.keyring import Keyring
from lineside_server.owners import Owners
from lineside_server.rules.file import read_rules
from lineside_server.settings import Settings
from lineside_server.store.engine import Store
from lineside_server.watch import Watch, open_store

DATA = (runs, compare, events, metrics, alerts, webhooks, rules, mutes, projects, live)
ROOMS = (*DATA, tokens, session, service, audit, docs, page)
REFERENCE = "#/components/schemas/{model}"
FAULTS: dict[int | str, dict[str, Any]] = {
    family: {
        "description": meaning,
        "content": {problems.PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for family, meaning in (("4XX", "Refused, and why"), ("5XX", "Failed"))
}


def create_app(settings: Settings, clock: Clock | None = None, store: Store | None = None) -> FastAPI:
    """Build the app; `store` is one opened beforehand, by a caller that answers for its errors, and is closed here.

    StartError: the rules file says what cannot be.
    """
    clock = clock or SystemClock()
    told = () if settings.rules_file is None else read_rules(settings.rules_file)
    app = FastAPI(
        title="lineside",
        version=version("lineside"),
        summary="Watches live training runs and says what is wrong with them.",
        lifespan=partial(_lifespan, settings=settings, clock=clock, store=store, told=told),
        docs_url=None,
        redoc_url=None,
        responses=FAULTS,
        redirect_slashes=False,
    )
    app.state.settings = settings
    app.state.sign_ins = Throttle(session.MOST_FAILURES, session.WITHIN_S)
    app.state.refusals = Throttle(session.MOST_FAILURES, session.WITHIN_S)  # that are put on record
    app.add_middleware(Shortcut, method="POST", path=events.PATH, take=events.take)
    app.add_middleware(Limits, settings=settings, clock=clock)
    app.add_middleware(Doors, settings=settings)
    _admit_proxy(app, settings)  # added last, it is the outermost
    problems.install(app)
    _mind_root(settings.root_path)
    for room in ROOMS:
        app.include_router(room.router)
    app.openapi = partial(_openapi, app, app.openapi)  # type: ignore[method-assign]  # FastAPI's own way to extend it
    return app


def _admit_proxy(app: FastAPI, settings: Settings) -> None:
    """Answer below the root path, and know the callers that a trusted proxy names."""
    if settings.root_path:
        app.add_middleware(Prefix, root_path=settings.root_path)
    if settings.forwarded_allow_ips:
        app.add_middleware(Forwarded, trusted=settings.forwarded_allow_ips)


def _mind_root(root: str) -> None:
    """Refuse a root path that is an address of ours: nobody could tell what was meant below it."""
    ours = {getattr(route, "path", "").split("/")[1] for room in ROOMS for route in room.router.routes}
    if root and root.split("/")[1] in ours:
        raise StartError(f"The root path {root} is an address of the service's own: choose another.")


@asynccontextmanager
async def _lifespan(
    app: FastAPI, settings: Settings, clock: Clock, store: Store | None, told: Sequence[Entry]
) -> AsyncIterator[None]:
    opened = store if store is not None else await to_thread.run_sync(open_store, settings, clock)
    try:
        shelf = app.state.shelf = await to_thread.run_sync(Shelf, opened, told)
        keyring = app.state.keyring = await to_thread.run_sync(Keyring, opened, settings)
        app.state.owners = Owners(opened)
        watch = app.state.watch = Watch(opened, settings, clock)
        watch.every_tick(keyring.tick)
        if watch.judge is not None:
            shelf.listen(watch.judge.adopt)
        watch.start()
        yield
        await watch.stop()
    finally:
        await to_thread.run_sync(opened.close)


def _openapi(app: FastAPI, describe: Any) -> dict[str, Any]:
    """Add the models that routes name without FastAPI reading them."""
    if app.openapi_schema is None:
        described: dict[str, Any] = describe()
        _, models = models_json_schema([(EventsIn, "validation"), (Problem, "validation")], ref_template=REFERENCE)
        described["components"]["schemas"].update(models["$defs"])
        if root := app.state.settings.root_path:
            described["servers"] = [{"url": root}]
    return app.openapi_schema or {}

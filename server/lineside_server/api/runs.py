"""Runs over HTTP: open, list, look at, change, stop, hide and bring back."""

import asyncio
from typing import Annotated, Any, Literal

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Query, Response
from pydantic import Field

from lineside_server.api.answers import answer, page_of
from lineside_server.api.bodies import StrictRoute
from lineside_server.api.callers import within
from lineside_server.api.deps import ActsDep, GrantDep, OwnersDep, Paged, StoreDep, WatchDep
from lineside_server.api.schemas import LinePage, RunChange, RunOpen, RunPage, RunView
from lineside_server.core.access import Grant
from lineside_server.core.runs import RunState
from lineside_server.errors import Forbidden
from lineside_server.live.views import run_view
from lineside_server.owners import Owners
from lineside_server.store.listing import RunFilter, list_runs
from lineside_server.store.reads import summaries
from lineside_server.store.runs import (
    RunPatch,
    RunSpec,
    delete_run,
    get_run,
    open_run,
    patch_run,
    request_stop,
    restore_run,
)

router = APIRouter(tags=["runs"], route_class=StrictRoute)
ONE_RUN: dict[int | str, dict[str, Any]] = {200: {"model": RunView}}
Order = Literal[
    "created_at", "started_at", "last_event_at", "name", "project", "state", "last_step",
    "-created_at", "-started_at", "-last_event_at", "-name", "-project", "-state", "-last_step",
]  # fmt: skip


@router.post("/runs", responses={200: {"model": RunView}, 201: {"model": RunView}}, status_code=201)
async def open_a_run(told: RunOpen, store: StoreDep, grant: GrantDep, owners: OwnersDep) -> Response:
    """Open a run, or resume one: 201 when it is new, else 200."""
    project = within(grant, told.project)
    if grant.project is not None and told.id is not None:
        await _mind_the_one_there(grant, told.id, owners)
    spec = RunSpec(**told.model_dump(exclude={"writer", "tags", "project"}), project=project, tags=tuple(told.tags))
    run, created = await asyncio.wrap_future(open_run(store, spec, told.writer))
    view = await to_thread.run_sync(lambda: run_view(run, {} if created else summaries(store, run.id)))
    return answer(view, 201 if created else 200)


async def _mind_the_one_there(grant: Grant, run_id: str, owners: Owners) -> None:
    """Refuse to resume a run of another project; that its id is taken cannot be hidden."""
    if await owners.of_run(run_id) not in (None, grant.project):
        raise Forbidden(f"The id {run_id} is taken by a run that the token “{grant.name}” may not see: choose another.")


class RunQuery(Paged):
    project: str | None = None
    state: RunState | None = None
    q: str | None = Field(None, description="Part of a name, an id, a project or a tag.")
    tag: str | None = None
    order: Order = "-created_at"
    deleted: bool = Field(default=False, description="Those that are hidden, instead.")
    brief: bool = Field(
        default=False, description="What one line of a list needs: no config, host, notes and attempts, short figures."
    )


@router.get("/runs", responses={200: {"model": RunPage | LinePage}})
def list_the_runs(watch: WatchDep, grant: GrantDep, wanted: Annotated[RunQuery, Query()]) -> Response:
    """List runs; their summaries hold the headline series alone."""
    picks = wanted.model_dump(exclude={"brief", "project"})
    runs, following = list_runs(watch.store, RunFilter(**picks, project=within(grant, wanted.project)))
    return page_of([msgspec.Raw(item) for item in watch.sights.list_items(runs, brief=wanted.brief)], following)


@router.get("/runs/{run_id}", responses=ONE_RUN)
def show_a_run(run_id: str, store: StoreDep) -> Response:
    return answer(run_view(get_run(store, run_id), summaries(store, run_id)))


@router.patch("/runs/{run_id}", responses=ONE_RUN)
async def change_a_run(run_id: str, told: RunChange, store: StoreDep, acts: ActsDep) -> Response:
    patch = RunPatch(**told.model_dump(exclude={"tags"}), tags=None if told.tags is None else tuple(told.tags))
    changing = acts("run.change", "run", run_id, fields=sorted(told.model_fields_set), state=told.state)
    await asyncio.wrap_future(patch_run(changing, run_id, patch))
    return await to_thread.run_sync(show_a_run, run_id, store)


@router.delete("/runs/{run_id}", responses=ONE_RUN)
async def delete_a_run(
    run_id: str,
    acts: ActsDep,
    purge: Annotated[bool, Query(description="Take its data away now, not in 7 days.")] = False,
    only_ended: Annotated[bool, Query(description="409 for a run that has not ended.")] = False,
) -> Response:
    """Hide a run at once; its data go after 7 days."""
    store = acts("run.purge" if purge else "run.delete", "run", run_id)
    deleted = delete_run(store, run_id, purge=purge, only_ended=only_ended)
    return answer(run_view(await asyncio.wrap_future(deleted), {}))


@router.post("/runs/{run_id}/restore", responses=ONE_RUN)
async def restore_a_run(run_id: str, store: StoreDep, acts: ActsDep) -> Response:
    await asyncio.wrap_future(restore_run(acts("run.restore", "run", run_id), run_id))
    return await to_thread.run_sync(show_a_run, run_id, store)


@router.post("/runs/{run_id}/stop", responses=ONE_RUN)
async def stop_a_run(run_id: str, store: StoreDep, acts: ActsDep) -> Response:
    """Ask the trainer to stop; it learns of it in the answer to its next batch."""
    await asyncio.wrap_future(request_stop(acts("run.stop", "run", run_id), run_id))
    return await to_thread.run_sync(show_a_run, run_id, store)

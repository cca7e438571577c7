"""Projects over HTTP: their names with counts of runs, and the room that they and their runs take."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from lineside_server.api.answers import page_of
from lineside_server.api.deps import GrantDep, Paged, SettingsDep, StoreDep
from lineside_server.api.schemas import ProjectView
from lineside_server.core.keeping import DAY_S, Keeping
from lineside_server.core.runs import RunState
from lineside_server.errors import BadInput
from lineside_server.store.engine import Store
from lineside_server.store.listing import list_projects
from lineside_server.store.prune import holdings
from lineside_server.watch import keeping_of

router = APIRouter(tags=["projects"])


class SizedProject(ProjectView):
    bytes: int | None = Field(None, description="Of the points of its runs as they are stored, where asked for.")
    retention_days: float | None = Field(description="Days after its end at which a run is purged; null keeps all.")
    quota_bytes: int | None = Field(description="Beyond which the oldest ended runs are purged; null: no limit.")


class SizedProjectPage(BaseModel):
    items: list[SizedProject]
    next: str | None


class RunSize(BaseModel):
    run: str
    project: str
    name: str
    state: RunState
    ended_at: float | None
    bytes: int


class RunSizePage(BaseModel):
    items: list[RunSize]
    next: str | None


class ProjectQuery(Paged):
    bytes: bool = Field(False, description="Tell what each takes; that is read from every chunk.")


class SizeQuery(Paged):
    project: str | None = Field(None, description="Only runs of this project.")


@router.get("/projects", responses={200: {"model": SizedProjectPage}})
def list_the_projects(
    store: StoreDep, settings: SettingsDep, grant: GrantDep, wanted: Annotated[ProjectQuery, Query()]
) -> Response:
    """List projects by name with what is kept of them, with `bytes=1` also what they take."""
    if wanted.cursor is not None and not (wanted.cursor.isascii() and wanted.cursor.isdigit()):
        raise BadInput("This cursor was not given by this list.")
    start = int(wanted.cursor or 0)
    end = start + wanted.limit
    found = [one for one in list_projects(store) if grant.sees(one[0])]
    sizes = _sizes(store, grant.project) if wanted.bytes else None
    keeping = keeping_of(settings) or Keeping()
    items = [
        {"name": name, "runs": sum(states.values()), "states": states}
        | _kept(keeping.of(name))
        | ({} if sizes is None else {"bytes": sizes[name]})
        for name, states in found[start:end]
    ]
    return page_of(items, str(end) if end < len(found) else None)


@router.get("/sizes", responses={200: {"model": RunSizePage}})
def list_the_sizes(store: StoreDep, wanted: Annotated[SizeQuery, Query()]) -> Response:
    """List what the points of each run take, in bytes as they are stored, by id."""
    found = holdings(store, wanted.project, limit=wanted.limit + 1, after=wanted.cursor or "")
    items = [
        {"run": one.run_id, "project": one.project, "name": one.name, "state": one.state, "ended_at": one.ended_at,
         "bytes": one.bytes}
        for one in found[: wanted.limit]
    ]  # fmt: skip
    return page_of(items, found[wanted.limit - 1].run_id if len(found) > wanted.limit else None)


def _kept(keeping: Keeping) -> dict[str, float | None]:
    days = None if keeping.older_than is None else keeping.older_than / DAY_S
    return {"retention_days": days, "quota_bytes": keeping.quota}


def _sizes(store: Store, project: str | None) -> Counter[str]:
    sizes: Counter[str] = Counter()
    for one in holdings(store, project):
        sizes[one.project] += one.bytes or 0
    return sizes

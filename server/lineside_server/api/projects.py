"""Projects over HTTP: their names with counts of runs."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from lineside_server.api.answers import page_of
from lineside_server.api.deps import Paged, StoreDep
from lineside_server.api.schemas import ProjectPage
from lineside_server.errors import BadInput
from lineside_server.store.listing import list_projects

router = APIRouter(tags=["projects"])


@router.get("/projects", responses={200: {"model": ProjectPage}})
def list_the_projects(store: StoreDep, wanted: Annotated[Paged, Query()]) -> Response:
    """List projects by name; the cursor is the place to go on from."""
    if wanted.cursor is not None and not (wanted.cursor.isascii() and wanted.cursor.isdigit()):
        raise BadInput("This cursor was not given by this list.")
    start = int(wanted.cursor or 0)
    end = start + wanted.limit
    found = list_projects(store)
    items = [{"name": name, "runs": sum(states.values()), "states": states} for name, states in found[start:end]]
    return page_of(items, str(end) if end < len(found) else None)

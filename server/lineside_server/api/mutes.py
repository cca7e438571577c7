"""Mutes over HTTP: rules that are told to nobody in the runs of a project."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from lineside_server.api.answers import answer, page_of, sliced
from lineside_server.api.bodies import StrictRoute
from lineside_server.api.callers import within
from lineside_server.api.deps import ActsDep, GrantDep, Paged, ShelfDep, StoreDep, WatchDep
from lineside_server.api.rule_schemas import MuteView
from lineside_server.api.rule_views import mute_view, rule_view
from lineside_server.core.access import LOCAL
from lineside_server.core.notices import Mute
from lineside_server.errors import Unprocessable
from lineside_server.store.mutes import end_mute, list_mutes, put_mute

router = APIRouter(tags=["rules"], route_class=StrictRoute)
ProjectName = Annotated[str, Path(min_length=1, max_length=256)]


class MuteIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    until: Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)] | None = Field(
        None, description="When it ends by itself, in Unix seconds."
    )


class MutePage(BaseModel):
    items: list[MuteView]
    next: str | None


class MuteQuery(Paged):
    project: str | None = Field(None, description="Only what is muted for this project.")


@router.get("/mutes", responses={200: {"model": MutePage}})
def list_the_mutes(store: StoreDep, grant: GrantDep, wanted: Annotated[MuteQuery, Query()]) -> Response:
    """List the rules that are muted now, and for which project."""
    mutes: Sequence[Mute] = list_mutes(store, project=within(grant, wanted.project))
    items, following = sliced([mute_view(one) for one in mutes], wanted.limit, wanted.cursor)
    return page_of(list(items), following)


@router.put("/rules/{rule_id}/mutes/{project:path}", responses={200: {"model": MuteView}})
async def mute_a_rule(  # noqa: PLR0913, PLR0917 - what it depends on comes by name
    rule_id: str, project: ProjectName, told: MuteIn, shelf: ShelfDep, watch: WatchDep, acts: ActsDep, grant: GrantDep
) -> Response:
    """Tell nobody of a rule in the runs of a project; it judges them all the same."""
    within(grant, project)
    rule_view(shelf.book, rule_id)  # there must be such a rule
    now = watch.clock.now()
    if told.until is not None and told.until <= now:
        fault = "A mute ends later than now."
        raise Unprocessable(fault, [{"place": "body.until", "detail": fault}])
    by = None if grant == LOCAL else grant.name
    muting = acts("rule.mute", "rule", rule_id, project, until=told.until)
    mute = await asyncio.wrap_future(put_mute(muting, Mute(rule_id, project, by, now, told.until)))
    watch.desk.courier.ring()
    return answer(mute_view(mute))


@router.delete("/rules/{rule_id}/mutes/{project:path}", status_code=204, response_class=Response)
async def end_a_mute(rule_id: str, project: ProjectName, watch: WatchDep, acts: ActsDep, grant: GrantDep) -> Response:
    """Tell of a rule again in the runs of a project; what fires there and was told to nobody is decided anew."""
    within(grant, project)
    await asyncio.wrap_future(end_mute(acts("rule.unmute", "rule", rule_id, project), rule_id, project))
    watch.desk.courier.ring()
    return Response(status_code=204)

"""Events over HTTP: batches in, and the events that are no metrics out."""

import re
from functools import partial
from typing import Annotated, Literal

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from lineside_server.api.answers import answer, page_of
from lineside_server.api.bodies import limits_of, media_of
from lineside_server.api.deps import Paged, StoreDep
from lineside_server.api.schemas import EventPage, EventsAnswer, EventsIn, GaugesAnswer
from lineside_server.core.events import Batch
from lineside_server.ingest.accept import accept
from lineside_server.ingest.decode import Limits, decode
from lineside_server.live.views import event_view
from lineside_server.store.events import list_events
from lineside_server.store.gauges import read_gauges
from lineside_server.watch import Watch

router = APIRouter(tags=["events"])
PATH = re.compile(r"/runs/([^/]+)/events")
SMALL = 64 * 1024  # a body up to this is decoded on the loop: cheaper than the way to a thread and back
LINES = {"type": "string", "description": "One event a line; writer and seq are parameters of the query."}
# Told by hand, for `decode` reads all of it: what FastAPI need not look at costs no time of the hottest route.
TAKES = {
    "parameters": [
        {
            "name": "writer",
            "in": "query",
            "schema": {"type": "string"},
            "description": "Of ndjson: the client process.",
        },
        {"name": "seq", "in": "query", "schema": {"type": "integer"}, "description": "Of ndjson: the batch's number."},
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": f"#/components/schemas/{EventsIn.__name__}"}},
            "application/msgpack": {"schema": {"type": "string", "format": "binary"}},
            "application/x-ndjson": {"schema": LINES},
        },
    },
}


class EventQuery(Paged):
    type: list[str] = Field([], description="Only events of this type; may stand several times.")
    order: Literal["id", "-id"] = Field("id", description="-id: the newest first.")


@router.post("/runs/{run_id}/events", responses={200: {"model": EventsAnswer}}, openapi_extra=TAKES)
async def send_events(run_id: str, request: Request) -> Response:
    """Take a batch; the answer is sent only after the batch is durable, and the same batch again changes nothing."""
    return await take(run_id, request)


async def take(run_id: str, request: Request) -> Response:
    """Take a batch; what the route does, for whoever comes past it as well."""
    watch: Watch = request.app.state.watch
    body = await request.body()
    read = partial(_read, body, request, limits_of(request.app.state.settings), watch.clock.now())
    applied = await watch.receive(run_id, read() if len(body) <= SMALL else await to_thread.run_sync(read))
    return answer(
        {
            "accepted": applied.accepted,
            "duplicate": applied.duplicate,
            "rejected": applied.rejected,
            "commands": applied.commands,
            "watched": watch.hub.watches(run_id),
        }
    )


class GaugeQuery(BaseModel):
    points: int = Field(300, ge=1, le=10_000, description="The most buckets of a gauge.")
    start: float | None = Field(None, alias="from", description="Unix seconds, inclusive.", allow_inf_nan=False)
    end: float | None = Field(None, alias="to", description="Unix seconds, inclusive.", allow_inf_nan=False)


@router.get("/runs/{run_id}/gauges", responses={200: {"model": GaugesAnswer}})
def show_the_gauges(run_id: str, store: StoreDep, wanted: Annotated[GaugeQuery, Query()]) -> Response:
    """Show the gauges of the run's machine (`system` events) over wall time, thinned for charts."""
    gauges, first, last = read_gauges(store, run_id, wanted.points, wanted.start, wanted.end)
    told = {
        name: {"count": one.count, "ts": one.ts, "value": one.value, "min": one.min, "max": one.max}
        for name, one in gauges.items()
    }
    return answer({"run": run_id, "from": first, "to": last, "gauges": told})


@router.get("/runs/{run_id}/events", responses={200: {"model": EventPage}})
def list_the_events(run_id: str, store: StoreDep, wanted: Annotated[EventQuery, Query()]) -> Response:
    """List the events that are no metrics."""
    newest_first = wanted.order == "-id"
    events, following = list_events(
        store, run_id, tuple(wanted.type), limit=wanted.limit, cursor=wanted.cursor, newest_first=newest_first
    )
    return page_of([event_view(event) for event in events], following)


def _read(body: bytes, request: Request, limits: Limits, received_at: float) -> Batch:
    kind, encoding = media_of(request)
    return accept(decode(body, kind, encoding, limits, dict(request.query_params)), received_at)

"""Series over HTTP: thinned as JSON for charts, in full as a stream of another form."""

from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, Field

from lineside_server.api.answers import answer
from lineside_server.api.deps import StoreDep
from lineside_server.api.export import MEDIA, Format, export, form_of
from lineside_server.api.schemas import MetricsAnswer
from lineside_server.core.events import F64, I64
from lineside_server.core.intent import parse_intent
from lineside_server.core.roles import role_of
from lineside_server.core.schedules import declared_at
from lineside_server.core.series import SeriesPage, SeriesQuery
from lineside_server.errors import BadInput
from lineside_server.live.views import cursor_text, series_view
from lineside_server.store.engine import Store
from lineside_server.store.reads import read_series, stream_series
from lineside_server.store.runs import get_run

router = APIRouter(tags=["metrics"])
MOST_POINTS = 1_000_000
GREATEST_STEP = 2**63 - 1
UPDATE_KEYS = ("update", "train/update")
STREAM = {"schema": {"type": "string", "format": "binary"}}
FORMS: dict[int | str, dict[str, Any]] = {
    200: {"model": MetricsAnswer, "content": dict.fromkeys(MEDIA.values(), STREAM)}
}
Step = Annotated[int | None, Field(ge=0, le=GREATEST_STEP)]


class MetricsQuery(BaseModel):
    key: list[str] = Field([], description="A series to show; may stand several times. None: every series.")
    from_: Step = Field(None, alias="from", description="The first step.")
    to: Step = Field(None, description="The last step.")
    points: int = Field(1000, ge=1, le=MOST_POINTS, description="A series with more is thinned to at most so many.")
    x: Literal["step", "time"] = Field("step", description="Whether buckets are equal in steps or in time.")
    attempt: int | None = Field(
        None, ge=1, le=GREATEST_STEP, description="One attempt alone, with what is hidden of it."
    )
    declared: bool = Field(default=False, description="Add the declared curve of a series that has one.")
    format: Format | None = Field(None, description="Goes before the header Accept.")


@router.get("/runs/{run_id}/metrics", responses=FORMS)
def show_metrics(
    run_id: str,
    store: StoreDep,
    wanted: Annotated[MetricsQuery, Query()],
    accept: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response:
    """Show series thinned for a chart, or stream them in full as CSV, ndjson, Arrow or Parquet."""
    if wanted.from_ is not None and wanted.to is not None and wanted.from_ > wanted.to:
        raise BadInput("from is beyond to.")
    keys = tuple(dict.fromkeys(wanted.key)) or None
    form = form_of(wanted.format, accept)
    if form != "json":
        return _stream(store, run_id, keys, wanted, form)
    query = SeriesQuery(keys, wanted.from_, wanted.to, wanted.points, wanted.x, wanted.attempt)
    page = read_series(store, run_id, query)
    curves = _declared(store, page, wanted.attempt) if wanted.declared else {}
    series = {key: series_view(view, curves.get(key)) for key, view in page.series.items()}
    cursor = cursor_text(page.run, page.cursor)
    return answer({"run": run_id, "cursor": cursor, "series": series, "damaged": page.damaged})


def _stream(store: Store, run_id: str, keys: tuple[str, ...] | None, wanted: MetricsQuery, form: Format) -> Response:
    get_run(store, run_id)  # a stream begins too late to say that there is no such run
    span = {"from_step": wanted.from_, "to_step": wanted.to, "attempt": wanted.attempt}
    return export(stream_series(store, run_id, keys, **span), form, run_id)


def _declared(store: Store, page: SeriesPage, attempt: int | None) -> dict[str, F64]:
    """Return the declared learning rate at the steps shown of each series that is one."""
    intent = parse_intent(page.run.intent)
    rates = [key for key in page.series if role_of(key, intent) == "lr"]
    if not rates or intent.schedule is None:
        return {}
    logged = _logged_updates(store, page.run.id, attempt)
    curves = {key: declared_at(intent, page.series[key].step, logged) for key in rates}
    return {key: curve for key, curve in curves.items() if curve is not None}


def _logged_updates(store: Store, run_id: str, attempt: int | None) -> tuple[I64, F64] | None:
    found = read_series(store, run_id, SeriesQuery(UPDATE_KEYS, points=MOST_POINTS, attempt=attempt)).series
    view = next((found[key] for key in UPDATE_KEYS if key in found), None)
    return None if view is None else (view.step, np.asarray(view.value))

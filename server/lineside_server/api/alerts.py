"""What was found over HTTP: how each rule stands for a run, alerts, and what people do to them."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field

from lineside_server.api.alert_schemas import AckIn, AlertPage, AlertView, CheckPage, SilenceIn
from lineside_server.api.answers import answer, page_of
from lineside_server.api.bodies import StrictRoute
from lineside_server.api.deps import Paged, StoreDep, WatchDep
from lineside_server.live.views import alert_view, check_view
from lineside_server.store.alerts import AlertFilter, ack, get_alert, list_alerts, list_checks, silence
from lineside_server.store.engine import Store
from lineside_server.store.runs import get_run

router = APIRouter(tags=["alerts"], route_class=StrictRoute)
ONE_ALERT: dict[int | str, dict[str, Any]] = {200: {"model": AlertView}}
ALERTS: dict[int | str, dict[str, Any]] = {200: {"model": AlertPage}}


class AlertQuery(Paged):
    state: Literal["pending", "firing", "resolved"] | None = Field(
        None, description="What is pending is no alert yet: the checks tell of it."
    )
    roots: bool = Field(default=False, description="Incidents only: alerts that follow from no other.")
    rule: str | None = None


@router.get("/runs/{run_id}/checks", responses={200: {"model": CheckPage}})
def list_the_checks(run_id: str, watch: WatchDep) -> Response:
    """Tell how every rule stands for a run, and why."""
    checks, through = list_checks(watch.store, run_id)
    return answer(
        {
            "items": [check_view(check) for check in checks],
            "next": None,
            "through_step": through,
            "last_step": get_run(watch.store, run_id).last_step,
            "lag_s": None if watch.judge is None else watch.judge.lag_s,
        }
    )


@router.get("/runs/{run_id}/alerts", responses=ALERTS)
def list_the_alerts_of_a_run(run_id: str, store: StoreDep, wanted: Annotated[AlertQuery, Query()]) -> Response:
    """List what was found in a run, newest first."""
    get_run(store, run_id)
    return _page(store, wanted, run_id)


@router.get("/alerts", responses=ALERTS)
def list_the_alerts(store: StoreDep, wanted: Annotated[AlertQuery, Query()]) -> Response:
    """List the alerts of all runs, newest first."""
    return _page(store, wanted, None)


@router.get("/alerts/{alert_id}", responses=ONE_ALERT)
def show_an_alert(alert_id: str, store: StoreDep) -> Response:
    return answer(alert_view(get_alert(store, alert_id)))


@router.post("/alerts/{alert_id}/ack", responses=ONE_ALERT)
async def acknowledge_an_alert(alert_id: str, told: AckIn, store: StoreDep) -> Response:
    """Say that an alert has been seen."""
    return answer(alert_view(await asyncio.wrap_future(ack(store, alert_id, told.by, told.note))))


@router.post("/alerts/{alert_id}/silence", responses=ONE_ALERT)
async def silence_an_alert(alert_id: str, told: SilenceIn, store: StoreDep) -> Response:
    """Let an alert be silent for some seconds or steps; 0 ends that."""
    silenced = silence(store, alert_id, told.by, told.seconds, told.steps)
    return answer(alert_view(await asyncio.wrap_future(silenced)))


def _page(store: Store, wanted: AlertQuery, run_id: str | None) -> Response:
    if wanted.state == "pending":
        return page_of([], None)
    picked = AlertFilter(run_id, wanted.state, wanted.roots, wanted.rule, wanted.limit, wanted.cursor)
    alerts, following = list_alerts(store, picked)
    return page_of([alert_view(alert) for alert in alerts], following)

"""What was found over HTTP: how each rule stands for a run, alerts, and what people do to them."""

import asyncio
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import Field

from lineside_server.api.alert_schemas import AckIn, AlertPage, AlertView, CheckPage, Severity, SilenceIn
from lineside_server.api.answers import answer
from lineside_server.api.bodies import StrictRoute
from lineside_server.api.callers import within
from lineside_server.api.deps import ActsDep, GrantDep, Paged, StoreDep, WatchDep
from lineside_server.core.findings import Level
from lineside_server.live.views import alert_view, check_view
from lineside_server.store.alert_picks import AlertFilter, list_followers
from lineside_server.store.alerts import ack, get_alert, list_alerts, list_checks, silence, take_ack_back
from lineside_server.store.runs import get_run
from lineside_server.watch import Watch

router = APIRouter(tags=["alerts"], route_class=StrictRoute)
ONE_ALERT: dict[int | str, dict[str, Any]] = {200: {"model": AlertView}}
MOST_FOLLOWERS = 1000
ALERTS: dict[int | str, dict[str, Any]] = {200: {"model": AlertPage}}


class AlertQuery(Paged):
    state: Literal["pending", "firing", "resolved"] | None = Field(
        None, description="What is pending is no alert yet: the checks tell of it."
    )
    roots: bool = Field(default=False, description="Incidents only: alerts that follow from no other.")
    rule: str | None = None
    severity: list[Severity] = Field([], description="Its own, or with `roots` that of what follows; may be repeated.")
    acknowledged: bool | None = None
    around: bool = Field(
        default=False, description="Tell also the runs of these alerts (`runs`) and what follows from them (`follows`)."
    )


class InboxQuery(AlertQuery):
    project: str | None = None
    q: str | None = Field(None, max_length=1000, description="Words, each in a title, a rule, a subject or a run.")


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
def list_the_alerts_of_a_run(run_id: str, watch: WatchDep, wanted: Annotated[AlertQuery, Query()]) -> Response:
    """List what was found in a run, newest first."""
    get_run(watch.store, run_id)
    return _page(watch, wanted, run_id=run_id)


@router.get("/alerts", responses=ALERTS)
def list_the_alerts(watch: WatchDep, grant: GrantDep, wanted: Annotated[InboxQuery, Query()]) -> Response:
    """List the alerts of all runs, newest first."""
    return _page(watch, wanted, project=within(grant, wanted.project), q=wanted.q)


@router.get("/alerts/{alert_id}", responses=ONE_ALERT)
def show_an_alert(alert_id: str, store: StoreDep) -> Response:
    return answer(alert_view(get_alert(store, alert_id)))


@router.post("/alerts/{alert_id}/ack", responses=ONE_ALERT)
async def acknowledge_an_alert(alert_id: str, told: AckIn, acts: ActsDep) -> Response:
    """Say that an alert has been seen."""
    store = acts("alert.ack", "alert", alert_id, by=told.by, note=told.note)
    return answer(alert_view(await asyncio.wrap_future(ack(store, alert_id, told.by, told.note))))


@router.delete("/alerts/{alert_id}/ack", responses=ONE_ALERT)
async def take_an_acknowledgement_back(alert_id: str, acts: ActsDep) -> Response:
    """Take an acknowledgement back."""
    store = acts("alert.unack", "alert", alert_id)
    return answer(alert_view(await asyncio.wrap_future(take_ack_back(store, alert_id))))


@router.post("/alerts/{alert_id}/silence", responses=ONE_ALERT)
async def silence_an_alert(alert_id: str, told: SilenceIn, acts: ActsDep) -> Response:
    """Let an alert be silent for some seconds or steps; 0 ends that."""
    store = acts("alert.silence", "alert", alert_id, by=told.by, seconds=told.seconds, steps=told.steps)
    silenced = silence(store, alert_id, told.by, told.seconds, told.steps)
    return answer(alert_view(await asyncio.wrap_future(silenced)))


def _page(watch: Watch, wanted: AlertQuery, **named: Any) -> Response:
    told: dict[str, Any] = {"items": [], "next": None}
    if wanted.state != "pending":
        levels = tuple(Level[severity.upper()] for severity in wanted.severity)
        picks: dict[str, Any] = wanted.model_dump(include={"state", "roots", "rule", "limit", "cursor", "acknowledged"})
        alerts, following = list_alerts(watch.store, AlertFilter(levels=levels, **picks, **named))
        told = {"items": [alert_view(alert) for alert in alerts], "next": following}
        if wanted.around:
            items = watch.sights.items_of(sorted({alert.run_id for alert in alerts}))
            told["runs"] = {run_id: msgspec.Raw(item.encode()) for run_id, item in items.items()}
            told["follows"] = [alert_view(one) for one in list_followers(watch.store, alerts, MOST_FOLLOWERS)]
    return answer(told)

"""Webhooks over HTTP: where messages go, a trial of each, and how its messages fared."""

import asyncio
import base64
import secrets
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlsplit

from anyio import to_thread
from fastapi import APIRouter, Query, Response

from lineside_server.alerts.chat import fault_of
from lineside_server.alerts.payload import trial_body
from lineside_server.alerts.retries import ended
from lineside_server.alerts.telling import new_id
from lineside_server.api.answers import answer, page_of, sliced
from lineside_server.api.bodies import StrictRoute
from lineside_server.api.deps import Paged, SettingsDep, StoreDep, WatchDep
from lineside_server.api.webhook_schemas import (
    DeliveryPage,
    DeliveryQuery,
    DeliveryView,
    FiltersTold,
    QuietTold,
    WebhookChange,
    WebhookIn,
    WebhookPage,
    WebhookView,
)
from lineside_server.core.findings import Level
from lineside_server.core.notices import Channel, ChannelKind, Delivery, DeliveryState, Filters, Quiet
from lineside_server.errors import Unprocessable
from lineside_server.settings import Settings
from lineside_server.store.alerts import get_alert
from lineside_server.store.channels import add_channel, change_channel, delete_channel, get_channel, list_channels
from lineside_server.store.deliveries import (
    add_delivery,
    count_by_state,
    finish,
    list_deliveries,
    replay,
    told_of,
)

router = APIRouter(tags=["webhooks"], route_class=StrictRoute)
ONE: dict[int | str, dict[str, Any]] = {200: {"model": WebhookView}}
ONE_DELIVERY: dict[int | str, dict[str, Any]] = {200: {"model": DeliveryView}}
DELIVERIES: dict[int | str, dict[str, Any]] = {200: {"model": DeliveryPage}}
TRIAL_TOPIC = "trial"


@router.get("/webhooks", responses={200: {"model": WebhookPage}})
def list_the_webhooks(store: StoreDep, wanted: Annotated[Paged, Query()]) -> Response:
    """List where messages go, oldest first; addresses and secrets are not told."""
    counts = count_by_state(store)
    items, following = sliced([_view(one, counts) for one in list_channels(store)], wanted.limit, wanted.cursor)
    return page_of(list(items), following)


@router.post("/webhooks", responses={201: {"model": WebhookView}}, status_code=201)
async def add_a_webhook(told: WebhookIn, store: StoreDep, settings: SettingsDep) -> Response:
    """Add a webhook; its secret is told in this answer, and never again."""
    await to_thread.run_sync(_check_url, told.kind, told.url, settings)
    now = store.clock.now()
    channel = Channel(
        id=uuid.uuid4().hex,
        kind=told.kind,
        name=told.name or target_of(told.url),
        url=told.url,
        secrets=(told.secret or _new_secret(),) if told.kind == "standard" else (),
        filters=_filters(told.filters),
        quiet=_quiet(told.quiet),
        enabled=told.enabled,
        disabled_reason=None,
        created_at=now,
        updated_at=now,
    )
    await asyncio.wrap_future(add_channel(store, channel))
    return answer(_view(channel, {}, secret=next(iter(channel.secrets), None)), 201)


@router.get("/webhooks/{webhook_id}", responses=ONE)
def show_a_webhook(webhook_id: str, store: StoreDep) -> Response:
    return answer(_view(get_channel(store, webhook_id), count_by_state(store)))


@router.patch("/webhooks/{webhook_id}", responses=ONE)
async def change_a_webhook(webhook_id: str, told: WebhookChange, store: StoreDep, settings: SettingsDep) -> Response:
    """Change a webhook, switch it on or off, or give it a new secret."""
    channel = await to_thread.run_sync(get_channel, store, webhook_id)
    if told.url is not None:
        await to_thread.run_sync(_check_url, channel.kind, told.url, settings)
    fields = _changes(channel, told)
    channel = await asyncio.wrap_future(change_channel(store, webhook_id, **fields))
    counts = await to_thread.run_sync(count_by_state, store)
    return answer(_view(channel, counts, secret=channel.secrets[0] if told.rotate_secret else None))


@router.delete("/webhooks/{webhook_id}", status_code=204, response_class=Response)
async def delete_a_webhook(webhook_id: str, store: StoreDep) -> Response:
    """Take a webhook away, with the log of its messages."""
    await asyncio.wrap_future(delete_channel(store, webhook_id))
    return Response(status_code=204)


@router.post("/webhooks/{webhook_id}/test", responses=ONE_DELIVERY)
async def test_a_webhook(webhook_id: str, store: StoreDep, watch: WatchDep) -> Response:
    """Send a trial now, once, and tell how it fared."""
    channel = await to_thread.run_sync(get_channel, store, webhook_id)
    now = store.clock.now()
    trial = Delivery(
        id=new_id(), run_id="", channel_id=channel.id, topic=TRIAL_TOPIC, n=0, event="run.alert.firing",
        alert_id=None, due_at=now + 60.0, created_at=now, state="sending", attempts=1,
        body=trial_body(now, watch.desk.base_url),
    )  # fmt: skip
    await asyncio.wrap_future(add_delivery(store, trial))
    began = store.clock.monotonic()
    came = await watch.desk.bring(channel, trial, now)
    after = ended(trial, came, store.clock.now(), store.clock.monotonic() - began, 0.5)
    if after.state == "waiting":  # a trial is not tried again
        after = replace(after, state="dead", finished_at=store.clock.now())
    await asyncio.wrap_future(finish(store, after))
    return answer(_delivery_view(after))


@router.get("/webhooks/{webhook_id}/deliveries", responses=DELIVERIES)
def list_the_deliveries(webhook_id: str, store: StoreDep, wanted: Annotated[DeliveryQuery, Query()]) -> Response:
    """List the messages of a webhook, newest first; `state=dead` for those that were given up."""
    get_channel(store, webhook_id)
    found, following = list_deliveries(store, webhook_id, wanted.state, wanted.limit, wanted.cursor)
    return page_of([_delivery_view(one) for one in found], following)


@router.post("/deliveries/{delivery_id}/replay", responses=ONE_DELIVERY)
async def replay_a_delivery(delivery_id: str, store: StoreDep, watch: WatchDep) -> Response:
    """Send a message once more, by the same id."""
    again = await asyncio.wrap_future(replay(store, delivery_id, store.clock.now()))
    watch.desk.courier.ring()
    return answer(_delivery_view(again))


@router.get("/alerts/{alert_id}/deliveries", responses=DELIVERIES)
def list_who_was_told(alert_id: str, store: StoreDep) -> Response:
    """Tell who was told of an alert, and when; oldest first."""
    alert = get_alert(store, alert_id)
    return page_of([_delivery_view(one) for one in told_of(store, alert.run_id, alert.id)], None)


def _check_url(kind: ChannelKind, url: str, settings: Settings) -> None:
    if kind == "apprise":
        fault = fault_of(url, allow_private=settings.webhook_allow_private)
    else:
        fault = None if _is_web_address(url) else "A webhook goes to an address that begins with https:// or http://."
    if fault is not None:
        raise Unprocessable(fault, [{"place": "body.url", "detail": fault}])


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def target_of(url: str) -> str:
    """The scheme and host of an address: what may be shown of it. Apprise keeps secrets where a host stands."""
    scheme, _, rest = url.partition("://")
    if scheme not in ("http", "https"):
        return f"{scheme}://…"
    return f"{scheme}://{urlsplit(f'//{rest}').hostname}"


def _new_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"


def _filters(told: FiltersTold) -> Filters:
    return Filters(tuple(told.projects), tuple(told.rules), Level[told.severity.upper()], tuple(told.events))


def _quiet(told: QuietTold | None) -> Quiet | None:
    return None if told is None else Quiet(_minutes(told.start), _minutes(told.end), told.but_critical)


def _minutes(told: str) -> int:
    return int(told[:2]) * 60 + int(told[3:])


def _clock_time(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _changes(channel: Channel, told: WebhookChange) -> dict[str, Any]:
    given = told.model_fields_set
    fields: dict[str, Any] = {name: getattr(told, name) for name in ("name", "url", "enabled") if name in given}
    fields = {name: value for name, value in fields.items() if value is not None}
    if "filters" in given and told.filters is not None:
        fields["filters"] = _filters(told.filters)
    if "quiet" in given:
        fields["quiet"] = _quiet(told.quiet)
    if fields.get("enabled"):
        fields["disabled_reason"] = None
    if told.rotate_secret:
        if channel.kind != "standard":
            raise Unprocessable("Only a standard webhook has a secret.", [])
        fields["secrets"] = (_new_secret(), channel.secrets[0])
    return fields


def _view(
    channel: Channel, counts: Mapping[tuple[str, DeliveryState], int], secret: str | None = None
) -> dict[str, Any]:
    filters, quiet = channel.filters, channel.quiet
    standing = Counter({state: n for (channel_id, state), n in counts.items() if channel_id == channel.id})
    names = ("id", "kind", "name", "enabled", "disabled_reason", "created_at", "updated_at")
    return {name: getattr(channel, name) for name in names} | {
        "target": target_of(channel.url),
        "filters": {
            "projects": filters.projects,
            "rules": filters.rules,
            "severity": filters.severity.word,
            "events": filters.events,
        },
        "quiet": None
        if quiet is None
        else {"start": _clock_time(quiet.start), "end": _clock_time(quiet.end), "but_critical": quiet.but_critical},
        "deliveries": dict(standing),
        "secret": secret,
    }


def _delivery_view(delivery: Delivery) -> dict[str, Any]:
    names = ("id", "alert_id", "event", "state", "attempts", "created_at", "finished_at", "status", "error", "took_s")
    return {name: getattr(delivery, name) for name in names} | {
        "webhook": delivery.channel_id,
        "run_id": delivery.run_id or None,
        "due_at": delivery.due_at if delivery.state == "waiting" else None,
        "body": delivery.body,
    }

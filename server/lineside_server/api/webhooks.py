"""Webhooks over HTTP: where messages go, a trial of each, and how its messages fared."""

import asyncio
import uuid
from dataclasses import replace
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Response

from lineside_server.alerts.payload import trial_body
from lineside_server.alerts.retries import ended
from lineside_server.alerts.telling import new_id
from lineside_server.api.answers import answer, page_of, sliced
from lineside_server.api.bodies import StrictRoute
from lineside_server.api.deps import ActsDep, Paged, SettingsDep, StoreDep, WatchDep
from lineside_server.api.told_views import ToldOf
from lineside_server.api.webhook_schemas import (
    DeliveryPage,
    DeliveryQuery,
    DeliveryView,
    Replayed,
    ToldPage,
    WebhookChange,
    WebhookIn,
    WebhookPage,
    WebhookView,
)
from lineside_server.api.webhook_views import (
    NO_MESSAGES,
    changes_of,
    check_url,
    delivery_view,
    filters_of,
    new_secret,
    quiet_of,
    target_of,
    webhook_view,
)
from lineside_server.core.notices import Channel, Delivery
from lineside_server.store.alerts import get_alert
from lineside_server.store.channel_health import health_by_channel
from lineside_server.store.channels import add_channel, change_channel, delete_channel, get_channel, list_channels
from lineside_server.store.deliveries import (
    DeliveryFilter,
    add_delivery,
    finish,
    list_deliveries,
    replay,
    replay_dead,
    told_of,
)
from lineside_server.store.outbox import topic_of_alert

router = APIRouter(tags=["webhooks"], route_class=StrictRoute)
ONE: dict[int | str, dict[str, Any]] = {200: {"model": WebhookView}}
ONE_DELIVERY: dict[int | str, dict[str, Any]] = {200: {"model": DeliveryView}}
DELIVERIES: dict[int | str, dict[str, Any]] = {200: {"model": DeliveryPage}}
TRIAL_TOPIC = "trial"


@router.get("/webhooks", responses={200: {"model": WebhookPage}})
def list_the_webhooks(store: StoreDep, wanted: Annotated[Paged, Query()]) -> Response:
    """List where messages go, oldest first; addresses and secrets are not told."""
    channels, following = sliced(list_channels(store), wanted.limit, wanted.cursor)
    health = health_by_channel(store)
    return page_of([webhook_view(one, health.get(one.id, NO_MESSAGES)) for one in channels], following)


@router.post("/webhooks", responses={201: {"model": WebhookView}}, status_code=201)
async def add_a_webhook(told: WebhookIn, store: StoreDep, acts: ActsDep, settings: SettingsDep) -> Response:
    """Add a webhook; its secret is told in this answer, and never again."""
    await to_thread.run_sync(check_url, told.kind, told.url, settings)
    now = store.clock.now()
    channel = Channel(
        id=uuid.uuid4().hex,
        kind=told.kind,
        name=told.name or target_of(told.url),
        url=told.url,
        secrets=(told.secret or new_secret(),) if told.kind == "standard" else (),
        filters=filters_of(told.filters),
        quiet=quiet_of(told.quiet),
        enabled=told.enabled,
        disabled_reason=None,
        created_at=now,
        updated_at=now,
    )
    adding = acts("webhook.add", "webhook", channel.id, name=channel.name, of=channel.kind)
    await asyncio.wrap_future(add_channel(adding, channel))
    return answer(webhook_view(channel, secret=next(iter(channel.secrets), None)), 201)


@router.get("/webhooks/{webhook_id}", responses=ONE)
def show_a_webhook(webhook_id: str, store: StoreDep) -> Response:
    return answer(webhook_view(get_channel(store, webhook_id), health_by_channel(store).get(webhook_id, NO_MESSAGES)))


@router.patch("/webhooks/{webhook_id}", responses=ONE)
async def change_a_webhook(
    webhook_id: str, told: WebhookChange, store: StoreDep, acts: ActsDep, settings: SettingsDep
) -> Response:
    """Change a webhook, switch it on or off, or give it a new secret."""
    channel = await to_thread.run_sync(get_channel, store, webhook_id)
    if told.url is not None:
        await to_thread.run_sync(check_url, channel.kind, told.url, settings)
    fields = changes_of(channel, told)
    changing = acts("webhook.change", "webhook", webhook_id, name=channel.name, fields=sorted(told.model_fields_set))
    channel = await asyncio.wrap_future(change_channel(changing, webhook_id, **fields))
    health = (await to_thread.run_sync(health_by_channel, store)).get(webhook_id, NO_MESSAGES)
    return answer(webhook_view(channel, health, secret=channel.secrets[0] if told.rotate_secret else None))


@router.delete("/webhooks/{webhook_id}", status_code=204, response_class=Response)
async def delete_a_webhook(webhook_id: str, store: StoreDep, acts: ActsDep) -> Response:
    """Take a webhook away, with the log of its messages."""
    channel = await to_thread.run_sync(get_channel, store, webhook_id)
    deleting = acts("webhook.delete", "webhook", webhook_id, name=channel.name)
    await asyncio.wrap_future(delete_channel(deleting, webhook_id))
    return Response(status_code=204)


@router.post("/webhooks/{webhook_id}/test", responses=ONE_DELIVERY)
async def test_a_webhook(webhook_id: str, store: StoreDep, acts: ActsDep, watch: WatchDep) -> Response:
    """Send a trial now, once, and tell how it fared."""
    channel = await to_thread.run_sync(get_channel, store, webhook_id)
    now = store.clock.now()
    trial = Delivery(
        id=new_id(), run_id="", channel_id=channel.id, topic=TRIAL_TOPIC, n=0, event="run.alert.firing",
        alert_id=None, due_at=now + 60.0, created_at=now, state="sending", attempts=1,
        body=trial_body(now, watch.desk.base_url),
    )  # fmt: skip
    testing = acts("webhook.test", "webhook", webhook_id, name=channel.name)
    await asyncio.wrap_future(add_delivery(testing, trial))
    began = store.clock.monotonic()
    came = await watch.desk.bring(channel, trial, now)
    after = ended(trial, came, store.clock.now(), store.clock.monotonic() - began, 0.5)
    if after.state == "waiting":  # a trial is not tried again
        after = replace(after, state="dead", finished_at=store.clock.now())
    await asyncio.wrap_future(finish(store, after))
    return answer(delivery_view(after))


@router.get("/webhooks/{webhook_id}/deliveries", responses=DELIVERIES)
def list_the_deliveries(webhook_id: str, store: StoreDep, wanted: Annotated[DeliveryQuery, Query()]) -> Response:
    """List the messages of a webhook, newest first; `state=dead` for those that were given up."""
    get_channel(store, webhook_id)
    picked = DeliveryFilter(wanted.state, wanted.trials)
    found, following = list_deliveries(store, webhook_id, picked, wanted.limit, wanted.cursor)
    return page_of([delivery_view(one) for one in found], following)


@router.post("/webhooks/{webhook_id}/replay", responses={200: {"model": Replayed}})
async def replay_what_was_given_up(webhook_id: str, store: StoreDep, acts: ActsDep, watch: WatchDep) -> Response:
    """Send every message of a webhook that was given up once more, each by its own id; trials are left alone."""
    channel = await to_thread.run_sync(get_channel, store, webhook_id)
    replaying = acts("webhook.replay", "webhook", webhook_id, name=channel.name)
    replayed = await asyncio.wrap_future(replay_dead(replaying, webhook_id, store.clock.now()))
    watch.desk.courier.ring()
    return answer({"replayed": replayed})


@router.post("/deliveries/{delivery_id}/replay", responses=ONE_DELIVERY)
async def replay_a_delivery(delivery_id: str, store: StoreDep, acts: ActsDep, watch: WatchDep) -> Response:
    """Send a message once more, by the same id."""
    replaying = acts("delivery.replay", "delivery", delivery_id)
    again = await asyncio.wrap_future(replay(replaying, delivery_id, store.clock.now()))
    watch.desk.courier.ring()
    return answer(delivery_view(again))


@router.get("/alerts/{alert_id}/deliveries", responses={200: {"model": ToldPage}})
def list_who_was_told(alert_id: str, store: StoreDep, watch: WatchDep) -> Response:
    """Tell who was told of an alert, and when, oldest first; and who was not, and why."""
    alert, now = get_alert(store, alert_id), store.clock.now()
    channels = list_channels(store)
    told = told_of(store, alert.run_id, alert.id)
    topic, words = topic_of_alert(store, alert, now)
    return answer(ToldOf(topic, words, now, watch.desk.timing).view(channels, told))

"""Webhooks and deliveries as they are told, and as they are told to be."""

import base64
import secrets
from typing import Any
from urllib.parse import urlsplit

from lineside_server.alerts.chat import fault_of
from lineside_server.api.webhook_schemas import FiltersTold, QuietTold, WebhookChange
from lineside_server.core.findings import Level
from lineside_server.core.notices import Channel, ChannelHealth, ChannelKind, Delivery, Filters, Quiet
from lineside_server.errors import Unprocessable
from lineside_server.settings import Settings

NO_MESSAGES = ChannelHealth()


def check_url(kind: ChannelKind, url: str, settings: Settings) -> None:
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


def new_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"


def filters_of(told: FiltersTold) -> Filters:
    return Filters(tuple(told.projects), tuple(told.rules), Level[told.severity.upper()], tuple(told.events))


def quiet_of(told: QuietTold | None) -> Quiet | None:
    return None if told is None else Quiet(_minutes(told.start), _minutes(told.end), told.but_critical)


def _minutes(told: str) -> int:
    return int(told[:2]) * 60 + int(told[3:])


def _clock_time(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def changes_of(channel: Channel, told: WebhookChange) -> dict[str, Any]:
    given = told.model_fields_set
    fields: dict[str, Any] = {name: getattr(told, name) for name in ("name", "url", "enabled") if name in given}
    fields = {name: value for name, value in fields.items() if value is not None}
    if "filters" in given and told.filters is not None:
        fields["filters"] = filters_of(told.filters)
    if "quiet" in given:
        fields["quiet"] = quiet_of(told.quiet)
    if fields.get("enabled"):
        fields["disabled_reason"] = None
    if told.rotate_secret:
        if channel.kind != "standard":
            raise Unprocessable("Only a standard webhook has a secret.", [])
        fields["secrets"] = (new_secret(), channel.secrets[0])
    return fields


def webhook_view(channel: Channel, health: ChannelHealth = NO_MESSAGES, secret: str | None = None) -> dict[str, Any]:
    filters, quiet = channel.filters, channel.quiet
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
        "deliveries": health.counts,
        "health": {name: getattr(health, name) for name in ("delivered_at", "failing_since", "error", "dead_letters")},
        "secret": secret,
    }


def delivery_view(delivery: Delivery) -> dict[str, Any]:
    names = ("id", "alert_id", "event", "state", "attempts", "created_at", "finished_at", "status", "error", "took_s")
    return {name: getattr(delivery, name) for name in names} | {
        "webhook": delivery.channel_id,
        "run_id": delivery.run_id or None,
        "due_at": delivery.due_at if delivery.state == "waiting" else None,
        "body": delivery.body,
    }

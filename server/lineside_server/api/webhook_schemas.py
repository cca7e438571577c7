"""The shapes of webhooks and deliveries; an address that holds a secret is taken, and never given back."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from lineside_server.api.alert_schemas import Severity
from lineside_server.core.notices import ChannelKind, DeliveryState, EventType

HOUR = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{32,128}={0,2}")
Name = Annotated[str, Field(min_length=1, max_length=256)]
Url = Annotated[str, Field(min_length=4, max_length=4096)]
Names = Annotated[list[Name], Field(max_length=100)]


class FiltersTold(BaseModel):
    """Which messages; an empty list asks for all of a kind."""

    model_config = ConfigDict(extra="forbid")

    projects: Names = []
    rules: Names = []
    severity: Severity = Field("warning", description="The least; info leaves only where this is info.")
    events: Annotated[list[EventType], Field(max_length=3)] = []


class QuietTold(BaseModel):
    """Hours (UTC) in which nothing is sent; one that ends before it starts goes over midnight."""

    model_config = ConfigDict(extra="forbid")

    start: Annotated[str, Field(pattern=HOUR)]
    end: Annotated[str, Field(pattern=HOUR)]
    but_critical: bool = Field(True, description="Critical messages are sent all the same.")


class WebhookIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: ChannelKind = "standard"
    name: Name | None = None
    url: Url
    secret: str | None = Field(None, description="Of a standard webhook: whsec_ and base64; made where none is told.")
    filters: FiltersTold = FiltersTold()
    quiet: QuietTold | None = None
    enabled: bool = True

    @field_validator("secret")
    @classmethod
    def _is_secret(cls, secret: str | None) -> str | None:
        if secret is not None and not SECRET.fullmatch(secret):
            raise ValueError("a secret is whsec_ followed by 24 to 96 bytes in base64")
        return secret


class WebhookChange(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    url: Url | None = None
    filters: FiltersTold | None = None
    quiet: QuietTold | None = None
    enabled: bool | None = None
    rotate_secret: bool = Field(
        False, description="Make a new secret, told once in the answer; the one before signs too until the next."
    )


class WebhookHealth(BaseModel):
    """How its messages fare, as far back as the log of them goes."""

    delivered_at: float | None = Field(description="When a message last arrived.")
    failing_since: float | None = Field(description="The first that failed since one arrived; null where none has.")
    error: str | None = Field(description="Of the newest that failed since one arrived.")
    dead_letters: int = Field(description="Messages of runs that were given up; a trial that failed is none.")


class WebhookView(BaseModel):
    id: str
    kind: ChannelKind
    name: str
    target: str = Field(description="The scheme and host of its address; the rest may be a secret.")
    filters: FiltersTold
    quiet: QuietTold | None
    enabled: bool
    disabled_reason: str | None
    created_at: float
    updated_at: float
    deliveries: dict[DeliveryState, int] = Field(description="How many of its messages stand how.")
    health: WebhookHealth
    secret: str | None = Field(None, description="Only in the answer that made it.")


class WebhookPage(BaseModel):
    items: list[WebhookView]
    next: str | None


class DeliveryView(BaseModel):
    id: str
    webhook: str
    run_id: str | None
    alert_id: str | None
    event: EventType
    state: DeliveryState
    attempts: int
    due_at: float | None = Field(description="Of one that waits: when it is sent.")
    created_at: float
    finished_at: float | None
    status: int | None = Field(description="Of the last answer.")
    error: str | None
    took_s: float | None
    body: dict[str, Any]


class DeliveryPage(BaseModel):
    items: list[DeliveryView]
    next: str | None


class ToldView(DeliveryView):
    name: str = Field(description="Of the webhook.")
    kind: ChannelKind


class UntoldView(BaseModel):
    webhook: str
    name: str
    kind: ChannelKind
    why: str = Field(description="Goes on from its name: `is switched off`.")
    at: float | None = Field(description="When it is decided again, where something is left open.")


class ToldPage(BaseModel):
    items: list[ToldView]
    next: str | None
    nobody: str | None = Field(description="Why nobody is told, whatever the webhooks ask for; null where they are.")
    untold: list[UntoldView] = Field(description="The webhooks for this project that were told nothing of it, and why.")


class Replayed(BaseModel):
    replayed: int


class DeliveryQuery(BaseModel):
    state: DeliveryState | None = None
    trials: bool = Field(True, description="Whether those of the test button are listed too.")
    limit: int = Field(50, ge=1, le=1000)
    cursor: str | None = None

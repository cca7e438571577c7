"""What was done to the service by whom, as it is kept for whoever asks later."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from lineside_server.core.access import Grant

ACTIONS: Final = (
    "run.delete", "run.purge", "run.restore", "run.stop", "run.change",
    "alert.ack", "alert.unack", "alert.silence",
    "rule.put", "rule.delete", "rule.mute", "rule.unmute",
    "webhook.add", "webhook.change", "webhook.delete", "webhook.test", "webhook.replay",
    "delivery.replay",
    "token.create", "token.revoke",
    "session.begin", "session.end", "session.refuse",
)  # fmt: skip
Kind = Literal["run", "alert", "rule", "webhook", "delivery", "token", "session"]
LONGEST: Final = 300  # characters of a text among the details: a record, not an archive


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, by the token that came with the request and the address that it came from: no word of their own."""

    grant: Grant
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """What is about to be done; `details` hold no secret, and no address that may hold one."""

    actor: Actor
    action: str
    kind: Kind
    subject: str | None
    details: Mapping[str, Any] = field(default_factory=dict)
    project: str | None = None  # where what comes of it does not tell

    def __post_init__(self) -> None:
        assert self.action in ACTIONS, self.action


@dataclass(frozen=True, slots=True)
class Record:
    """A deed as it was done."""

    id: int
    at: float
    actor: str
    token_id: str | None
    scope: str
    address: str | None
    action: str
    kind: str
    subject: str | None
    project: str | None
    details: Mapping[str, Any]


def shortened(value: Any) -> Any:
    """Return a value as the details keep it."""
    match value:
        case str():
            return value if len(value) <= LONGEST else f"{value[:LONGEST]}…"
        case Mapping():
            return {shortened(key): shortened(each) for key, each in value.items()}
        case list() | tuple():
            return [shortened(each) for each in value]
    return value

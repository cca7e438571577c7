"""What leaves the service: where to, what about, and how each message fared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from lineside_server.core.findings import Alert, Level
from lineside_server.core.runs import Run, RunState

ChannelKind = Literal["standard", "alertmanager", "apprise"]
EventType = Literal["run.alert.firing", "run.alert.resolved", "run.state"]
DeliveryState = Literal["waiting", "sending", "delivered", "dead"]
STATE_TOPIC: Final = "state"  # of a run's messages about itself; those about an alert have its rule and subject
WORTH_TELLING: Final[frozenset[RunState]] = frozenset({"finished", "failed", "stalled", "lost", "stopped"})


@dataclass(frozen=True, slots=True)
class Filters:
    """What a channel is sent; an empty tuple asks for all of a kind. Info leaves only where `severity` is info."""

    projects: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    severity: Level = Level.WARNING
    events: tuple[EventType, ...] = ()


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which nothing is sent, as minutes of a UTC day; one that ends before it starts goes over midnight.

    `but_critical`: critical messages are sent all the same.
    """

    start: int
    end: int
    but_critical: bool = True


@dataclass(frozen=True, slots=True)
class Channel:
    """Where messages go. `url` and `secrets` are written, never read back over REST; the first secret signs newest."""

    id: str
    kind: ChannelKind
    name: str
    url: str
    secrets: tuple[str, ...]
    filters: Filters
    quiet: Quiet | None
    enabled: bool
    disabled_reason: str | None
    created_at: float
    updated_at: float


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """How the messages of a channel fare, as far back as its log goes.

    `failing_since`: the first that failed since one arrived, `error` the newest of those; None where none has failed.
    `dead_letters` are messages of runs that were given up: a trial that failed is none.
    """

    counts: Mapping[DeliveryState, int] = field(default_factory=dict)
    delivered_at: float | None = None
    failing_since: float | None = None
    error: str | None = None
    dead_letters: int = 0


@dataclass(frozen=True, slots=True)
class Mute:
    """A rule that is told to nobody in the runs of a project; without `until` for as long as nobody ends it."""

    rule: str
    project: str
    by: str | None
    at: float
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something of a run changed and may be worth a message; written in the transaction of the change itself."""

    run_id: str
    topic: str
    n: int
    event: EventType
    alert_id: str | None
    level: Level
    state: RunState | None
    at: float  # the server's clock


@dataclass(frozen=True, slots=True)
class Word:
    """What a channel was last told of a topic; `state` for those of a run itself."""

    event: EventType
    level: Level
    at: float
    n: int
    state: RunState | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """All that is known of one topic of a run as a decision on it is made."""

    run: Run
    name: str
    notices: tuple[Notice, ...]  # undecided ones, oldest first
    alert: Alert | None = None  # the newest of the topic
    follows: tuple[Alert, ...] = ()  # what fires because of it, but for what is muted
    mute: Mute | None = None  # that holds for its rule now
    root_muted: bool = False  # all that it follows from is muted: no other message tells of it


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one channel; `n` orders those of a topic. `status`, `error` and `took_s` are of the last attempt.

    `due_at`: of one that is being sent, when it is taken for lost.
    """

    id: str
    run_id: str  # empty: a trial
    channel_id: str
    topic: str
    n: int
    event: EventType
    alert_id: str | None
    due_at: float
    created_at: float
    body: Mapping[str, Any]
    state: DeliveryState = "waiting"
    attempts: int = 0
    finished_at: float | None = None
    status: int | None = None
    error: str | None = None
    took_s: float | None = None

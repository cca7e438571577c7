"""A run as it stands, and the attempts it is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from lineside_server.core.findings import Health

RunState = Literal["running", "finished", "failed", "stalled", "lost", "stopped"]
RUN_STATES: tuple[RunState, ...] = get_args(RunState)
ENDED: frozenset[RunState] = frozenset({"finished", "failed", "stopped"})


@dataclass(frozen=True, slots=True)
class Attempt:
    """One course of the run; it hides what earlier attempts logged from its first step on."""

    attempt: int
    first_step: int | None
    started_at: float


@dataclass(frozen=True, slots=True)
class Run:
    """A run as of `cursor`; times are Unix seconds of the server, `last_event_at` and `*_ts` of the trainer."""

    id: str
    project: str
    name: str
    state: RunState
    state_reason: str | None
    created_at: float
    started_at: float
    ended_at: float | None
    last_event_at: float | None
    heard_at: float
    config: Mapping[str, Any]
    intent: Mapping[str, Any]
    tags: tuple[str, ...]
    notes: str
    group: str | None
    host: Any
    attempts: tuple[Attempt, ...]
    last_step: int | None
    last_step_ts: float | None
    pace: tuple[tuple[int, float], ...]  # recent (step, ts) anchors, oldest first
    spark: tuple[float | None, ...]  # the run's main loss, thinned; None where it was not finite
    cursor: int
    deleted_at: float | None
    stop_requested: bool
    health: Health = field(default_factory=Health)  # as last judged

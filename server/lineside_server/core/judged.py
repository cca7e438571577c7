"""What judging a stretch of a run brings, as the store keeps it and gives it back after a restart."""

from dataclasses import dataclass
from typing import Literal

from lineside_server.core.findings import Alert, Check, Health, Level

TellKind = Literal["fired", "raised", "refreshed", "resolved"]


@dataclass(frozen=True, slots=True)
class Told:
    """One turn in the life of an alert, at a step and a time of the data."""

    alert_id: str
    kind: TellKind
    step: int
    at: float
    level: Level


@dataclass(frozen=True, slots=True)
class Judged:
    """`alerts` are those that are new or changed; `state` is what a restart goes on from, of rules of one `version`."""

    alerts: tuple[Alert, ...]
    transitions: tuple[Told, ...]
    health: Health
    checks: tuple[Check, ...]
    state: bytes
    version: str
    ended: bool = False  # whether the run was judged to its end


@dataclass(frozen=True, slots=True)
class Saved:
    """A run's judgement as it was last saved, with the alerts that are firing, oldest first."""

    state: bytes
    version: str
    alerts: tuple[Alert, ...]
    through_step: int | None

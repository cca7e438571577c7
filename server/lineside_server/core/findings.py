"""What judgement says: findings of rules, causes, alerts, and how each rule stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Literal

AlertState = Literal["firing", "resolved"]
Verdict = Literal["passing", "pending", "firing", "not_checked"]
VERDICTS: tuple[Verdict, ...] = ("passing", "pending", "firing", "not_checked")


class Level(IntEnum):
    """How bad: NONE is no breach; INFO never leaves the service by itself."""

    NONE = 0
    INFO = 1
    WARNING = 2
    CRITICAL = 3

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Cause:
    """Why; `fit` in 0..1 says how well the cause, taken as true, predicts what was observed."""

    id: str
    fit: float
    explanation: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says of a subject as of one step.

    `observed` and `expected` hold named figures, `formula` how they came about, `window` the first and last step that
    was looked at, `keys` the series. `clues` are figures for the diagnosis alone.
    """

    title: str
    observed: Mapping[str, Any]
    expected: Mapping[str, Any]
    window: tuple[int, int]
    keys: tuple[str, ...]
    formula: str = ""
    clues: Mapping[str, Any] = field(default_factory=dict)
    causes: tuple[Cause, ...] = ()
    actions: tuple[str, ...] = ()
    cannot_tell: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """A finding that was confirmed, with its life so far; times are the trainer's."""

    id: str
    run_id: str
    rule: str
    subject: str
    parent: str | None
    level: Level
    state: AlertState
    opened_step: int
    opened_at: float
    last_step: int
    resolved_step: int | None
    resolved_at: float | None
    reason: str | None  # why it is resolved, where it did not simply stop
    finding: Finding
    acknowledged: Mapping[str, Any] | None = None
    silenced_until: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """How a rule stands for a run, and why, in words; `broken` is the error of a rule that failed."""

    rule: str
    verdict: Verdict
    reason: str
    broken: str | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """A run at a glance."""

    verdict: Literal["healthy", "warning", "critical", "unknown"] = "unknown"
    firing: Mapping[str, int] = field(default_factory=lambda: {"critical": 0, "warning": 0, "info": 0})
    checks: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(VERDICTS, 0))
    through_step: int | None = None

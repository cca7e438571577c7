"""What is known of a run beside its points: what was declared, what can be inferred, and what each series is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lineside_server.core.declared import Declared
from lineside_server.core.intent import Intent, Schedule


@dataclass(frozen=True, slots=True)
class Inferred:
    """What the series themselves show; never the ground of a critical alert by itself. `why` says from what."""

    schedule: Schedule | None = None
    why: str = ""
    rates: int = 0  # how many learning rates there were when the schedule was last looked for


@dataclass(frozen=True, slots=True)
class Facts:
    """`intent` is what was declared outright, completed by what the config declares; `told` and `config` as sent.

    `declared` is what the config says of the course of training, also where the intent says otherwise.
    """

    intent: Intent = field(default_factory=Intent)
    told: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    declared: Declared = field(default_factory=Declared)
    roles: Mapping[str, str] = field(default_factory=dict)
    inferred: Inferred = field(default_factory=Inferred)
    series: int = 0  # how many there are
    attempt: int = 1
    attempt_step: int = 0  # the first step of this attempt

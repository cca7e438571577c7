"""What a diagnosis adds to a finding."""

from collections.abc import Callable
from dataclasses import dataclass

from lineside_server.core.facts import Facts
from lineside_server.core.findings import Cause, Finding, Level


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`causes` in any order, refuted ones too; `actions` are concrete for this run; `cannot_tell` may be empty.

    `at_most` lowers the level where what was found is explained well enough not to be as bad as it looks.
    """

    causes: tuple[Cause, ...] = ()
    actions: tuple[str, ...] = ()
    cannot_tell: str = ""
    at_most: Level | None = None


Doctor = Callable[[Finding, Facts], Diagnosis]

"""What people say of rules: which are on, where, with which parameters, and rules of their own."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

EntryKind = Literal["built-in", "own"]
Source = Literal["file", "service"]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which runs are meant: those to which all that is named applies."""

    project: str | None = None
    tag: str | None = None
    run: str | None = None

    def covers(self, project: str, tags: Collection[str], run_id: str) -> bool:
        return self.project in (None, project) and (self.tag is None or self.tag in tags) and self.run in (None, run_id)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the rule book.

    `definition` holds `params` and `severity` of a built-in rule, or all of a rule of the user's own. Where the scope
    of a built-in rule's entry does not cover a run, the rule stands there as it comes.
    """

    id: str
    kind: EntryKind
    definition: Mapping[str, Any] = field(default_factory=dict)
    enabled: bool = True
    scope: Scope = field(default_factory=Scope)
    source: Source = "service"
    updated_at: float | None = None

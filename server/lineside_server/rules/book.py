"""The rule book: the catalogue as it comes, what was changed of it, and the rules of the user's own."""

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from importlib.metadata import version
from typing import Any, cast

import msgspec
import numpy as np
from pydantic import ValidationError

from lineside_server.core.findings import Level
from lineside_server.core.rulebook import Entry
from lineside_server.rules.catalogue import CATALOGUE
from lineside_server.rules.definition import RuleFaultError, RuleTold, entry_of, faults_of, own_params, params_of
from lineside_server.rules.model import Reading, Rule, Scene, Silence
from lineside_server.rules.own import own_rule


@dataclass(frozen=True)
class Book:
    """At most one entry an id; `catalogue` are the built-in rules."""

    entries: tuple[Entry, ...] = ()
    catalogue: tuple[type[Rule], ...] = CATALOGUE

    @cached_property
    def version(self) -> str:
        """A short hash that changes when any rule does."""
        built_in = [(rule.id, dataclasses.asdict(rule.Params())) for rule in self.catalogue]
        told = [(one.id, one.kind, one.enabled, one.scope, one.definition) for one in self._sorted]
        said = msgspec.json.encode((version("lineside"), built_in, told))
        return blake2b(said, digest_size=6).hexdigest()

    def rules_for(self, project: str, tags: Collection[str], run_id: str) -> list[Rule]:
        """Return fresh rules for one run, in the order of the book; an entry that says the same gives equal ones."""
        meant = {entry.id: entry for entry in self.entries if entry.scope.covers(project, tags, run_id)}
        built_in = [_built_in(rule, meant.get(rule.id)) for rule in self.catalogue]
        own = [_own(entry) for entry in self._sorted if entry.kind == "own" and entry.enabled and entry.id in meant]
        return [rule for rule in built_in if rule is not None] + own

    def within(self, project: str | None) -> "Book":
        """Return the book as it is for one project: what is said of another one is left out."""
        if project is None:
            return self
        entries = tuple(entry for entry in self.entries if entry.scope.project in (None, project))
        return Book(entries, self.catalogue)

    def entry(self, rule_id: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.id == rule_id), None)

    def built_in(self, rule_id: str) -> type[Rule] | None:
        return next((rule for rule in self.catalogue if rule.id == rule_id), None)

    @property
    def _sorted(self) -> list[Entry]:
        return sorted(self.entries, key=lambda entry: entry.id)


def rule_of(told: Mapping[str, Any], catalogue: tuple[type[Rule], ...] = CATALOGUE) -> Rule:
    """Return the rule that a definition with its `id` makes, wherever its scope. RuleFaultError says what is wrong."""
    rest = {name: value for name, value in told.items() if name != "id"}
    try:
        entry = entry_of(str(told.get("id", "own")), RuleTold.model_validate(rest), catalogue)
    except ValidationError as failure:
        raise RuleFaultError(faults_of(failure)) from failure
    on = dataclasses.replace(entry, enabled=True)
    made = next((_built_in(rule, on) for rule in catalogue if rule.id == entry.id), None)
    return _own(on) if made is None else made


def params_for(rule: type[Rule], entry: Entry | None) -> Any:
    """The parameters of a built-in rule where its entry holds."""
    return params_of(rule, {} if entry is None else entry.definition.get("params", {}))


def _built_in(rule: type[Rule], entry: Entry | None) -> Rule | None:
    if entry is None:
        return rule()
    if not entry.enabled:
        return None
    severity = entry.definition.get("severity")
    graded = rule if severity is None else _graded(rule, Level[severity.upper()])
    return graded(params_for(rule, entry))


def _own(entry: Entry) -> Rule:
    params = own_params(entry.definition)
    return own_rule(entry.id, params.title or f"Your own rule on {params.metric}")(params)


@lru_cache(maxsize=1024)
def _graded(rule: type[Rule], level: Level) -> type[Rule]:
    """Return a rule, the same one each time, of which every breach counts as one level."""

    def regraded(reading: Reading) -> Reading:
        return dataclasses.replace(reading, levels=np.where(reading.levels > 0, int(level), 0).astype(np.int8))

    def observe(self: Rule, scene: Scene) -> Iterator[Reading]:
        return map(regraded, rule.observe(self, scene))

    def overdue(self: Rule, silence: Silence) -> Reading | None:
        reading = rule.overdue(self, silence)
        return None if reading is None else regraded(reading)

    name = f"{rule.__qualname__} as {level.word}"  # a part of the rule's mark
    return cast("type[Rule]", type(name, (rule,), {"observe": observe, "overdue": overdue}))

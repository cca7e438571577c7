"""Rules as they are told over HTTP, with what the documentation and the live runs say of them."""

import dataclasses
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from lineside_server.core.findings import VERDICTS
from lineside_server.core.notices import Mute
from lineside_server.core.rulebook import Entry
from lineside_server.errors import NotFound
from lineside_server.live.views import alert_view
from lineside_server.resources import rules_page
from lineside_server.rules.about import About, read_about
from lineside_server.rules.book import Book, params_for
from lineside_server.rules.model import Rule
from lineside_server.store.standings import RunStanding, Standings


@cache
def documentation() -> Mapping[str, About]:
    """Return what is written of each built-in rule; it does not change while the service runs."""
    return read_about(rules_page())


def book_views(book: Book) -> list[dict[str, Any]]:
    """Return the whole book: the built-in rules, then the user's own by their ids."""
    own = sorted((entry for entry in book.entries if entry.kind == "own"), key=lambda entry: entry.id)
    return [*(built_in_view(rule, book.entry(rule.id)) for rule in book.catalogue), *map(own_view, own)]


def with_standing(view: Mapping[str, Any], standings: Standings) -> dict[str, Any]:
    return {**view, "standing": standings.counts.get(view["id"], dict.fromkeys(VERDICTS, 0))}


def standing_view(standing: RunStanding) -> dict[str, Any]:
    said = {field.name: getattr(standing, field.name) for field in dataclasses.fields(standing)}
    run, name, project = said.pop("run_id"), said.pop("name"), said.pop("project")
    alerts = [alert_view(alert) for alert in said.pop("alerts")]
    return {"run": run, "name": name, "project": project, **said, "alerts": alerts}


def mute_view(mute: Mute) -> dict[str, Any]:
    return dataclasses.asdict(mute)


def rule_view(book: Book, rule_id: str) -> dict[str, Any]:
    rule, entry = book.built_in(rule_id), book.entry(rule_id)
    if rule is not None:
        return built_in_view(rule, entry)
    if entry is None:  # taken away in this moment
        raise NotFound(f"There is no rule {rule_id}.")
    return own_view(entry)


def built_in_view(rule: type[Rule], entry: Entry | None) -> dict[str, Any]:
    told = entry or Entry(rule.id, "built-in")
    return {
        "id": rule.id,
        "kind": "built-in",
        "family": rule.family,
        "title": rule.title,
        "source": "catalogue" if entry is None else entry.source,
        "enabled": told.enabled,
        "severity": told.definition.get("severity"),
        "scope": told.scope,
        "params": msgspec.to_builtins(dataclasses.asdict(params_for(rule, entry))),
        "defaults": msgspec.to_builtins(dataclasses.asdict(rule.Params())),
        "definition": None,
        "updated_at": told.updated_at,
    }


def own_view(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "kind": "own",
        "family": "user",
        "title": entry.definition.get("title") or f"Your own rule on {entry.definition['metric']}",
        "source": entry.source,
        "enabled": entry.enabled,
        "severity": entry.definition.get("severity", "warning"),
        "scope": entry.scope,
        "params": {},
        "defaults": {},
        "definition": entry.definition,
        "updated_at": entry.updated_at,
    }

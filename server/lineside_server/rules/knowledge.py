"""Bringing what is known of a run up to date with each stretch of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lineside_server.core.declared import completed, declared_in
from lineside_server.core.facts import Facts
from lineside_server.core.roles import roles_of
from lineside_server.rules.inference import infer_schedule
from lineside_server.rules.intake import Mark
from lineside_server.rules.tape import Tape


def facts_of(config: Mapping[str, Any], intent: Mapping[str, Any]) -> Facts:
    """Return what is known before the first point."""
    return _declaring(Facts(), intent, config)


def refine(facts: Facts, tape: Tape, marks: Sequence[Mark]) -> Facts:
    """Take in later declarations, and give new series their roles."""
    for mark in marks:
        facts = _declared(facts, mark)
    if facts.series != len(tape.tracks) or marks:
        facts = replace(facts, roles=roles_of(tape.tracks, facts.intent), series=len(tape.tracks))
    return infer_schedule(facts, tape)


def _declared(facts: Facts, mark: Mark) -> Facts:
    kind, body = mark.event.type, mark.event.body
    if kind == "intent":
        return _declaring(facts, {**facts.told, **(body.get("intent") or {})}, facts.config)
    if kind == "config":
        return _declaring(facts, facts.told, {**facts.config, **(body.get("config") or {})})
    return facts


def _declaring(facts: Facts, told: Mapping[str, Any], config: Mapping[str, Any]) -> Facts:
    """Return the facts under a declaration: the intent's own words first, then the config's."""
    declared = declared_in(config)
    return replace(facts, intent=completed(told, declared), told=told, config=config, declared=declared)

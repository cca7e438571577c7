"""Runs, series and events as viewers get them: the JSON of the answers and of the frames alike."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import msgspec
import numpy as np

from lineside_server.core.events import F64, I64, StoredEvent
from lineside_server.core.findings import Alert, Check
from lineside_server.core.intent import Intent, parse_intent
from lineside_server.core.progress import progress_of, updates_done
from lineside_server.core.roles import roles_of
from lineside_server.core.runs import ENDED, Run
from lineside_server.core.series import NonfiniteRun, SeriesView, Summary

LONGEST_NUMBER = 19
HEADLINES = frozenset({"train.loss", "eval.loss", "lr", "throughput", "perplexity", "accuracy", "update"})
MOST_HEADLINES = 24
KINDS = ("nan", "inf", "-inf")


def encode(value: object) -> str:
    """Return strict JSON; a number that is not finite becomes null."""
    return msgspec.json.encode(value).decode()


def cursor_text(run: Run, cursor: int | None = None, keys: frozenset[str] | None = None) -> str:
    """Return a cursor that means nothing for another run, a later one of the same id, or a viewer of other keys."""
    place = f"{run.cursor if cursor is None else cursor}.{int(run.created_at * 1_000_000):x}"
    return place if keys is None else f"{place}.{_mark_of(keys)}"


def cursor_number(text: str | None, run: Run, keys: frozenset[str]) -> int | None:
    """Return the number in a cursor that holds for this run and these keys, or None."""
    number, _, rest = (text or "").partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < LONGEST_NUMBER):
        return None
    known = (cursor_text(run, int(number)), cursor_text(run, int(number), keys))
    return int(number) if f"{int(number)}.{rest}" in known else None


@lru_cache(maxsize=64)
def _mark_of(keys: frozenset[str]) -> str:
    return blake2b("\0".join(sorted(keys)).encode(), digest_size=6).hexdigest()


def run_view(run: Run, summary: Mapping[str, Summary]) -> dict[str, Any]:
    """Return a run as `GET /runs/{id}` gives it; `summary` holds the series that are to be told of."""
    intent = parse_intent(run.intent)
    return {
        "id": run.id,
        "project": run.project,
        "name": run.name,
        "state": run.state,
        "state_reason": run.state_reason,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "last_event_at": run.last_event_at,
        "config": run.config,
        "intent": run.intent,
        "tags": run.tags,
        "notes": run.notes,
        "group": run.group,
        "host": run.host,
        "progress": progress_of(intent, run.last_step, run.pace, live=run.state not in ENDED),
        "update": _updates(run, intent, summary),
        "health": run.health,
        "attempts": run.attempts,
        "spark": run.spark,
        "last_step": run.last_step,
        "stop_requested": run.stop_requested,
        "roles": roles_of(summary, intent),
        "summary": summary,
        "cursor": cursor_text(run),
        "deleted": run.deleted_at is not None,
        "deleted_at": run.deleted_at,
    }


def line_view(run: Run, summary: Mapping[str, Summary]) -> dict[str, Any]:
    """Return what one line of a list needs of a run: a part of `run_view`, its figures short."""
    intent = parse_intent(run.intent)
    return {
        "id": run.id,
        "project": run.project,
        "name": run.name,
        "state": run.state,
        "state_reason": run.state_reason,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "last_event_at": run.last_event_at,
        "intent": {} if intent.step_unit is None else {"step_unit": intent.step_unit},
        "tags": run.tags,
        "group": run.group,
        "progress": progress_of(intent, run.last_step, run.pace, live=run.state not in ENDED),
        "health": run.health,
        "spark": [None if value is None else float(f"{value:.4g}") for value in run.spark],
        "last_step": run.last_step,
        "stop_requested": run.stop_requested,
        "roles": roles_of(summary, intent),
        "summary": {key: {"last": told.last, "last_step": told.last_step} for key, told in summary.items()},
        "cursor": cursor_text(run),
        "deleted": run.deleted_at is not None,
        "deleted_at": run.deleted_at,
    }


def losses(run: Run, keys: Iterable[str]) -> tuple[str, ...]:
    """Return the keys of the total losses: what `line_view` tells of."""
    return headlines(run, keys, frozenset({"train.loss", "eval.loss"}))


def headlines(run: Run, keys: Iterable[str], roles: AbstractSet[str] = HEADLINES) -> tuple[str, ...]:
    """Return the keys whose figures stand in a list of runs, some of each role however many one has."""
    by_role: dict[str, list[str]] = defaultdict(list)
    for key, role in roles_of(keys, parse_intent(run.intent)).items():
        if role in roles:
            by_role[role].append(key)
    ranked = ((place, key) for found in by_role.values() for place, key in enumerate(sorted(found, key=_plainest)))
    return tuple(key for _, key in sorted(ranked)[:MOST_HEADLINES])


def _plainest(key: str) -> tuple[int, str]:
    return len(key), key


def _updates(run: Run, intent: Intent, summary: Mapping[str, Summary]) -> object:
    logged = summary.get("update") or summary.get("train/update")
    return updates_done(intent, run.last_step, logged.last if logged else None)


def event_view(event: StoredEvent) -> dict[str, Any]:
    """Return an event with its fields as they were sent; nothing of its body can pass for its id or its type."""
    return {**event.body, "id": str(event.id), "type": event.type, "step": event.step, "ts": event.ts}


def alert_view(alert: Alert) -> dict[str, Any]:
    """Return an alert as REST and frames give it."""
    finding = alert.finding
    return {
        "id": alert.id,
        "run_id": alert.run_id,
        "rule": alert.rule,
        "subject": alert.subject,
        "parent": alert.parent,
        "severity": alert.level.word,
        "state": alert.state,
        "acknowledged": alert.acknowledged,
        "silenced_until": alert.silenced_until,
        "opened_step": alert.opened_step,
        "opened_at": alert.opened_at,
        "last_step": alert.last_step,
        "resolved_step": alert.resolved_step,
        "resolved_at": alert.resolved_at,
        "reason": alert.reason,
        "title": finding.title,
        "evidence": {
            "observed": finding.observed,
            "expected": finding.expected,
            "window": {"from_step": finding.window[0], "to_step": finding.window[1]},
            "keys": finding.keys,
            "formula": finding.formula,
        },
        "causes": finding.causes,
        "actions": finding.actions,
        "cannot_tell": finding.cannot_tell,
    }


def check_view(check: Check) -> dict[str, Any]:
    """Return how a rule stands; `broken` is there for one that failed."""
    told: dict[str, Any] = {"rule": check.rule, "verdict": check.verdict, "reason": check.reason}
    return told if check.broken is None else told | {"broken": check.broken}


def series_view(view: SeriesView, declared: F64 | None = None) -> dict[str, Any]:
    """Return a series as `GET /runs/{id}/metrics` gives it."""
    last = None
    if view.last is not None:
        step, ts, value = view.last
        last = {"step": step, "ts": ts, "value": value}
    told: dict[str, Any] = {
        "count": view.count,
        "thinned": view.thinned,
        "step": view.step.tolist(),
        "ts": view.ts.tolist(),
        "value": view.value.tolist(),
        "min": view.min.tolist(),
        "max": view.max.tolist(),
        "nonfinite": view.nonfinite,
        "last": last,
        "corrected": view.corrected,
        "damaged": view.damaged,
    }
    if declared is not None:
        told["declared"] = declared.tolist()
    return told


def points_view(steps: I64, times: F64, values: F64) -> dict[str, Any]:
    """Return points as logged, (n,) each, for a frame; a viewer puts them in by step, the latest wins."""
    return {
        "step": steps.tolist(),
        "ts": times.tolist(),
        "value": values.tolist(),
        "nonfinite": list(nonfinite_runs(steps, values)),
    }


def nonfinite_runs(steps: I64, values: F64) -> Iterable[NonfiniteRun]:
    """Find the points that are not finite, neighbours of one kind merged."""
    at = np.flatnonzero(~np.isfinite(values))
    if at.size == 0:
        return
    kinds = np.where(np.isnan(values[at]), 0, np.where(values[at] > 0, 1, 2))
    ends = np.flatnonzero((np.diff(at) != 1) | (np.diff(kinds) != 0)) + 1
    for group in np.split(np.arange(at.size), ends):
        first, last = at[group[0]], at[group[-1]]
        kind = KINDS[int(kinds[group[0]])]
        yield NonfiniteRun(int(steps[first]), int(steps[last]), kind, group.size)  # type: ignore[arg-type]  # of KINDS

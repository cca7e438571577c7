"""Runs beside each other over HTTP: declarations first, then what was found, then figures."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Annotated, Any, Final

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Query, Response

from lineside_server.api.answers import answer
from lineside_server.api.callers import mind_runs
from lineside_server.api.compare_schemas import Comparison
from lineside_server.api.deps import GrantDep, OwnersDep, StoreDep
from lineside_server.core.credit import caveats, reading
from lineside_server.core.differences import Differences, differences
from lineside_server.core.findings import Alert, Check
from lineside_server.core.intent import parse_intent
from lineside_server.core.pairing import Pair, lone, pairs
from lineside_server.core.roles import roles_of
from lineside_server.core.runs import Run
from lineside_server.core.series import SeriesQuery, SeriesView, Summary
from lineside_server.errors import Unprocessable
from lineside_server.store.alerts import list_checks, recent_alerts
from lineside_server.store.engine import Store
from lineside_server.store.reads import list_keys, read_series, summaries
from lineside_server.store.runs import get_run

router = APIRouter(tags=["compare"])
MOST_RUNS: Final = 20
MOST_ROWS: Final = 1000
MOST_SERIES: Final = 200
MOST_ALERTS: Final = 100
MOST_OF_RULE: Final = 5
LONGEST: Final = 500  # characters of a value as JSON
AT_EQUAL_STEP: Final = frozenset({"train.loss", "eval.loss"})
Equal = Annotated[bool, Query(description="Tell also what every run has in common.")]
Ids = Annotated[list[str], Query(description=f"2 to {MOST_RUNS} runs: `run=a&run=b`.")]


@router.get("/compare", responses={200: {"model": Comparison}})
async def compare_runs(
    store: StoreDep,
    grant: GrantDep,
    owners: OwnersDep,
    run: Ids = [],  # noqa: B006 - FastAPI copies it
    equal: Equal = False,
) -> Response:
    """Tell what two or more runs differ in: declarations, series, findings, health and environment."""
    if not 2 <= len(run) <= MOST_RUNS:
        raise Unprocessable(f"A comparison is of 2 to {MOST_RUNS} runs, named as run=a&run=b; {len(run)} were named.")
    await mind_runs(grant, run, owners)
    return await to_thread.run_sync(_compared, store, run, equal)


def _compared(store: Store, run: list[str], equal: bool) -> Response:
    runs = [get_run(store, run_id) for run_id in dict.fromkeys(run)]
    config = differences({one.id: one.config for one in runs})
    intent = differences({one.id: one.intent for one in runs})
    told = {
        "runs": [_run(one) for one in runs],
        "reading": reading(config, intent),
        "caveats": caveats(config, intent),
        "config": _differences(config, equal),
        "intent": _differences(intent, equal),
        "environment": _differences(differences({one.id: _environment(one) for one in runs}), equal),
        "metrics": _metrics(store, runs),
        "findings": _findings(store, runs),
    }
    return answer(told)


def _run(run: Run) -> dict[str, Any]:
    names = (
        "id", "project", "name", "state", "state_reason", "created_at", "started_at", "ended_at", "last_event_at",
        "last_step", "tags", "health",
    )  # fmt: skip
    return {name: getattr(run, name) for name in names} | {"step_unit": parse_intent(run.intent).step_unit}


def _environment(run: Run) -> dict[str, Any]:
    told = {"project": run.project, "group": run.group, "tags": run.tags, "host": run.host}
    return {name: value for name, value in told.items() if value is not None}


def _differences(found: Differences, equal: bool) -> dict[str, Any]:
    rows = [
        {"path": row.path, "values": {run: _short(value) for run, value in row.values.items()}}
        for row in found.rows[:MOST_ROWS]
    ]
    told = {"differing": len(found.rows), "equal": found.equal, "rows": rows}
    same = [{"path": path, "value": _short(value)} for path, value in list(found.same.items())[:MOST_ROWS]]
    return told | {"same": same} if equal else told


def _short(value: object) -> object:
    """Return the value, or the beginning of a long one with a mark that tells it from others that begin so."""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    if len(text) <= LONGEST:
        return value
    mark = blake2b(text.encode(), digest_size=4).hexdigest()
    return f"{text[:LONGEST]}… ({len(text):,} characters, {mark})"


def _metrics(store: Store, runs: Sequence[Run]) -> dict[str, Any]:
    keys = {run.id: list_keys(store, run.id) for run in runs}
    roles = {run.id: roles_of(keys[run.id], parse_intent(run.intent)) for run in runs}
    found = pairs(roles, keys)
    shown = found[:MOST_SERIES]
    figures = {run.id: summaries(store, run.id, _keys_of(shown, run.id)) for run in runs}
    return {
        "shared": len(found),
        "rows": [row for pair in shown if (row := _metric(store, pair, figures)) is not None],
        "alone": lone(keys),
    }


def _keys_of(shown: Iterable[Pair], run_id: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(pair.keys[run_id] for pair in shown if run_id in pair.keys))


def _metric(store: Store, pair: Pair, figures: Mapping[str, Mapping[str, Summary]]) -> dict[str, Any] | None:
    values = {run: figures[run][key] for run, key in pair.keys.items() if key in figures[run]}
    if not values:
        return None
    keys = {run: pair.keys[run] for run in values}
    row = {"name": pair.name, "role": pair.role, "keys": keys, "values": values, "equal": None}
    if pair.role in AT_EQUAL_STEP and len(values) > 1:
        row["equal"] = _at_equal_step(store, keys, min(one.last_step for one in values.values()))
    return row


def _at_equal_step(store: Store, keys: Mapping[str, str], step: int) -> dict[str, Any]:
    """Return where each run stood at a step: its last point up to there, and the least before."""
    values = {}
    for run, key in keys.items():
        view = read_series(store, run, SeriesQuery((key,), to_step=step, points=1)).series.get(key)
        if view is not None and view.last is not None:
            values[run] = _point(view, view.last)
    return {"step": step, "values": values}


def _point(view: SeriesView, last: tuple[int, float, float]) -> dict[str, Any]:
    least = view.min[0] if view.min.size else None
    return {"last": last[2], "last_step": last[0], "min": least if least is None else float(least)}


def _findings(store: Store, runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Return the rules that found something in any run, those first that found it in the fewest."""
    alerts = {run.id: recent_alerts(store, run.id, MOST_ALERTS) for run in runs}
    checks = {run.id: {check.rule: check for check in list_checks(store, run.id)[0]} for run in runs}
    rules = sorted({alert.rule for found in alerts.values() for alert in found})
    rows = [
        {"rule": rule, "runs": {run.id: _side(rule, alerts[run.id], checks[run.id]) for run in runs}} for rule in rules
    ]
    return sorted(rows, key=lambda row: sum(1 for side in row["runs"].values() if side["alerts"]))


def _side(rule: str, alerts: Sequence[Alert], checks: Mapping[str, Check]) -> dict[str, Any]:
    check = checks.get(rule)
    found = [_alert(alert) for alert in alerts if alert.rule == rule][:MOST_OF_RULE]
    return {"verdict": check and check.verdict, "reason": check.reason if check else "", "alerts": found}


def _alert(alert: Alert) -> dict[str, Any]:
    names = ("id", "subject", "state", "opened_step", "resolved_step", "parent")
    told = {name: getattr(alert, name) for name in names}
    return told | {"severity": alert.level.word, "title": alert.finding.title}

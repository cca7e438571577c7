"""How rules stand over all live runs: counted in one reading, and told of one rule run by run."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import Row, Select, Text, cast, select

from lineside_server.core.findings import VERDICTS, Alert, Verdict
from lineside_server.core.runs import RunState
from lineside_server.store import tables
from lineside_server.store.alert_rows import alert_of
from lineside_server.store.engine import Store

LIVE: Final[tuple[RunState, ...]] = ("running", "stalled")
_run, _judgement, _alert = tables.run.c, tables.judgement.c, tables.alert.c
_alive: Final = (_run.state.in_(LIVE), _run.deleted_at.is_(None))


class _Brief(msgspec.Struct):
    """Of a stored check what a count needs: decoding no more than that is what makes it cheap."""

    rule: str
    verdict: Verdict


class _Told(_Brief):
    reason: str
    broken: str | None = None


_briefs: Final = msgspec.json.Decoder(list[_Brief])
_checks: Final = msgspec.json.Decoder(list[_Told])


@dataclass(frozen=True, slots=True)
class Standings:
    """`counts` names each rule that any live run has a check of; `runs` is how many are live, judged or not."""

    runs: int
    counts: dict[str, dict[Verdict, int]]


@dataclass(frozen=True, slots=True)
class RunStanding:
    """How one rule stands for one run, with its alerts that are firing; no verdict where it is not judged by it."""

    run_id: str
    name: str
    project: str
    through_step: int | None
    verdict: Verdict | None
    reason: str | None
    broken: str | None
    alerts: tuple[Alert, ...]


def count_standings(store: Store, project: str | None = None) -> Standings:
    with store.reader() as connection:
        rows = connection.execute(_live(project, cast(_judgement.checks, Text))).scalars().all()
    counts: dict[str, dict[Verdict, int]] = {}
    for checks in filter(None, rows):
        for check in _briefs.decode(checks):
            counts.setdefault(check.rule, dict.fromkeys(VERDICTS, 0))[check.verdict] += 1
    return Standings(len(rows), counts)


def list_standings(store: Store, rule_id: str, project: str | None = None) -> list[RunStanding]:
    """Every live run, of one project if it is named, the newest first."""
    columns = (_run.run_id, _run.name, _run.project, _judgement.through_step)
    found = _live(project, *columns, cast(_judgement.checks, Text).label("checks"))
    found = found.order_by(_run.created_at.desc(), _run.run_id)
    with store.reader() as connection:
        rows = connection.execute(found).all()
        alerts = _firing(connection.execute(_alerts_of(rule_id)).mappings())
    return [_standing(rule_id, row, alerts.get(row.run_id, ())) for row in rows]


def _live(project: str | None, *columns: Any) -> Select[Any]:
    judged = tables.run.outerjoin(tables.judgement, _judgement.run_id == _run.run_id)
    found = select(*columns).select_from(judged).where(*_alive)
    return found if project is None else found.where(_run.project == project)


def _alerts_of(rule_id: str) -> Select[Any]:
    found = select(tables.alert).join(tables.run, _run.run_id == _alert.run_id)
    return found.where(*_alive, _alert.state == "firing", _alert.rule == rule_id).order_by(_alert.opened_step)


def _firing(rows: Any) -> dict[str, tuple[Alert, ...]]:
    found: dict[str, tuple[Alert, ...]] = {}
    for row in rows:
        found[row["run_id"]] = (*found.get(row["run_id"], ()), alert_of(row))
    return found


def _standing(rule_id: str, row: Row[Any], alerts: tuple[Alert, ...]) -> RunStanding:
    ours = next((check for check in _checks.decode(row.checks or "[]") if check.rule == rule_id), None)
    return RunStanding(
        run_id=row.run_id,
        name=row.name,
        project=row.project,
        through_step=row.through_step,
        verdict=None if ours is None else ours.verdict,
        reason=None if ours is None else ours.reason,
        broken=None if ours is None else ours.broken,
        alerts=alerts,
    )

"""Judgement in the tables: saving what was found, reading it back, and what people do to alerts."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, Final

import msgspec
import zstandard
from sqlalchemy import RowMapping, bindparam, delete, func, insert, select, update

from lineside_server.core.findings import Alert, Check, Health, Level
from lineside_server.core.judged import Judged, Saved, Told
from lineside_server.core.runs import Run
from lineside_server.errors import NotFound, Unprocessable
from lineside_server.store import cursors, tables
from lineside_server.store.alert_picks import NEWEST, SHOWN, AlertFilter, picked
from lineside_server.store.alert_rows import PEOPLES, alert_of, checks_of, moment, plain, row_of
from lineside_server.store.engine import Store
from lineside_server.store.heads import Head
from lineside_server.store.notes import note_alerts
from lineside_server.store.rows import require_run
from lineside_server.store.work import Work

DROPPED: Final = "The run is judged anew."
_alert, _judgement, _transition = tables.alert.c, tables.judgement.c, tables.transition.c
_JUDGED: Final = [column.name for column in tables.alert.c if column.name not in ("run_id", "alert_id", *PEOPLES)]
_update_alert = (
    update(tables.alert)
    .where(_alert.run_id == bindparam("b_run_id"), _alert.alert_id == bindparam("b_alert_id"))
    .values({name: bindparam(f"b_{name}") for name in _JUDGED})
)
_update_judgement = (
    update(tables.judgement)
    .where(_judgement.run_id == bindparam("b_run_id"))
    .values({column.name: bindparam(f"b_{column.name}") for column in tables.judgement.c if column.name != "run_id"})
)


def save_judgement(store: Store, run_id: str, judged: Judged) -> Future[Run]:
    """Resolves once it is durable, all of it or nothing. NotFound: no such run, or a deleted one."""
    return store.write(lambda work: _save(work, work.head(run_id), judged))


def load_judgement(store: Store, run_id: str) -> Saved | None:
    with store.reader() as connection:
        row = connection.execute(select(tables.judgement).where(_judgement.run_id == run_id)).mappings().first()
        if row is None:
            return None
        firing = select(tables.alert).where(_alert.run_id == run_id, _alert.state == "firing")
        alerts = connection.execute(firing.order_by(_alert.opened_step, _alert.alert_id)).mappings().all()
    state = zstandard.decompress(row["state"])
    return Saved(state, row["rules_version"], tuple(map(alert_of, alerts)), row["through_step"])


def drop_judgement(store: Store, run_id: str) -> Future[Run]:
    """Forgets what was found, so that the run can be judged from its beginning."""
    return store.write(lambda work: _drop(work, work.head(run_id)))


def list_alerts(store: Store, wanted: AlertFilter) -> tuple[list[Alert], str | None]:
    """A page, newest first, and the cursor of the next. NotFound: no such run; BadInput: a cursor not given by this."""
    found = picked(wanted)
    if wanted.cursor is not None:
        at, alert_id = cursors.unpack(wanted.cursor, tuple[float, str])
        older = (_alert.opened_at < at) | ((_alert.opened_at == at) & (_alert.alert_id < alert_id))
        found = found.where(older)
    with store.reader() as connection:
        if wanted.run_id is not None:
            require_run(connection, wanted.run_id)
        rows = connection.execute(found.order_by(*NEWEST).limit(wanted.limit + 1)).mappings().all()
    alerts = [alert_of(row) for row in rows[: wanted.limit]]
    last = alerts[-1] if len(rows) > wanted.limit else None
    return alerts, None if last is None else cursors.pack(last.opened_at, last.id)


def recent_alerts(store: Store, run_id: str, most: int) -> list[Alert]:
    """The firing alerts of a run, and then the newest of those that are resolved."""
    found = SHOWN.where(_alert.run_id == run_id).order_by((_alert.state == "firing").desc(), *NEWEST).limit(most)
    with store.reader() as connection:
        return [alert_of(row) for row in connection.execute(found).mappings()]


def get_alert(store: Store, alert_id: str) -> Alert:
    """NotFound for an alert of a hidden run too."""
    with store.reader() as connection:
        row = connection.execute(SHOWN.where(_alert.alert_id == alert_id)).mappings().first()
    if row is None:
        raise _unknown(alert_id)
    return alert_of(row)


def list_transitions(store: Store, run_id: str) -> list[Told]:
    """What became of a run's alerts, each in the order in which it was told."""
    columns = (_transition.alert_id, _transition.kind, _transition.step, _transition.at, _transition.level)
    found = select(*columns).where(_transition.run_id == run_id).order_by(_transition.alert_id, _transition.n)
    with store.reader() as connection:
        rows = connection.execute(found).all()
    return [Told(row.alert_id, row.kind, row.step, row.at, Level(row.level)) for row in rows]


def list_checks(store: Store, run_id: str) -> tuple[list[Check], int | None]:
    """How each rule stands, and the step through which that is known; nothing before the run was judged."""
    found = select(_judgement.checks, _judgement.through_step).where(_judgement.run_id == run_id)
    with store.reader() as connection:
        require_run(connection, run_id)
        row = connection.execute(found).first()
    return ([], None) if row is None else (checks_of(row.checks), row.through_step)


def ack(store: Store, alert_id: str, by: str | None = None, note: str | None = None) -> Future[Alert]:
    return store.write(lambda work: _set(work, alert_id, acknowledged={"by": by, "note": note, "at": work.clock.now()}))


def take_ack_back(store: Store, alert_id: str) -> Future[Alert]:
    return store.write(lambda work: _set(work, alert_id, acknowledged=None))


def silence(
    store: Store, alert_id: str, by: str | None = None, seconds: float | None = None, steps: int | None = None
) -> Future[Alert]:
    """Until both the seconds have passed and the run has gone so many steps; 0 alone ends a silence.

    Unprocessable: neither is given.
    """
    if seconds is None and steps is None:
        raise Unprocessable("A silence lasts some seconds or some steps: say which.")
    return store.write(lambda work: _silence(work, alert_id, by, seconds or 0.0, steps or 0))


def _save(work: Work, head: Head, judged: Judged) -> Run:
    alerts = _put_alerts(work, head.run.id, judged.alerts)
    _put_transitions(work, head.run.id, judged.transitions)
    note_alerts(work.connection, alerts, judged.transitions, work.clock.now())
    fields = {
        "through_step": judged.health.through_step,
        "ended": judged.ended,
        "health": plain(judged.health),
        "checks": plain(judged.checks),
        "rules_version": judged.version,
        "state": zstandard.compress(judged.state),
        "saved_at": work.clock.now(),
    }
    bound = {f"b_{name}": value for name, value in fields.items()} | {"b_run_id": head.run.id}
    if work.connection.execute(_update_judgement, bound).rowcount == 0:
        work.connection.execute(insert(tables.judgement), fields | {"run_id": head.run.id})
    return _tell(work, head, alerts, health=msgspec.convert(fields["health"], Health))


def _put_alerts(work: Work, run_id: str, alerts: Sequence[Alert]) -> tuple[Alert, ...]:
    """The alerts as stored: with what people set."""
    if not alerts:
        return ()
    ours = (_alert.run_id == run_id, _alert.alert_id.in_([alert.id for alert in alerts]))
    peoples = select(_alert.alert_id, *(_alert[name] for name in PEOPLES)).where(*ours)
    known: dict[str, dict[str, Any]] = {
        alert_id: dict(zip(PEOPLES, rest, strict=True)) for alert_id, *rest in work.connection.execute(peoples)
    }
    nothing = dict.fromkeys(PEOPLES)
    rows = [row_of(alert) | known.get(alert.id, nothing) for alert in alerts]
    new = [row for row in rows if row["alert_id"] not in known]
    changed = [row for row in rows if row["alert_id"] in known]
    if new:
        work.connection.execute(insert(tables.alert), new)
    if changed:
        names = ("run_id", "alert_id", *_JUDGED)
        work.connection.execute(_update_alert, [{f"b_{name}": row[name] for name in names} for row in changed])
    return tuple(map(alert_of, rows))


def _put_transitions(work: Work, run_id: str, told: Sequence[Told]) -> None:
    if not told:
        return
    ours = (_transition.run_id == run_id, _transition.alert_id.in_({one.alert_id for one in told}))
    counted = select(_transition.alert_id, func.max(_transition.n)).where(*ours).group_by(_transition.alert_id)
    newest = {alert_id: int(n) for alert_id, n in work.connection.execute(counted)}
    rows = []
    for one in told:
        n = newest[one.alert_id] = newest.get(one.alert_id, 0) + 1
        place = {"run_id": run_id, "alert_id": one.alert_id, "n": n, "kind": one.kind}
        rows.append(place | {"step": one.step, "at": moment(one.at), "level": int(one.level)})
    work.connection.execute(insert(tables.transition), rows)


def _drop(work: Work, head: Head) -> Run:
    """Tells viewers that what fires is over; of what fires again they learn as of anything new."""
    firing = select(tables.alert).where(_alert.run_id == head.run.id, _alert.state == "firing")
    gone = [alert_of(row) for row in work.connection.execute(firing).mappings()]
    for table in (tables.alert, tables.transition, tables.judgement):
        work.connection.execute(delete(table).where(table.c.run_id == head.run.id))
    return _tell(work, head, tuple(replace(one, state="resolved", reason=DROPPED) for one in gone), health=Health())


def _set(work: Work, alert_id: str, **fields: Any) -> Alert:
    row = _found(work, alert_id)
    head = work.head(row["run_id"])
    ours = (_alert.run_id == row["run_id"], _alert.alert_id == alert_id)
    stored = {name: plain(value) for name, value in fields.items()}
    work.connection.execute(update(tables.alert).where(*ours).values(stored))
    alert = replace(alert_of(row), **stored)
    _tell(work, head, (alert,))
    return alert


def _silence(work: Work, alert_id: str, by: str | None, seconds: float, steps: int) -> Alert:
    if not seconds and not steps:
        return _set(work, alert_id, silenced_until=None)
    run = work.head(_found(work, alert_id)["run_id"]).run
    at = work.clock.now() + seconds if seconds else None
    step = (run.last_step or 0) + steps if steps else None
    return _set(work, alert_id, silenced_until={"at": at, "step": step, "by": by})


def _found(work: Work, alert_id: str) -> RowMapping:
    row = work.connection.execute(select(tables.alert).where(_alert.alert_id == alert_id)).mappings().first()
    if row is None:
        raise _unknown(alert_id)
    return row


def _tell(work: Work, head: Head, alerts: tuple[Alert, ...], **fields: Any) -> Run:
    head.change(**fields)
    head.bump()
    head.save_hot(work.connection)
    work.tell("judged", head, alerts=alerts)
    return head.run


def _unknown(alert_id: str) -> NotFound:
    return NotFound(f"There is no alert {alert_id}.")

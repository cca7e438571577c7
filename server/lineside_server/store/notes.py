"""What changed and may be worth a message, noted in the transaction of the change itself."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select

from lineside_server.core.findings import Alert
from lineside_server.core.judged import Told
from lineside_server.core.notices import STATE_TOPIC
from lineside_server.core.runs import RunState
from lineside_server.store import delivery_tables
from lineside_server.store.alert_rows import text

_outbox = delivery_tables.outbox.c
_EVENTS: Final = {"fired": "run.alert.firing", "raised": "run.alert.firing", "resolved": "run.alert.resolved"}


def topic_of(rule: str, subject: str) -> str:
    return text(f"{rule}\t{subject}")


def note_alerts(connection: Connection, alerts: Iterable[Alert], told: Iterable[Told], now: float) -> None:
    """Note the turns of alerts that may be worth a message."""
    by_id = {alert.id: alert for alert in alerts}
    rows: list[dict[str, Any]] = []
    for one in told:
        alert, event = by_id.get(one.alert_id), _EVENTS.get(one.kind)
        if alert is None or event is None:
            continue
        place = {"run_id": alert.run_id, "topic": topic_of(alert.rule, alert.subject), "alert_id": alert.id}
        rows.append(place | {"event": event, "level": int(one.level), "state": None})
    _put(connection, rows, now)


def note_again(connection: Connection, alerts: Iterable[Alert], now: float) -> None:
    """Note that alerts fire, though nothing of them has changed; who was told of one is not told again."""
    by_run: dict[str, list[dict[str, Any]]] = {}
    for one in alerts:
        place = {"run_id": one.run_id, "topic": topic_of(one.rule, one.subject), "alert_id": one.id, "state": None}
        by_run.setdefault(one.run_id, []).append(place | {"event": "run.alert.firing", "level": int(one.level)})
    for rows in by_run.values():
        _put(connection, rows, now)


def note_state(connection: Connection, run_id: str, state: RunState, now: float) -> None:
    """Note that a run's state has changed."""
    row = {"run_id": run_id, "topic": STATE_TOPIC, "alert_id": None, "event": "run.state", "level": 0, "state": state}
    _put(connection, [row], now)


def _put(connection: Connection, rows: list[dict[str, Any]], now: float) -> None:
    if not rows:
        return
    run_id = rows[0]["run_id"]
    counted = select(_outbox.topic, func.max(_outbox.n)).where(_outbox.run_id == run_id).group_by(_outbox.topic)
    newest = {topic: int(n) for topic, n in connection.execute(counted)}
    for row in rows:
        row["n"] = newest[row["topic"]] = newest.get(row["topic"], 0) + 1
        row["at"] = row["due_at"] = now
    connection.execute(insert(delivery_tables.outbox), rows)

"""What was noted is decided on, topic by topic, once it is due; what is told is written with the word that it was."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from lineside_server.core.findings import Alert, Level
from lineside_server.core.notices import STATE_TOPIC, Channel, Delivery, Notice, Topic, Word
from lineside_server.core.runs import Run
from lineside_server.errors import NotFound
from lineside_server.store import delivery_tables, tables
from lineside_server.store.alert_rows import alert_of, plain
from lineside_server.store.channels import read_channels
from lineside_server.store.engine import Store
from lineside_server.store.mutes import is_muted_above, muted_in
from lineside_server.store.notes import topic_of
from lineside_server.store.rows import require_run
from lineside_server.store.work import Work

MOST_TOPICS: Final = 100  # that are decided in one transaction
_outbox, _word, _alert = delivery_tables.outbox.c, delivery_tables.word.c, tables.alert.c

# What is told of a topic to each channel: new words with the deliveries that carry them, and when to decide again.
Decided = tuple[Sequence[tuple[str, Word, Delivery | None]], float | None]
Decide = Callable[[Topic, Sequence[Channel], dict[str, Word], float], Decided]


def settle(store: Store, now: float, decide: Decide) -> Future[int]:
    """Decide the topics that are due; their number. The word and the message that carries it are one transaction."""
    return store.write(lambda work: _settle(work, now, decide))


def next_due(store: Store) -> float | None:
    """When the next topic is to be decided, None where none waits."""
    with store.reader() as connection:
        due: float | None = connection.execute(select(func.min(_outbox.due_at))).scalar()
        return due


def topic_of_alert(store: Store, alert: Alert, now: float) -> tuple[Topic, dict[str, Word]]:
    """The topic of an alert as a decision on it would see it, and what each channel was told of it last."""
    with store.reader() as connection:
        run = require_run(connection, alert.run_id)
        name = topic_of(alert.rule, alert.subject)
        topic = Topic(run, name, _notices(connection, run.id, name))
        return _with_alert(connection, run, topic, alert, now), _words(connection, run.id, name)


def _settle(work: Work, now: float, decide: Decide) -> int:
    due = select(_outbox.run_id, _outbox.topic).where(_outbox.due_at <= now)
    due = due.group_by(_outbox.run_id, _outbox.topic).order_by(func.min(_outbox.due_at)).limit(MOST_TOPICS)
    places = work.connection.execute(due).all()
    channels = read_channels(work.connection) if places else []
    for run_id, name in places:
        topic = _topic(work.connection, run_id, name, now)
        if topic is None or not channels:
            _forget(work.connection, run_id, name)
            continue
        told, again_at = decide(topic, channels, _words(work.connection, run_id, name), now)
        for channel_id, word, message in told:
            _say(work.connection, run_id, channel_id, name, word)
            if message is not None:
                work.connection.execute(insert(delivery_tables.delivery).values(row_of_delivery(message)))
        if again_at is None:
            _forget(work.connection, run_id, name)
        else:
            ours = (_outbox.run_id == run_id, _outbox.topic == name)
            work.connection.execute(update(delivery_tables.outbox).where(*ours).values(due_at=again_at))
    return len(places)


def _topic(connection: Connection, run_id: str, name: str, now: float) -> Topic | None:
    """All that is known of a topic; None where its run is gone."""
    try:
        run = require_run(connection, run_id)
    except NotFound:
        return None
    topic = Topic(run, name, _notices(connection, run_id, name))
    return topic if name == STATE_TOPIC else _with_newest(connection, run, topic, now)


def _with_newest(connection: Connection, run: Run, topic: Topic, now: float) -> Topic:
    rule, _, subject = topic.name.partition("\t")
    ours = (_alert.run_id == run.id, _alert.rule == rule, _alert.subject == subject)
    newest = select(tables.alert).where(*ours).order_by(_alert.opened_step.desc(), _alert.alert_id.desc()).limit(1)
    row = connection.execute(newest).mappings().first()
    return topic if row is None else _with_alert(connection, run, topic, alert_of(row), now)


def _with_alert(connection: Connection, run: Run, topic: Topic, alert: Alert, now: float) -> Topic:
    firing = select(tables.alert).where(_alert.run_id == run.id, _alert.parent.is_not(None), _alert.state == "firing")
    children = [alert_of(one) for one in connection.execute(firing.order_by(_alert.opened_step)).mappings()]
    muted = muted_in(connection, run.project, now)
    return replace(
        topic,
        alert=alert,
        follows=tuple(one for one in _below(alert.id, children) if one.rule not in muted),
        mute=muted.get(alert.rule),
        root_muted=bool(muted) and is_muted_above(connection, alert, muted),
    )


def _below(root: str, children: Sequence[Alert]) -> tuple[Alert, ...]:
    """What follows from an alert, however far."""
    known, found = {root}, list[Alert]()
    while more := [one for one in children if one.parent in known and one.id not in known]:
        found += more
        known |= {one.id for one in more}
    return tuple(found)


def _notices(connection: Connection, run_id: str, topic: str) -> tuple[Notice, ...]:
    ours = (_outbox.run_id == run_id, _outbox.topic == topic)
    rows = connection.execute(select(delivery_tables.outbox).where(*ours).order_by(_outbox.n)).mappings()
    return tuple(map(_notice, rows))


def _notice(row: RowMapping) -> Notice:
    same = {name: row[name] for name in ("run_id", "topic", "n", "event", "alert_id", "state", "at")}
    return Notice(level=Level(row["level"]), **same)


def _words(connection: Connection, run_id: str, topic: str) -> dict[str, Word]:
    rows = connection.execute(
        select(delivery_tables.word).where(_word.run_id == run_id, _word.topic == topic)
    ).mappings()
    return {
        row["channel_id"]: Word(row["event"], Level(row["level"]), row["at"], row["n"], row["state"]) for row in rows
    }


def _say(connection: Connection, run_id: str, channel_id: str, topic: str, word: Word) -> None:
    place = (_word.run_id == run_id, _word.channel_id == channel_id, _word.topic == topic)
    values = {"event": word.event, "level": int(word.level), "at": word.at, "n": word.n, "state": word.state}
    if connection.execute(update(delivery_tables.word).where(*place).values(values)).rowcount == 0:
        key = {"run_id": run_id, "channel_id": channel_id, "topic": topic}
        connection.execute(insert(delivery_tables.word).values(key | values))


def _forget(connection: Connection, run_id: str, topic: str) -> None:
    connection.execute(delete(delivery_tables.outbox).where(_outbox.run_id == run_id, _outbox.topic == topic))


def row_of_delivery(message: Delivery) -> dict[str, Any]:
    names = (column.name for column in delivery_tables.delivery.c if column.name not in ("delivery_id", "body"))
    return {name: getattr(message, name) for name in names} | {"delivery_id": message.id, "body": plain(message.body)}

"""Appending a batch exactly once: everything that it changes, in one transaction."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Final

import numpy as np
from sqlalchemy import insert, update

from lineside_server.core.events import Applied, Batch, Columns, Event, Rejection
from lineside_server.core.runs import ENDED, Attempt
from lineside_server.core.steps import with_steps
from lineside_server.errors import TooLarge
from lineside_server.store import codec, sealing, states, tables, tail
from lineside_server.store.attempts import Writer, choose
from lineside_server.store.engine import Store
from lineside_server.store.events import add_events
from lineside_server.store.heads import Head
from lineside_server.store.prepared import Prepared
from lineside_server.store.tail import Rows
from lineside_server.store.work import Work
from lineside_server.store.writers import hear, save_writer

MAX_KEYS: Final = 10_000
_insert_journal = Prepared.insert(tables.journal)


def append(store: Store, run_id: str, batch: Batch) -> Future[Applied]:
    """Resolves once the batch is durable. NotFound: no such run, or a deleted one; StorageFull: nothing was kept."""
    return store.write(lambda work: _append(work, run_id, batch))


def _append(work: Work, run_id: str, batch: Batch) -> Applied:
    head = work.head(run_id)
    if batch.writer in head.applied and batch.seq in head.applied[batch.writer]:
        work.tally.duplicates += 1
        return _duplicate(head, batch)
    writer, is_new = hear(head, batch, work.clock.now())
    columns, refused = _intern(work, head, with_steps(head.run.last_step, batch.columns))
    if columns:
        _add_points(work, head, writer, columns, batch.told_at)
    events, denied = _follow(work, head, writer, batch, points=bool(columns))
    stored = add_events(work, head, events)
    head.applied[writer.name].add(batch.seq)
    save_writer(work, head, writer, is_new=is_new)
    if head.tail_rows and (sealing.due(head, work) or (head.run.state in ENDED and _said_finish(batch))):
        sealing.seal(work, head)
    head.save_hot(work.connection)
    work.tally.batches += 1
    applied = Applied(
        cursor=head.run.cursor,
        duplicate=False,
        accepted=batch.accepted - len(denied),
        run=head.run,
        attempt=writer.attempt,
        columns=tuple(columns),
        events=stored,
        commands=_commands(head),
        rejected=(*batch.rejected, *refused, *denied),
        writer=batch.writer,
        seq=batch.seq,
    )
    work.tell("batch", head, applied)
    return applied


def _add_points(work: Work, head: Head, writer: Writer, columns: Sequence[Columns], told_at: float | None) -> None:
    first = min(int(block.steps.min()) for block in columns)
    last = max(int(block.steps.max()) for block in columns)
    _settle(work, head, writer, first, told_at)
    if writer.attempt == head.run.attempts[-1].attempt:
        _advance(head, columns)
    body = tail.pack(_rows(head, block) for block in columns)
    steps, points = sum(len(block.steps) for block in columns), sum(block.points for block in columns)
    row = {
        "run_id": head.run.id,
        "cursor": head.run.cursor,
        "attempt": writer.attempt,
        "steps": steps,
        "points": points,
        "first_step": first,
        "last_step": last,
        "checksum": codec.checksum(body),
        "body": body,
    }
    _insert_journal.run(work.connection, row)
    head.points_at = head.run.heard_at
    head.tail_rows += 1
    head.tail_steps += steps
    head.tail_bytes += len(body)
    work.tally.points += points


def _settle(work: Work, head: Head, writer: Writer, first: int, told_at: float | None) -> None:
    """Gives the writer its attempt, and the attempt its first step."""
    current = head.run.attempts[-1]
    told = None if told_at is None else told_at + writer.clock_offset
    writer.attempt = choose(writer, head.writers.values(), current, (first, head.run.last_step), told)
    writer.pending = False
    if writer.attempt > current.attempt:
        begun = Attempt(writer.attempt, first, writer.opened_at)
        head.change(attempts=(*head.run.attempts, begun), last_step=None, last_step_ts=None)
        head.trace.cut(first)
        fields = {"attempt": begun.attempt, "first_step": first, "started_at": begun.started_at}
        work.connection.execute(insert(tables.attempt), {"run_id": head.run.id, **fields})
        return
    joined = head.run.attempts[writer.attempt - 1]
    if joined.first_step is None or first < joined.first_step:
        earlier = replace(joined, first_step=first)
        head.change(attempts=tuple(earlier if one is joined else one for one in head.run.attempts))
        ours = (tables.attempt.c.run_id == head.run.id, tables.attempt.c.attempt == joined.attempt)
        work.connection.execute(update(tables.attempt).where(*ours).values(first_step=first))


def _advance(head: Head, columns: Sequence[Columns]) -> None:
    last, ts = head.run.last_step, head.run.last_step_ts
    for block in columns:
        head.trace.add(block)
        at = int(block.steps.argmax())
        if last is None or block.steps[at] >= last:
            last, ts = int(block.steps[at]), float(block.times[at])
    spark = tuple(value for _, value in head.trace.spark)
    head.change(last_step=last, last_step_ts=ts, pace=tuple(head.trace.pace), spark=spark)


def _follow(
    work: Work, head: Head, writer: Writer, batch: Batch, *, points: bool
) -> tuple[list[Event], list[Rejection]]:
    """What the batch makes of the run beside its points: the events that count, and those that declare too much."""
    changed = states.revive(head, points=points)
    kept: list[Event] = []
    denied: list[Rejection] = []
    for event in batch.events:
        try:
            changed |= states.apply(work, head, writer, event, told=batch.told_at is not None)
        except TooLarge as refusal:
            denied.append(Rejection(event.index, None, str(refusal)))
        else:
            kept.append(event)
    if changed:
        head.save_cold(work.connection, work.clock.now())
    return kept, denied


def _rows(head: Head, block: Columns) -> Rows:
    ids = np.array([head.series[key] for key in block.values], np.int64)
    return Rows(ids, block.steps, block.times, np.array(list(block.values.values())).T)


def _intern(work: Work, head: Head, columns: Sequence[Columns]) -> tuple[list[Columns], list[Rejection]]:
    """Gives new keys their numbers, up to the most that a run may have."""
    kept: list[Columns] = []
    refused: list[Rejection] = []
    new: list[dict[str, object]] = []
    for block in columns:
        over = []
        for key in block.values:
            if key in head.series:
                continue
            if len(head.series) >= MAX_KEYS:
                over.append(key)
                continue
            head.series[key] = len(head.series) + 1
            new.append({"run_id": head.run.id, "series_id": head.series[key], "key": key})
        refused += [Rejection(block.index, key, f"the run has {MAX_KEYS} keys already") for key in over]
        values = {key: column for key, column in block.values.items() if key not in over} if over else block.values
        if values:
            kept.append(replace(block, values=values))
    if new:
        work.connection.execute(insert(tables.series), new)
    return kept, refused


def _said_finish(batch: Batch) -> bool:
    return any(event.type == "finish" for event in batch.events)


def _commands(head: Head) -> tuple[str, ...]:
    return ("stop",) if head.run.stop_requested and head.run.state not in ENDED else ()


def _duplicate(head: Head, batch: Batch) -> Applied:
    attempt = head.writers[batch.writer].attempt
    return Applied(head.run.cursor, True, 0, head.run, attempt, (), (), _commands(head), ())

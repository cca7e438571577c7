"""The client processes of a run as rows: when each was heard, and which of its batches were applied."""

from lineside_server.core.events import Batch
from lineside_server.store import tables
from lineside_server.store.attempts import Writer
from lineside_server.store.heads import Head
from lineside_server.store.prepared import Prepared
from lineside_server.store.seqs import Seqs
from lineside_server.store.work import Work

_insert = Prepared.insert(tables.writer)
_update = Prepared.update(tables.writer, ["run_id", "writer"])


def hear(head: Head, batch: Batch, now: float) -> tuple[Writer, bool]:
    """Moves the run on by one batch: its writer, and whether it is new.

    One that never opened the run joins its current attempt.
    """
    writer = head.writers.get(batch.writer)
    is_new = writer is None
    if writer is None:
        writer = Writer(batch.writer, head.run.attempts[-1].attempt, False, now, 0.0, now)
        register(head, writer)
    writer.heard_at = now
    if batch.told_at is not None:
        told_at = batch.told_at + writer.clock_offset
        writer.told_at = told_at if writer.told_at is None else max(writer.told_at, told_at)
    head.change(cursor=head.run.cursor + 1, heard_at=now, last_event_at=_latest(head, batch))
    return writer, is_new


def register(head: Head, writer: Writer) -> None:
    head.writers[writer.name], head.applied[writer.name] = writer, Seqs()


def save_writer(work: Work, head: Head, writer: Writer, *, is_new: bool) -> None:
    fields = {
        "run_id": head.run.id,
        "writer": writer.name,
        "attempt": writer.attempt,
        "pending": writer.pending,
        "opened_at": writer.opened_at,
        "clock_offset": writer.clock_offset,
        "heard_at": writer.heard_at,
        "told_at": writer.told_at,
        "finished": writer.finished,
        "applied": head.applied[writer.name].pack(),
    }
    (_insert if is_new else _update).run(work.connection, fields)


def _latest(head: Head, batch: Batch) -> float | None:
    times = [event.ts for event in batch.events]
    times += [float(block.times.max()) for block in batch.columns if len(block.times)]
    if head.run.last_event_at is not None:
        times.append(head.run.last_event_at)
    return max(times, default=None)

"""What silence does to runs, and time to those that are deleted."""

from concurrent.futures import Future
from dataclasses import dataclass

from sqlalchemy import and_, or_, select

from lineside_server.core.runs import ENDED, Run
from lineside_server.store import sealing, tables
from lineside_server.store.engine import Store
from lineside_server.store.heads import Head
from lineside_server.store.runs import KEPT_DELETED, change, purge_run
from lineside_server.store.space import give_back
from lineside_server.store.work import Work

_run, _head, _journal = tables.run.c, tables.head.c, tables.journal.c


@dataclass(frozen=True, slots=True)
class Silence:
    """How long is too long, in seconds, and since when anyone has been listening."""

    now: float
    listening_since: float
    lost_after: float
    stalled_after: float

    def since(self, moment: float) -> float:
        """A server that was away heard nothing: its own absence does not count.

        A moment still to come was read off a clock that has been set back since.
        """
        return self.now - (self.listening_since if moment > self.now else max(moment, self.listening_since))


def sweep(
    store: Store, now: float, listening_since: float, lost_after: float = 60.0, stalled_after: float = 60.0
) -> Future[list[Run]]:
    """The runs whose state changed. Also seals what ended and purges runs deleted more than 7 days ago."""
    silence = Silence(now, listening_since, lost_after, stalled_after)
    swept = store.write(lambda work: _sweep(work, silence))
    swept.add_done_callback(lambda _: give_back(store))
    return swept


def _sweep(work: Work, silence: Silence) -> list[Run]:
    changed = [run for run_id in _quiet(work, silence) if (run := _judge(work, work.head(run_id), silence)) is not None]
    for run_id in _left_over(work):
        head = work.head(run_id, deleted=True)
        sealing.seal(work, head)
        head.save_hot(work.connection)
    for run_id in _expired(work, silence.now):
        head = work.head(run_id, deleted=True)
        purge_run(work, head)
        work.tell("deleted", head)
    return changed


def _judge(work: Work, head: Head, silence: Silence) -> Run | None:
    unheard = silence.since(head.run.heard_at)
    if unheard > silence.lost_after:
        return change(work, head, state="lost", state_reason=f"Nothing was heard of it for {unheard:.0f} s.")
    if head.run.state != "running" or head.points_at is None:
        return None
    still = silence.since(head.points_at)
    if still > max(silence.stalled_after, 10 * head.trace.usual_gap()):
        return change(work, head, state="stalled", state_reason=f"It is alive, but logged nothing for {still:.0f} s.")
    return None


def _quiet(work: Work, silence: Silence) -> list[str]:
    """Live runs that may have been silent for too long; most are not even looked at."""
    found = select(_run.run_id).join(tables.head, _head.run_id == _run.run_id)
    live = and_(_run.state.in_(("running", "stalled")), _run.deleted_at.is_(None))
    unheard = _head.heard_at < silence.now - silence.lost_after
    still = _head.points_at < silence.now - silence.stalled_after
    ahead = _head.heard_at > silence.now
    return list(work.connection.execute(found.where(live, or_(unheard, still, ahead))).scalars())


def _left_over(work: Work) -> list[str]:
    """Runs at their end with batches that came after it."""
    over = (*ENDED, "lost")
    found = select(_journal.run_id).distinct().join(tables.run, _run.run_id == _journal.run_id)
    return list(work.connection.execute(found.where(_run.state.in_(over), _journal.attempt > 0)).scalars())


def _expired(work: Work, now: float) -> list[str]:
    return list(work.connection.execute(select(_run.run_id).where(_run.deleted_at < now - KEPT_DELETED)).scalars())

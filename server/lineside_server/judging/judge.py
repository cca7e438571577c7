"""The judge: one thread that looks at what was committed, run by run, and takes no more than its share of a core."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from lineside_server.core.clock import Clock
from lineside_server.core.events import Applied, Change
from lineside_server.core.runs import Run
from lineside_server.errors import LinesideError, NotFound, Unavailable
from lineside_server.judging.docket import Docket, open_docket
from lineside_server.judging.judgement import Outcome
from lineside_server.rules.book import Book
from lineside_server.rules.intake import GAP_S
from lineside_server.store.alerts import save_judgement
from lineside_server.store.due import due_for_judging
from lineside_server.store.engine import Store
from lineside_server.store.gaps import due_seqs

SHARE: Final = 0.1  # of a core
LEAST_PAUSE_S: Final = 0.2
SAVE_EVERY_S: Final = 5.0  # where nothing but the step has moved
MOST_WAITING: Final = 500_000  # points of a run in memory; beyond, they are read from the store
MOST_OPEN: Final = 128  # runs at once
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Waiting:
    """What was committed of a run since the last round."""

    run: Run | None = None
    by_hand: bool = False  # it was changed otherwise than by what its trainer sent
    batches: list[tuple[Applied, float]] = field(default_factory=list)
    points: int = 0
    missed: bool = False  # more came than is kept here: the store has it


class Judge:
    """`hear` may be called from any thread; all else happens in its own thread, or in the caller's by `round`."""

    def __init__(self, store: Store, book: Book, clock: Clock) -> None:
        self.lag_s: float | None = None  # how long the oldest batch of the last round had waited
        self.most_waiting = MOST_WAITING
        self.most_open = MOST_OPEN
        self._store = store
        self._clock = clock
        self._book = book
        self._waiting: dict[str, Waiting] = {}
        self._open: OrderedDict[str, Docket] = OrderedDict()
        self._gaps: dict[str, float] = {}  # runs of which a batch is missing, and since when it is waited for
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def hear(self, changes: Sequence[Change]) -> None:
        """Take note of what was committed; the judging is done later."""
        now = self._clock.now()
        with self._lock:
            for change in changes:
                if change.kind != "judged":
                    self._note(change, now)
        self._wake.set()

    def look_at(self, run_ids: Iterable[str]) -> None:
        """Judge runs of which nothing new may come."""
        with self._lock:
            for run_id in run_ids:
                self._waiting.setdefault(run_id, Waiting())
        self._wake.set()

    def adopt(self, book: Book) -> None:
        """Go on by another book, from the next round on."""
        with self._lock:
            self._book = book
        self._wake.set()

    def start(self) -> None:
        """Begin with the runs that may go on or were not judged to their end."""
        self._thread = threading.Thread(target=self._work, name="lineside-judge", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the round under way; what was not saved is judged again by whoever comes next."""
        self._ending.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def round(self, now: float) -> bool:
        """Judge what has come since the last round; whether more is left to be done at once."""
        with self._lock:
            waiting = self._take()
            book = self._book
        oldest = min((at for one in waiting.values() for _, at in one.batches), default=None)
        self.lag_s = None if oldest is None else max(0.0, now - oldest)
        for run_id in [*waiting, *(run_id for run_id in self._open if run_id not in waiting)]:
            try:
                self._judge(run_id, waiting.get(run_id), book, now)
            except NotFound:
                self._forget(run_id)
            except LinesideError as failure:
                log.warning("The run %s cannot be judged right now: %s", run_id, failure)
            except Exception:
                log.exception("Judging the run %s failed; it is taken up anew with its next batch.", run_id)
                self._forget(run_id)
        catching_up = any(docket.behind and run_id not in self._gaps for run_id, docket in self._open.items())
        return catching_up or self._has_work()

    def _take(self) -> dict[str, Waiting]:
        """Take what waits, as many runs as may be open at once; those open that rest make room."""
        new = [run_id for run_id in self._waiting if run_id not in self._open]
        resting = [run_id for run_id, docket in self._open.items() if docket.rests and run_id not in self._waiting]
        for run_id in resting[: max(0, len(self._open) + len(new) - self.most_open)]:
            self._forget(run_id)
        postponed = frozenset(new[max(0, self.most_open - len(self._open)) :])
        taken = {run_id: one for run_id, one in self._waiting.items() if run_id not in postponed}
        self._waiting = {run_id: one for run_id, one in self._waiting.items() if run_id in postponed}
        return taken

    def _note(self, change: Change, now: float) -> None:
        waiting = self._waiting.setdefault(change.run_id, Waiting())
        waiting.run = change.run
        waiting.by_hand = waiting.by_hand or change.kind == "run"
        applied = change.applied
        if applied is None or applied.duplicate or waiting.missed:
            return
        waiting.batches.append((applied, now))
        waiting.points += sum(columns.points for columns in applied.columns)
        if waiting.points > self.most_waiting:
            waiting.batches, waiting.missed = [], True

    def _judge(self, run_id: str, waiting: Waiting | None, book: Book, now: float) -> None:
        docket = self._docket(run_id, waiting, book, now)
        if waiting is not None:
            if waiting.run is not None:
                docket.follow(waiting.run, by_hand=waiting.by_hand)
            for applied, at in waiting.batches:
                docket.take(applied, at)
        if docket.behind:
            self._read(docket, now)
        if not docket.behind:
            docket.judge(now)
        self._save(docket, now)

    def _read(self, docket: Docket, now: float) -> None:
        """Catch up by a page; where a batch is missing it is waited for first."""
        if docket.past is None:
            docket.begin_reading(self._store)  # first the end, then the gap: up to that end nothing is missing
            if self._waits(docket, now):
                docket.past = None
                return
        docket.read(now)

    def _docket(self, run_id: str, waiting: Waiting | None, book: Book, now: float) -> Docket:
        docket = self._open.get(run_id)
        run = waiting.run if waiting is not None else None
        stale = docket is not None and run is not None and len(run.attempts) != docket.judgement.examiner.facts.attempt
        if docket is None or stale or (waiting is not None and waiting.missed):
            docket = self._open[run_id] = open_docket(self._store, book, run_id, now)
            docket.book_version = book.version
        elif docket.book_version != book.version:
            docket.unsaved.add(docket.judgement.adopt(book.rules_for(docket.run.project, docket.run.tags, run_id)))
            docket.book_version = book.version
        self._open.move_to_end(run_id)
        return docket

    def _waits(self, docket: Docket, now: float) -> bool:
        """Whether a batch is missing among those that are stored, and may still come."""
        due, missing = due_seqs(self._store, docket.run.id)
        if missing and now - self._gaps.setdefault(docket.run.id, now) < GAP_S:
            return True
        self._gaps.pop(docket.run.id, None)
        docket.intake.expect(due)
        return False

    def _save(self, docket: Docket, now: float) -> None:
        through = docket.judgement.through
        due = through != docket.saved_through and now - docket.saved_at >= SAVE_EVERY_S
        done = docket.ended and not docket.behind
        if docket.unsaved or due or (done and not docket.saved_end):
            judged = docket.judged()
            save_judgement(self._store, docket.run.id, judged).result()
            docket.unsaved, docket.saved_at, docket.saved_through = Outcome(), now, through
            docket.saved_end = docket.ended
        if done:
            self._forget(docket.run.id)

    def _forget(self, run_id: str) -> None:
        self._open.pop(run_id, None)
        self._gaps.pop(run_id, None)

    def _work(self) -> None:
        try:
            self.look_at(due_for_judging(self._store))
        except LinesideError as failure:
            log.warning("What earlier judging left is not looked for: %s", failure)
        while not self._ending.is_set():
            began = time.thread_time()
            more = True
            try:
                more = self.round(self._clock.now())
            except Unavailable:
                log.debug("The store is closing.")
            except Exception:
                log.exception("A round of judging failed; the next one goes on.")
            self._wake.clear()
            spent = time.thread_time() - began
            self._ending.wait(max(LEAST_PAUSE_S, spent * (1 / SHARE - 1)))
            if not more:
                self._wake.wait(1.0)

    def _has_work(self) -> bool:
        with self._lock:
            return bool(self._waiting)

"""The one thread that writes: it takes what has queued up, runs it in one transaction, and then tells everyone."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from lineside_server.errors import LinesideError, Unavailable
from lineside_server.store.failures import in_words
from lineside_server.store.prepared import raw
from lineside_server.store.transactions import Transactions

_log = logging.getLogger(__name__)
_Outcome = tuple[Any, Exception | None]
_GROUP: Final = 256  # jobs a transaction: enough to share one fsync, few enough to answer soon


class Session(Protocol):
    """What jobs share beside the connection, and what must follow the fate of the transaction."""

    def attach(self, connection: Connection) -> None: ...
    def mark(self) -> None: ...
    def undo(self) -> None: ...
    def committed(self) -> None: ...
    def rolled_back(self) -> None: ...


@dataclass(slots=True)
class _Job:
    run: Callable[[], Any]
    future: Future[Any]


class Committer:
    """Jobs run in the order of submission; a future resolves only after its transaction is on disk."""

    def __init__(self, engine: Engine, session: Session) -> None:
        self._transactions = Transactions(engine)
        self._session = session
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="lineside-writer", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive() and not self._closed

    def submit(self, run: Callable[[], Any]) -> Future[Any]:
        job = _Job(run, Future())
        with self._gate:
            if self._closed:
                raise Unavailable("The service is shutting down.")
            self._queue.put(job)
        return job.future

    def close(self) -> None:
        """Finishes what was submitted."""
        with self._gate:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        more = True
        while more:
            jobs, more = self._take()
            if jobs:
                self._commit(jobs)
        self._transactions.close()

    def _take(self) -> tuple[list[_Job], bool]:
        jobs: list[_Job] = []
        job = self._queue.get()
        while job is not None:
            if job.future.set_running_or_notify_cancel():
                jobs.append(job)
            if len(jobs) >= _GROUP:
                return jobs, True
            try:
                job = self._queue.get_nowait()
            except Empty:
                return jobs, True
        return jobs, False

    def _commit(self, jobs: list[_Job]) -> None:
        try:
            outcomes = self._transact(jobs)
        except DBAPIError as error:
            self._session.rolled_back()
            if len(jobs) > 1:  # one job's failure must not be its neighbours'
                for job in jobs:
                    self._commit([job])
                return
            _log.warning("a transaction failed: %s", error.orig)
            jobs[0].future.set_exception(in_words(error))
            return
        except LinesideError as error:  # another service took the database while this one had lost it
            self._session.rolled_back()
            _log.warning("no transaction: %s", error)
            for job in jobs:
                job.future.set_exception(Unavailable(str(error)))
            return
        except Exception as error:  # noqa: BLE001 - the thread must live on, and whoever waits must hear
            self._session.rolled_back()
            _log.exception("a transaction failed")
            for job in jobs:
                job.future.set_exception(error)
            return
        self._session.committed()
        for job, (result, failure) in zip(jobs, outcomes, strict=True):
            if failure is None:
                job.future.set_result(result)
            else:
                job.future.set_exception(failure)

    def _transact(self, jobs: list[_Job]) -> list[_Outcome]:
        try:
            connection = self._transactions.begin()
            self._session.attach(connection)
            alone = len(jobs) == 1
            outcomes = [self._alone(job) if alone else self._within_savepoint(connection, job) for job in jobs]
            self._transactions.commit()
        except BaseException:
            self._transactions.rollback()
            raise
        return outcomes

    def _alone(self, job: _Job) -> _Outcome:
        """The transaction is this job's own: it takes no savepoint to undo it."""
        self._session.mark()
        try:
            return job.run(), None
        except DBAPIError:
            raise
        except Exception as error:  # noqa: BLE001 - it belongs to whoever waits for this job
            self._transactions.rollback()
            return self._undone(error)

    def _within_savepoint(self, connection: Connection, job: _Job) -> _Outcome:
        raw(connection, "SAVEPOINT job")
        self._session.mark()
        try:
            outcome: _Outcome = job.run(), None
        except DBAPIError:
            raise
        except Exception as error:  # noqa: BLE001 - it belongs to whoever waits for this job
            raw(connection, "ROLLBACK TO SAVEPOINT job")
            outcome = self._undone(error)
        raw(connection, "RELEASE SAVEPOINT job")
        return outcome

    def _undone(self, error: Exception) -> _Outcome:
        self._session.undo()
        if not isinstance(error, LinesideError):
            _log.error("a job failed", exc_info=error)
        return None, error

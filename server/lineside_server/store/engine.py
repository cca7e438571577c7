"""The database as one object: one thread writes with group commit, readers stand beside it."""

import copy
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Final, Self, TypeVar

from sqlalchemy import URL, Connection, Engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from lineside_server.core.audit import Deed
from lineside_server.core.clock import Clock
from lineside_server.errors import StartError, Unavailable
from lineside_server.store.committer import Committer
from lineside_server.store.connect import file_of, make_engine, parse_url
from lineside_server.store.deeds import record
from lineside_server.store.failures import in_words, reason_of
from lineside_server.store.lock import FileLock
from lineside_server.store.migrate import upgrade
from lineside_server.store.mounts import mount_table, network_file_system
from lineside_server.store.work import Bounds, Counters, Listener, Sealing, Work

T = TypeVar("T")
_log = logging.getLogger(__name__)
_NETWORK: Final = (
    "The database lies on a network file system (%s): it goes without a WAL, which is slower, and a lock "
    "that fails there can damage it. A local disk, or PostgreSQL, is the better place."
)


class Store:
    """Thread-safe. Writes are jobs that return futures; reads see one consistent state each."""

    def __init__(self, url: URL, lock: FileLock | None, clock: Clock, work: Work, *, wal: bool) -> None:
        self.url = url.render_as_string(hide_password=True)
        self.clock = clock
        self.work = work
        self._deed: Deed | None = None
        self._lock = lock
        self._writes = make_engine(url, writes=True, wal=wal)
        self._reads = make_engine(url, writes=False)
        # While a connection was away another service may have written: what is known of the runs is read again.
        event.listen(self._writes, "connect", lambda *_: self.work.heads.clear())

    @classmethod
    def open(  # noqa: PLR0913 - what is not usual is named at the call
        cls,
        url_or_path: str,
        clock: Clock,
        *,
        on_commit: Listener | None = None,
        sealing: Sealing | None = None,
        bounds: Bounds | None = None,
        mounts: str | None = None,
    ) -> Self:
        """Migrates first. DatabaseLocked, NewerDatabase or another StartError says why it cannot be opened.

        `mounts`: a mount table to believe instead of this machine's.
        """
        url = parse_url(url_or_path)
        database = file_of(url)
        lock = FileLock.take(database) if database else None
        network = network_file_system(database, mount_table() if mounts is None else mounts) if database else None
        if network:
            _log.warning(_NETWORK, network)
        try:
            work = Work(clock, sealing or Sealing(), bounds or Bounds())
            store = cls(url, lock, clock, work, wal=network is None)
            store._start()
        except BaseException:
            if lock:
                lock.release()
            raise
        if on_commit is not None:
            store.on_commit(on_commit)
        return store

    def _start(self) -> None:
        try:
            upgrade(self._writes, file_of(self._writes.url))
        except DBAPIError as error:
            self._dispose()
            raise StartError(f"The database cannot be opened: {reason_of(error)}.") from error
        except BaseException:
            self._dispose()
            raise
        self._committer = Committer(self._writes, self.work)

    def close(self) -> None:
        """Finishes what was submitted, then lets the file go."""
        self._committer.close()
        self._dispose()
        if self._lock:
            self._lock.release()
            self._lock = None

    def _dispose(self) -> None:
        self._reads.dispose()
        self._writes.dispose()

    @property
    def counters(self) -> Counters:
        return self.work.counters

    def on_commit(self, listener: Listener) -> None:
        """Called by the writer thread after each commit, with its changes in order, before their futures resolve."""
        self.work.listeners.append(listener)

    def ready(self) -> bool:
        try:
            with self.reader() as connection:
                connection.execute(text("SELECT 1"))
        except Exception:  # noqa: BLE001 - whatever it is, it is not ready
            return False
        return self._committer.alive

    def submit(self, job: Callable[[Connection], T]) -> Future[T]:
        return self.write(lambda work: job(work.connection))

    def write(self, job: Callable[[Work], T]) -> Future[T]:
        """Runs in the writer thread, within a transaction that others may share; an exception undoes this job alone.

        A job may be run again when a transaction fails: it must have no effect beside the database and `work`.
        """
        deed, self._deed = self._deed, None
        return self._committer.submit(lambda: job(self.work) if deed is None else self._do(job, deed))

    def acting(self, deed: Deed) -> Self:
        """The same store for one write, which is that deed: the record of it is part of its transaction."""
        acting = copy.copy(self)
        acting._deed = deed  # noqa: SLF001 - its own
        return acting

    def _do(self, job: Callable[[Work], T], deed: Deed) -> T:
        result = job(self.work)
        record(self.work, deed, result)
        return result

    @contextmanager
    def reader(self) -> Iterator[Connection]:
        try:
            with self._reads.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise in_words(error) from error
        except PoolTimeoutError as error:
            raise Unavailable("Too many reads are under way: ask again in a moment.") from error

    @property
    def engine(self) -> Engine:
        """For reading the tables as they are: migrations and tests."""
        return self._reads

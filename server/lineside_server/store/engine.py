"""The database as one object: one thread writes with group commit, readers stand beside it."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Self, TypeVar

from sqlalchemy import URL, Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from lineside_server.core.clock import Clock
from lineside_server.errors import StartError
from lineside_server.store.committer import Committer
from lineside_server.store.connect import file_of, in_words, make_engine, parse_url
from lineside_server.store.lock import FileLock
from lineside_server.store.migrate import upgrade
from lineside_server.store.work import Counters, Listener, Sealing, Work

T = TypeVar("T")


class Store:
    """Thread-safe. Writes are jobs that return futures; reads see one consistent state each."""

    def __init__(self, url: URL, lock: FileLock | None, clock: Clock, sealing: Sealing) -> None:
        self.url = url.render_as_string(hide_password=True)
        self.clock = clock
        self.work = Work(clock, sealing)
        self._lock = lock
        self._writes = make_engine(url, writes=True)
        self._reads = make_engine(url, writes=False)

    @classmethod
    def open(
        cls, url_or_path: str, clock: Clock, *, on_commit: Listener | None = None, sealing: Sealing | None = None
    ) -> Self:
        """Migrates first. DatabaseLocked, NewerDatabase or another StartError says why it cannot be opened."""
        url = parse_url(url_or_path)
        database = file_of(url)
        lock = FileLock.take(database) if database else None
        try:
            store = cls(url, lock, clock, sealing or Sealing())
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
            raise StartError(f"The database cannot be opened: {error.orig}.") from error
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
        return self._committer.submit(lambda: job(self.work))

    @contextmanager
    def reader(self) -> Iterator[Connection]:
        try:
            with self._reads.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise in_words(error) from error

    @property
    def engine(self) -> Engine:
        """For reading the tables as they are: migrations and tests."""
        return self._reads

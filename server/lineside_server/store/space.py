"""Gives the room of purged runs back to the file system: in small steps, between which others write."""

from concurrent.futures import Future
from contextlib import suppress
from typing import Final

from lineside_server.errors import LinesideError
from lineside_server.store.engine import Store
from lineside_server.store.work import Work

_PAGES: Final = 512  # a step, some milliseconds of the writer's time


def give_back(store: Store) -> None:
    """Goes on by itself until nothing is free; for SQLite, PostgreSQL looks after itself.

    The file shrinks as its WAL is worked in, which SQLite does every thousand pages.
    """
    if not store.work.freed:
        return
    with suppress(LinesideError):  # the service ends: the next one uses the room anew
        store.write(_step).add_done_callback(lambda done: _again(store, done))


def give_back_now(store: Store) -> None:
    """The same, waited for."""
    while store.write(_step).result():
        pass


def _again(store: Store, done: Future[bool]) -> None:
    if done.exception() is None and done.result():
        give_back(store)


def _step(work: Work) -> bool:
    """Whether there is more to give back."""
    connection = work.connection
    if not work.freed or connection.dialect.name != "sqlite":
        work.freed = False
        return False
    before = int(connection.exec_driver_sql("PRAGMA freelist_count").scalar_one())
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA incremental_vacuum({_PAGES})")
    cursor.fetchall()  # each row frees a page, and SQLAlchemy takes them for none
    cursor.close()
    after = int(connection.exec_driver_sql("PRAGMA freelist_count").scalar_one())
    work.freed = 0 < after < before  # a file that was not made for it never shrinks
    return work.freed

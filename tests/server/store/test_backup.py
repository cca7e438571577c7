"""Copies of a database: whole while it is written to, and put back without losing what was there."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from lineside_server.core.clock import ManualClock
from lineside_server.errors import Conflict, DatabaseLocked, LinesideError, NewerDatabase, NotFound, StartError
from lineside_server.store.backup import back_up, restore
from lineside_server.store.engine import Store
from lineside_server.store.reads import summaries

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.store.conftest import Box

NOW = 1_700_000_000.0


def count(path: Path) -> int:
    """The points of loss in a database."""
    store = Store.open(str(path), ManualClock())
    try:
        return summaries(store, "r")["loss"].count
    finally:
        store.close()


def names(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}


def test_a_copy_has_what_was_acknowledged(file_box: Box, tmp_path: Path) -> None:
    file_box.open()
    file_box.log(1, range(50), loss=[1.0] * 50)
    copy = tmp_path / "copy.db"
    assert back_up(file_box.path, copy) == copy.stat().st_size
    assert names(tmp_path) & {"copy.db", "copy.db-wal", ".copy.db"} == {"copy.db"}
    assert not [name for name in names(tmp_path) if "partial" in name]
    file_box.log(2, [50], loss=[1.0])  # the service goes on
    assert count(copy) == 50


def test_copies_taken_in_the_middle_of_writing_are_of_one_moment(file_box: Box, tmp_path: Path) -> None:
    file_box.open()
    file_box.log(0, [0], loss=[1.0])
    ended = threading.Event()

    def write() -> None:
        seq = 1
        while not ended.is_set():
            file_box.log(seq, [seq], loss=[1.0])
            seq += 1

    writing = threading.Thread(target=write)
    writing.start()
    try:
        for number in range(5):
            back_up(file_box.path, tmp_path / f"{number}.db")
    finally:
        ended.set()
        writing.join()
    counts = [count(tmp_path / f"{number}.db") for number in range(5)]
    assert counts == sorted(counts)
    assert counts[-1] <= file_box.view("loss").count


def test_nothing_is_overwritten(file_box: Box, tmp_path: Path) -> None:
    taken = tmp_path / "taken.db"
    taken.write_text("mine")
    with pytest.raises(Conflict, match="exists already"):
        back_up(file_box.path, taken)
    assert taken.read_text() == "mine"
    with pytest.raises(NotFound, match="no database"):
        back_up(tmp_path / "nothing.db", tmp_path / "copy.db")
    with pytest.raises(LinesideError, match="cannot be"):
        back_up(file_box.path, tmp_path / "nowhere" / "copy.db")


def test_a_copy_is_put_back_and_the_database_before_is_kept(file_box: Box, tmp_path: Path) -> None:
    file_box.open()
    file_box.log(1, [0], loss=[1.0])
    copy = tmp_path / "copy.db"
    back_up(file_box.path, copy)
    file_box.log(2, [1], loss=[1.0])
    with pytest.raises(DatabaseLocked):
        restore(copy, file_box.path, NOW)
    assert file_box.view("loss").count == 2
    file_box.store.close()
    replaced = restore(copy, file_box.path, NOW)
    assert replaced is not None
    assert (count(file_box.path), count(replaced), count(copy)) == (1, 2, 1)
    assert restore(copy, tmp_path / "new.db", NOW) is None
    assert count(tmp_path / "new.db") == 1


def test_a_wal_that_was_left_over_belongs_to_the_database_before(file_box: Box, tmp_path: Path) -> None:
    file_box.open()
    file_box.log(1, [0], loss=[1.0])
    copy = tmp_path / "copy.db"
    back_up(file_box.path, copy)
    file_box.log(2, [1], loss=[1.0])
    crashed = tmp_path / "crashed.db"
    for side in ("", "-wal"):  # as a killed service leaves it
        (tmp_path / f"crashed.db{side}").write_bytes(file_box.path.with_name(file_box.path.name + side).read_bytes())
    replaced = restore(copy, crashed, NOW)
    assert replaced is not None
    assert (count(crashed), count(replaced)) == (1, 2)


@pytest.mark.parametrize("fault", ["no database", "damaged", "another's", "newer"])
def test_what_is_not_fit_is_refused_and_nothing_changes(file_box: Box, tmp_path: Path, fault: str) -> None:
    file_box.open()
    file_box.log(1, range(3000), loss=[float(n) ** 0.5 for n in range(3000)])
    file_box.store.close()
    copy = tmp_path / "copy.db"
    back_up(file_box.path, copy)
    if fault == "no database":
        copy.write_text("these are no tables\n" * 500)
    elif fault == "damaged":
        content = bytearray(copy.read_bytes())
        content[4096 * 3 : 4096 * 9] = b"\xaa" * 4096 * 6
        copy.write_bytes(content)
    else:
        with closing(sqlite3.connect(copy)) as connection, connection:
            connection.execute("DROP TABLE alembic_version") if fault == "another's" else connection.execute(
                "UPDATE alembic_version SET version_num = '2999_from_tomorrow'"
            )
    refusals = {"newer": NewerDatabase, "another's": StartError}
    with pytest.raises(refusals.get(fault, LinesideError)):
        restore(copy, file_box.path, NOW)
    assert not [name for name in names(file_box.path.parent) if "partial" in name or "replaced" in name]
    assert count(file_box.path) == 3000

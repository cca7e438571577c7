"""A record is written without letting go of the interpreter, but only where a write is known to be quick."""

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lineside._folder import Folder
from lineside._keyset import KeySet
from lineside._pen import Pen, held, holding, lending, pen_for
from lineside._spool import Spool

TABLE = """\
22 28 0:20 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:28 / /home rw,relatime shared:2 - nfs4 server:/home rw,vers=4.2
31 30 0:29 / /home/alice/scratch rw - xfs /dev/vdb rw
32 22 0:30 / /mnt/my\\040share rw shared:3 master:1 - cifs //box/share rw
33 22 0:31 / /mnt/ssh rw - fuse.sshfs alice@box: rw
34 22 0:32 / /over rw - ext4 /dev/vdc rw
35 22 0:33 / /over rw - lustre mgs:/fs rw
36 22 0:34 / /dev/shm rw - tmpfs tmpfs rw
a line that is none
"""
POINTS = 5_000


@pytest.fixture
def file(tmp_path: Path) -> Iterator[int]:
    opened = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT | os.O_APPEND)
    yield opened
    os.close(opened)


@pytest.mark.parametrize(
    ("path", "pen"),
    [
        ("/data/state", holding),
        ("/home/bob", lending),
        ("/homely", holding),
        ("/home/alice/scratch", holding),
        ("/home/alice/scratches", lending),
        ("/mnt/my share/state", lending),
        ("/mnt/ssh", lending),
        ("/over", lending),
        ("/dev/shm", holding),
    ],
)
def test_only_a_file_system_that_is_known_to_be_quick_is_not_waited_for_by_all(path: str, pen: Pen) -> None:
    assert pen_for(Path(path), TABLE) is pen


def test_a_system_that_tells_nothing_is_taken_for_slow() -> None:
    assert pen_for(Path("/state"), "") is lending


def test_the_table_of_this_machine_is_read(tmp_path: Path) -> None:
    assert pen_for(tmp_path) in (holding, lending)


def test_the_pen_of_this_machine_holds_the_interpreter() -> None:
    assert holding is not lending


@pytest.mark.parametrize("pen", [holding, lending])
def test_a_pen_writes_what_the_record_holds_now(pen: Pen, file: int) -> None:
    record = bytearray(b"first")
    handed = held(record)
    assert pen(file, handed, 5) == 5
    record[:] = b"\0\xff2nd"
    assert pen(file, handed, 5) == 5
    assert os.pread(file, 20, 0) == b"first\0\xff2nd"


@pytest.mark.parametrize("pen", [holding, lending])
def test_what_is_held_keeps_its_place(pen: Pen) -> None:
    record = bytearray(5)
    handed = held(record)
    if handed is not record:
        with pytest.raises(BufferError):
            record.extend(bytes(1 << 20))


def test_a_pen_that_holds_the_interpreter_tells_a_failure_by_its_number() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    assert holding(full, held(bytearray(5)), 5) == -1
    os.close(full)


def test_no_other_thread_gets_a_turn_while_points_are_written(tmp_path: Path) -> None:
    about = {"writer": "w", "server": None, "mode": "offline", "open": {"id": "r"}}
    spool = Spool(Folder.create(tmp_path, about), 1 << 30, resumes=False, pen=holding)
    keyset = KeySet(("a", "b"))
    bell, ready, had_a_turn = threading.Lock(), threading.Event(), threading.Event()

    def wait() -> None:
        ready.set()
        with bell:
            had_a_turn.set()

    usual = sys.getswitchinterval()
    bell.acquire()
    thread = threading.Thread(target=wait)
    thread.start()
    ready.wait()
    spool.point(keyset, 0, 1.0, [1.0, 2.0])  # declares its keys, by an ordinary write
    sys.setswitchinterval(3_600.0)  # from here on the interpreter is had only by whoever is let have it
    try:
        bell.release()
        for step in range(1, POINTS):
            spool.point(keyset, step, 1.0, (1.0, 2.0))
        turned = had_a_turn.is_set()
    finally:
        sys.setswitchinterval(usual)
    thread.join()
    spool.close()
    spool.folder.release()
    assert not turned

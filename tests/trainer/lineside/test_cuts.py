"""What was cut is known after any crash."""

import os
from pathlib import Path

from lineside._cuts import Cut, CutFile


def reopened(path: Path) -> Cut:
    file = CutFile(path)
    file.close()
    return file.cut


def test_a_new_file_knows_of_no_cut(tmp_path: Path) -> None:
    assert reopened(tmp_path / "cut") == Cut(opened=False, base=-1, seq=0)


def test_the_last_cut_is_found_again(tmp_path: Path) -> None:
    file = CutFile(tmp_path / "cut")
    for seq in range(1, 6):
        file.save(Cut(True, 41, seq, 2, 10 * seq, 10 * seq + 10))
        assert reopened(tmp_path / "cut") == file.cut
    file.close()


def test_a_torn_write_leaves_the_cut_before(tmp_path: Path) -> None:
    path = tmp_path / "cut"
    file = CutFile(path)
    file.save(Cut(seq=1))
    file.save(Cut(seq=2))
    file.close()
    for place in range(2):
        whole = path.read_bytes()
        descriptor = os.open(path, os.O_RDWR)
        os.pwrite(descriptor, b"\xff" * 8, place * 512 + 20)
        os.close(descriptor)
        assert reopened(path) == Cut(seq=2 if place == 1 else 1)
        path.write_bytes(whole)

"""A network file system is seen in the mount table, and SQLite then goes without its WAL."""

from __future__ import annotations

from pathlib import Path

import pytest

from lineside_server.core.clock import ManualClock
from lineside_server.store import runs
from lineside_server.store.engine import Store
from lineside_server.store.mounts import mount_table, network_file_system

TABLE = """\
22 28 0:20 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:28 / /home rw,relatime shared:2 - nfs4 server:/home rw,vers=4.2
31 30 0:29 / /home/alice/scratch rw - xfs /dev/vdb rw
32 22 0:30 / /mnt/my\\040share rw shared:3 master:1 - cifs //box/share rw
33 22 0:31 / /mnt/ssh rw - fuse.sshfs alice@box: rw
34 22 0:32 / /mnt/usb rw - fuseblk /dev/sdb1 rw
35 22 0:33 / /over rw - ext4 /dev/vdc rw
36 22 0:34 / /over rw - lustre mgs:/fs rw
37 22 0:35 / /vm rw - 9p share rw
a line that is none
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/data/x.db", None),
        ("/home/bob/x.db", "nfs4"),
        ("/homely/x.db", None),
        ("/home/alice/scratch/x.db", None),
        ("/home/alice/x.db", "nfs4"),
        ("/mnt/my share/x.db", "cifs"),
        ("/mnt/ssh/x.db", "fuse.sshfs"),
        ("/mnt/usb/x.db", None),
        ("/over/x.db", "lustre"),
        ("/vm/x.db", "9p"),
    ],
)
def test_the_nearest_mount_decides(path: str, kind: str | None) -> None:
    assert network_file_system(Path(path), TABLE) == kind


def test_a_system_that_tells_nothing_is_taken_for_local() -> None:
    assert network_file_system(Path("/x.db"), "") is None


def test_the_table_of_this_machine_is_read() -> None:
    assert " - " in mount_table()


def test_a_database_on_a_network_is_warned_of_and_goes_without_wal(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def mode(store: Store) -> object:
        return store.submit(lambda connection: connection.exec_driver_sql("PRAGMA journal_mode").scalar()).result()

    path = str(tmp_path / "x.db")
    modes = []
    for table in ("", f"1 0 0:1 / {tmp_path} rw - nfs4 server:/ rw\n", ""):
        caplog.clear()
        store = Store.open(path, ManualClock(), mounts=table)
        runs.open_run(store, runs.RunSpec(id="r", resume="allow"), "w").result()
        assert runs.get_run(store, "r").id == "r"
        modes.append((mode(store), "network file system (nfs4)" in caplog.text))
        store.close()
    assert modes == [("wal", False), ("delete", True), ("wal", False)]

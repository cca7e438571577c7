"""Whether a file lies on a network file system, where SQLite's WAL would corrupt it: its memory map is not shared."""

import os
import re
from pathlib import Path
from typing import Final

_TABLE: Final = Path("/proc/self/mountinfo")
_NETWORK: Final = {
    *("9p", "afs", "beegfs", "ceph", "cifs", "cvmfs", "davfs", "fhgfs", "glusterfs", "gpfs", "lustre", "ncpfs"),
    *("nfs", "nfs4", "ocfs2", "orangefs", "panfs", "pvfs2", "smb2", "smb3", "smbfs", "virtiofs", "vboxsf", "wekafs"),
}
# What is mounted by a program is local only if it is known to be.
_LOCAL_FUSE: Final = {"fuseblk", "fuse.ntfs-3g", "fuse.fuse-overlayfs", "fuse.bindfs", "fuse.lxcfs", "fuse.mergerfs"}


def mount_table() -> str:
    """The mounts that this process sees; empty where the system does not tell."""
    try:
        return _TABLE.read_text()
    except OSError:
        return ""


def network_file_system(path: Path, table: str) -> str | None:
    """The type of the network file system that `path` lies on, or None; `table` is a mountinfo of proc(5)."""
    kind = _kind_of(os.path.realpath(path), table)
    if kind in _NETWORK or (kind.startswith("fuse") and kind not in _LOCAL_FUSE):
        return kind
    return None


def _kind_of(path: str, table: str) -> str:
    """The longest mount point wins, and among equals the latest, which hides the others."""
    longest, found = -1, ""
    for line in table.splitlines():
        about, _, rest = line.partition(" - ")
        fields, kind = about.split(), rest.split()
        if len(fields) < 5 or not kind:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4])
        below = path == point or path.startswith(point.rstrip("/") + "/")
        if below and len(point) >= longest:
            longest, found = len(point), kind[0]
    return found

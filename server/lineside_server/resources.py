"""Where things lie on this machine: the built page, the migrations, and the database unless told otherwise."""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
REPOSITORY = PACKAGE.parent.parent


def page_folder() -> Path | None:
    """Return the folder of the built page: packed in a wheel, else built in a checkout, else None."""
    candidates = (PACKAGE / "page", REPOSITORY / "web" / "dist")
    return next((folder for folder in candidates if (folder / "index.html").is_file()), None)


def migrations_folder() -> Path:
    """Return the folder of the migrations: packed in a wheel, else the one of the checkout."""
    packed = PACKAGE / "_alembic"
    return packed if packed.is_dir() else REPOSITORY / "alembic"


def default_database() -> str:
    """Return the path of the database file under the user's data folder."""
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return str(Path(data) / "lineside" / "lineside.db")

"""Where things lie on this machine: the page, migrations, recorded runs, the rules' documentation, the database."""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
REPOSITORY = PACKAGE.parent.parent
PLAYED = ("healthy-distil-0", "unweighted-eval-0", "schedule-in-batches-0", "nan-clamped-0")


def page_folder() -> Path | None:
    """Return the folder of the built page: packed in a wheel, else built in a checkout, else None."""
    candidates = (PACKAGE / "page", REPOSITORY / "web" / "dist")
    return next((folder for folder in candidates if (folder / "index.html").is_file()), None)


def migrations_folder() -> Path:
    """Return the folder of the migrations: packed in a wheel, else the one of the checkout."""
    packed = PACKAGE / "_alembic"
    return packed if packed.is_dir() else REPOSITORY / "alembic"


def recorded_runs() -> list[Path]:
    """Return the recorded runs that the demo plays, a healthy one and ill ones."""
    packed = PACKAGE / "_runs"
    folder = packed if packed.is_dir() else REPOSITORY / "tests" / "runs" / "lab"
    return [folder / f"{name}.jsonl.gz" for name in PLAYED]


def rules_page() -> Path | None:
    """Return the documentation of the rules: packed in a wheel, else the one of the checkout, else None."""
    candidates = (PACKAGE / "_docs" / "rules.md", REPOSITORY / "docs" / "rules.md")
    return next((file for file in candidates if file.is_file()), None)


def default_database() -> str:
    """Return the path of the database file under the user's data folder."""
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return str(Path(data) / "lineside" / "lineside.db")

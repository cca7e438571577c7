"""What a user gets by installing: one wheel with page and migrations, the same from the source archive."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def build(*arguments: str, cwd: Path) -> None:
    command = [sys.executable, "-m", "build", "--no-isolation", "--skip-dependency-check", *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("sdist")
    build("--sdist", "--outdir", str(target), cwd=ROOT)
    return next(target.glob("lineside-*.tar.gz"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("wheel")
    build("--wheel", "--outdir", str(target), cwd=ROOT)
    return next(target.glob("lineside-*.whl"))


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as opened:
        return {name: opened.read(name) for name in sorted(opened.namelist())}


def test_the_wheel_holds_page_migrations_and_the_runs_of_the_demo(wheel: Path) -> None:
    names = set(contents(wheel))
    assert {"lineside_server/page/index.html", "lineside_server/page/docs/swagger-ui-bundle.js"} <= names
    assert "lineside_server/_alembic/env.py" in names
    assert any(name.startswith("lineside_server/_alembic/versions/") for name in names)
    assert "lineside_server/_docs/rules.md" in names
    assert sum(name.startswith("lineside_server/_runs/") for name in names) == 4
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {
        "lineside", "lineside_server", "lineside_trainer",
    }  # fmt: skip


def test_the_source_archive_builds_the_same_wheel(archive: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(archive) as opened:
        # Python before 3.11.4 knows no filters; what is here is our own archive.
        opened.extraction_filter = getattr(tarfile, "data_filter", lambda member, _path: member)
        opened.extractall(tmp_path)
    folder = next(tmp_path.glob("lineside-*"))
    build("--wheel", "--outdir", str(tmp_path / "again"), cwd=folder)
    assert contents(next((tmp_path / "again").glob("*.whl"))) == contents(wheel)


def test_an_empty_environment_receives_lineside_and_nothing_else(wheel: Path, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "empty")], check=True)
    pip = [str(tmp_path / "empty" / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    before = subprocess.run([*pip, "freeze", "--all"], capture_output=True, text=True, check=True).stdout
    install = [*pip, "install", "--no-index", str(wheel)]
    subprocess.run(install, capture_output=True, text=True, check=True, env=environment)
    after = subprocess.run([*pip, "freeze", "--all"], capture_output=True, text=True, check=True).stdout
    new = set(after.splitlines()) - set(before.splitlines())
    assert [line.partition(" ")[0].partition("=")[0] for line in new] == ["lineside"]
    version = [str(tmp_path / "empty" / "bin" / "lineside"), "version"]
    assert subprocess.run(version, capture_output=True, text=True, check=True).stdout.strip().endswith("0.1.0")
    serve = [str(tmp_path / "empty" / "bin" / "lineside"), "serve"]
    refused = subprocess.run(serve, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert refused.returncode == 2
    assert "lineside[server]" in refused.stderr


def test_an_installed_service_finds_its_page_and_migrations(wheel: Path, tmp_path: Path) -> None:
    shutil.unpack_archive(wheel, tmp_path, "zip")
    code = "from lineside_server import resources as r; print(r.page_folder()); print(r.migrations_folder())"
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    shown = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout.split()
    assert shown == [str(tmp_path / "lineside_server" / "page"), str(tmp_path / "lineside_server" / "_alembic")]

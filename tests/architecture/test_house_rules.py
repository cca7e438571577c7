"""The bounds that every file of ours keeps."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    [*(ROOT / "server").rglob("*.py"), *(ROOT / "trainer").rglob("*.py"), *(ROOT / "alembic").rglob("*.py")]
)
PAGE_SOURCES = sorted(path for path in (ROOT / "web" / "src").rglob("*.*") if path.suffix in {".ts", ".tsx", ".css"})


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def committed() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [ROOT / line for line in listing.stdout.splitlines() if (ROOT / line).is_file()]


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_a_module_says_in_a_sentence_what_it_is_for(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text()))
    assert docstring, "no module docstring"
    assert docstring.split("\n\n")[0].rstrip().endswith((".", ":"))


@pytest.mark.parametrize("path", [*SOURCES, *PAGE_SOURCES], ids=named)
def test_a_file_is_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_a_function_fits_in_a_glance(path: Path) -> None:
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions(ast.parse(path.read_text()))}
    assert {name: lines for name, lines in lengths.items() if lines > 60} == {}


def test_the_migrations_folder_never_becomes_a_package() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()


def test_no_committed_file_names_a_registry_or_this_machine() -> None:
    address = re.compile(rb"files\.pythonhosted|registry\.npmjs|registry\.yarnpkg|--(?:extra-)?index-url|--find-links")
    found = [named(path) for path in committed() if path != Path(__file__) and address.search(path.read_bytes())]
    home = str(ROOT.parent).encode() + b"/"
    found += [named(path) for path in committed() if len(home) > 2 and home in path.read_bytes()]
    assert found == []


def test_no_built_or_foreign_file_is_committed() -> None:
    foreign = re.compile(r"(^|/)(dist|node_modules|__pycache__)/|\.min\.js$|(^|/)uv\.lock$")
    assert [named(path) for path in committed() if foreign.search(named(path))] == []


def test_one_pyproject_defines_one_distribution() -> None:
    assert [named(path) for path in committed() if path.name in {"setup.py", "setup.cfg"}] == []
    assert [named(path) for path in committed() if path.name == "pyproject.toml"] == ["pyproject.toml"]

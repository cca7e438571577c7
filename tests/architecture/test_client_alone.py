"""The client works where nothing but the standard library can be imported."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CLIENT = sorted((ROOT / "trainer" / "lineside").rglob("*.py"))

LONELY = """
import sys

class Block:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top != "lineside":
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Block())
import lineside

with lineside.init(project="alone", mode="offline", dir=sys.argv[1]) as run:
    run.log({"train/loss": 1.5}, step=0)
print("logged by", run.id)
"""


@pytest.mark.parametrize("path", CLIENT, ids=lambda path: path.name)
def test_imports_are_of_the_standard_library(path: Path) -> None:
    modules: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            modules |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            modules.add(node.module.partition(".")[0])
    assert modules - set(sys.stdlib_module_names) <= {"lineside"}


def test_it_logs_with_every_third_party_module_blocked(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LONELY, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "logged by" in done.stdout

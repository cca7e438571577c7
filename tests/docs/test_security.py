"""Each claim of docs/security.md names the tests that prove it, and they exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
CLAIMS = [
    line
    for line in PAGE.partition("## What holds")[2].partition("\n## ")[0].splitlines()
    if line.startswith("| ") and not line.startswith(("| claim", "| ---"))
]
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda line: line.split("|")[1].strip()[:40])
def test_each_claim_names_a_test(claim: str) -> None:
    assert re.search(r"`tests/[\w/]+\.py::test_\w+`", claim)


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_each_named_test_exists(file: str, name: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_there_are_claims() -> None:
    assert len(CLAIMS) > 20

"""The documentation names what exists, and nothing that does not."""

import re
from pathlib import Path

import pytest

from lineside_server.app import create_app
from lineside_server.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def text(name: str) -> str:
    return (DOCS / name).read_text()


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_has_its_line(name: str) -> None:
    assert f"| `{name}` |" in text("service.md")


def test_no_line_names_a_setting_that_does_not_exist() -> None:
    section = text("service.md").partition("## Settings")[2].partition("\n## ")[0]
    named = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    assert named == set(Settings.model_fields)


def test_every_route_has_its_line(tmp_path: Path) -> None:
    app = create_app(Settings(database=str(tmp_path / "docs.db")))
    documented = text("rest.md")
    for path, calls in app.openapi()["paths"].items():
        for method in calls:
            assert f"`{method.upper()} {path}`" in documented


@pytest.mark.parametrize(
    "variable",
    ["LINESIDE_SERVER", "LINESIDE_TOKEN", "LINESIDE_PROJECT", "LINESIDE_MODE", "LINESIDE_DIR", "LINESIDE_RUN_ID",
     "LINESIDE_SPOOL_LIMIT"],
)  # fmt: skip
def test_every_variable_of_the_client_has_its_line(variable: str) -> None:
    assert f"| `{variable}` |" in text("client.md")


def test_every_command_has_its_line() -> None:
    declared = (ROOT / "pyproject.toml").read_text().partition('[project.entry-points."lineside.commands"]')[2]
    commands = re.findall(r"^(\w+) = ", declared.partition("\n[")[0], re.MULTILINE)
    for command in [*commands, "sync", "version"]:
        assert f"| `lineside {command}` |" in text("service.md") + text("client.md")


def test_every_link_leads_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"

"""What is documented of a rule is found by its leads."""

from pathlib import Path

from lineside_server.resources import rules_page
from lineside_server.rules.about import read_about
from lineside_server.rules.catalogue import CATALOGUE

LEADS = ["Looks at", "Fires when", "Formula", "Causes", "Quiet for", "Example"]


def test_every_rule_is_documented_by_its_leads() -> None:
    told = read_about(rules_page())
    assert set(told) == {rule.id for rule in CATALOGUE}
    for about in told.values():
        assert list(about) == LEADS
        assert all(about.values())


def test_a_lead_keeps_its_paragraphs_and_ends_at_the_next(tmp_path: Path) -> None:
    page = tmp_path / "rules.md"
    page.write_text("# Rules\n\n## `a`\n\n**Looks at** the loss.\n\nAnd more.\n\n**Fires when**, twice, `x` is high.\n")
    assert read_about(page) == {"a": {"Looks at": "the loss.\n\nAnd more.", "Fires when": "twice, `x` is high."}}


def test_where_there_is_no_documentation_nothing_is_told(tmp_path: Path) -> None:
    assert read_about(None) == {}
    assert read_about(tmp_path / "nowhere.md") == {}

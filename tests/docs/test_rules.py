"""docs/rules.md says of every rule what it looks at, when it fires, by which formula and defaults, and why."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from lineside_server.rules.catalogue import CATALOGUE
from lineside_server.rules.model import Rule

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
LEADS = ("Looks at", "Fires when", "Formula", "Causes", "Quiet for", "Example")
SECTIONS = dict(re.findall(r"^## `([a-z-]+)`\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("rule", CATALOGUE, ids=lambda rule: rule.id)
def test_a_rule_has_its_section_with_every_lead_in_order(rule: type[Rule]) -> None:
    found = re.findall(r"^\*\*([^*]+)\*\*", SECTIONS[rule.id], re.MULTILINE)
    assert [lead.strip() for lead in found] == list(LEADS)


@pytest.mark.parametrize("rule", CATALOGUE, ids=lambda rule: rule.id)
def test_every_parameter_is_named_with_its_default(rule: type[Rule]) -> None:
    section = SECTIONS[rule.id].replace(",", "")
    for field in fields(rule.Params):
        assert f"`{field.name}`" in section, field.name
        default = getattr(rule.Params(), field.name)
        if isinstance(default, bool) or not isinstance(default, int | float):
            continue
        spellings = {f"{default:g}", f"{default * 100:g}%", f"{default}", f"{default - 1:.0%}"}
        spellings.add(f"{default:.0e}".replace("e-0", "e-"))
        assert any(spelling in section for spelling in spellings), (field.name, default)


def test_no_section_is_of_a_rule_that_is_not_there() -> None:
    assert set(SECTIONS) == {rule.id for rule in CATALOGUE}

"""What the documentation says of each built-in rule, lead by lead, for those who look a rule up on the page."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_SECTION: Final = re.compile(r"^## `([a-z-]+)`\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_LEAD: Final = re.compile(r"^\*\*([^*]+)\*\*[ ,]*(.*?)(?=^\*\*|\Z)", re.MULTILINE | re.DOTALL)
About = dict[str, str]  # a lead, such as "Fires when", and its paragraphs in Markdown


def read_about(file: Path | None) -> Mapping[str, About]:
    """Read `docs/rules.md` by rule; nothing where it is not to be had."""
    try:
        text = "" if file is None else file.read_text(encoding="utf-8")
    except OSError:
        return {}
    return {rule_id: _leads(section) for rule_id, section in _SECTION.findall(text)}


def _leads(section: str) -> About:
    return {lead.strip(): text.strip() for lead, text in _LEAD.findall(section)}

"""The rules file: entries of the rule book in TOML, one table a rule."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from lineside_server.core.rulebook import Entry
from lineside_server.errors import StartError
from lineside_server.rules.catalogue import CATALOGUE
from lineside_server.rules.definition import Fault, RuleFaultError, RuleTold, entry_of, faults_of
from lineside_server.rules.model import Rule


def read_rules(file: Path, catalogue: Sequence[type[Rule]] = CATALOGUE) -> tuple[Entry, ...]:
    """Read `[rules.<id>]` tables. StartError says what is wrong and where."""
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as failure:
        raise StartError(f"The rules file {file} cannot be read: {failure.strerror}.") from failure
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as failure:
        raise StartError(f"The rules file {file} is no TOML: {failure}.") from failure
    tables = told.get("rules", {})
    if told.keys() - {"rules"} or not isinstance(tables, dict):
        raise StartError(f"The rules file {file} holds tables [rules.<id>] and nothing else.")
    entries, faults = [], list[Fault]()
    for rule_id, table in tables.items():
        try:
            entries.append(entry_of(rule_id, RuleTold.model_validate(table), catalogue, "file"))
        except ValidationError as failure:
            faults += [(f"rules.{rule_id}.{place}".rstrip("."), fault) for place, fault in faults_of(failure)]
        except RuleFaultError as failure:
            faults += [(f"rules.{rule_id}.{place}", fault) for place, fault in failure.faults]
    if faults:
        raise StartError(f"The rules file {file}: " + "; ".join(f"{place}: {fault}" for place, fault in faults) + ".")
    return tuple(entries)

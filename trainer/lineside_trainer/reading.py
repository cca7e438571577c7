"""Reads settings from JSON values into the dataclasses of `config`, and refuses what they are not."""

from __future__ import annotations

import difflib
import json
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

from lineside_trainer.config import Config, ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def parse(values: Mapping[str, Any], base: Config | None = None) -> Config:
    """Return a Config from JSON values laid over `base` (default: the built-in one); raise ConfigError."""
    known = {name: getattr(base, name) for name in (f.name for f in fields(Config))} if base else {}
    return Config(**{**known, **_arguments(Config, values, "")})


def read(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file; raise ConfigError in words."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"The config {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise ConfigError(f"The config {path} is no JSON: {error}.") from error
    if not isinstance(values, dict):
        raise ConfigError(f"The config {path} must be a JSON object.")
    return values


def _arguments(kind: type[Any], values: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Return constructor arguments for a dataclass, each converted to its field's type."""
    types = get_type_hints(kind)
    for name in values:
        if name not in types:
            near = difflib.get_close_matches(str(name), types, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise ConfigError(f"{place}{name} is not a setting.{hint}")
    return {name: _convert(types[name], value, f"{place}{name}") for name, value in values.items()}


def _convert(wanted: Any, value: Any, place: str) -> Any:  # noqa: PLR0911 (one line for each kind of setting)
    if get_origin(wanted) in (Union, UnionType):
        return _convert_union(get_args(wanted), value, place)
    if get_origin(wanted) is Literal and value in get_args(wanted):
        return value
    if is_dataclass(wanted) and isinstance(wanted, type) and isinstance(value, dict):
        return wanted(**_arguments(wanted, value, f"{place}."))
    if get_origin(wanted) is tuple and isinstance(value, list | tuple):
        return tuple(_convert(str, item, place) for item in value)
    if get_origin(wanted) is dict and isinstance(value, dict):
        return {str(name): _convert(float, item, f"{place}.{name}") for name, item in value.items()}
    if wanted is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(wanted, type) and isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool)):
        return value
    raise ConfigError(f"{place} is {json.dumps(value, default=str)}; it must be {describe(wanted)}.")


def _convert_union(members: tuple[Any, ...], value: Any, place: str) -> Any:
    if value is None and NoneType in members:
        return None
    if isinstance(value, str) and str in members:
        return value
    return _convert(members[0], value, place)


def describe(wanted: Any) -> str:
    """Return the words for a type of setting, as in "it must be …"."""
    if get_origin(wanted) is Literal:
        return " or ".join(get_args(wanted))
    if get_origin(wanted) in (Union, UnionType):
        return " or ".join(describe(member) for member in get_args(wanted))
    if is_dataclass(wanted):
        return f"an object of {', '.join(f.name for f in fields(wanted))}"
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "text", NoneType: "null"}
    return words.get(wanted, "a list of texts" if get_origin(wanted) is tuple else "an object of numbers")

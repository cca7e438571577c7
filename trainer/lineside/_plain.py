"""Turns configs of any make into plain JSON values, with secrets taken out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from ._redact import REDACTED, is_secret, redact_address, worth_hiding

_DEEPEST = 32
_LONGEST_TEXT = 65_536
_LONGEST_REPR = 500
_LARGEST_ARRAY = 1_000


def plain(value: object, hidden: set[str] | None = None, depth: int = 0) -> Any:
    """Return JSON for any value; secret values met on the way are collected in `hidden`. Never raises."""
    try:
        return _plain(value, set() if hidden is None else hidden, depth)
    except Exception:  # noqa: BLE001 - a config object may fail in any way; its type is still worth recording
        return f"<{type(value).__name__}>"


def number(value: float) -> float | str:
    """Spell a non-finite float as the string that JSON can carry."""
    if math.isfinite(value):
        return value
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def _plain(value: object, hidden: set[str], depth: int) -> Any:  # noqa: PLR0911 - a line a type
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return redact_address(str(value))[:_LONGEST_TEXT]
    if isinstance(value, int):
        return int(value) if -(1 << 63) <= value < 1 << 63 else str(value)
    if isinstance(value, float):
        return number(float(value))
    if depth >= _DEEPEST:
        return "…"
    if (mapping := _as_mapping(value)) is not None:
        return _plain_mapping(mapping, hidden, depth)
    return _plain_other(value, hidden, depth)


def _as_mapping(value: object) -> Mapping[Any, Any] | None:
    if isinstance(value, Mapping):
        return value
    if isinstance(value, type):
        return None
    fields = getattr(value, "__dataclass_fields__", None)
    if fields is not None:
        return {name: getattr(value, name, None) for name in fields}
    if type(value).__name__ == "Namespace" or type(value).__name__ == "SimpleNamespace":
        return vars(value)
    for name in ("to_dict", "model_dump", "_asdict"):  # transformers, pydantic, named tuples
        method = getattr(value, name, None)
        if callable(method) and isinstance(result := method(), Mapping):
            return result
    return None


def _plain_mapping(mapping: Mapping[Any, Any], hidden: set[str], depth: int) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in mapping.items():
        name = key if isinstance(key, str) else str(key)
        if is_secret(name, value):
            _hide(value, hidden)
            result[name] = REDACTED
        else:
            result[name] = plain(value, hidden, depth + 1)
    return result


def _plain_other(value: object, hidden: set[str], depth: int) -> Any:  # noqa: PLR0911 - a line a type
    if isinstance(value, set | frozenset):
        return sorted((plain(item, hidden, depth + 1) for item in value), key=str)
    if hasattr(value, "__fspath__"):
        return str(value)
    if hasattr(value, "value") and hasattr(value, "name") and hasattr(type(value), "__members__"):
        return plain(value.value, hidden, depth + 1)
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    if callable(value):
        return f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', type(value).__name__)}"
    if (array := _from_array(value)) is not value:
        return plain(array, hidden, depth + 1)
    if (
        isinstance(value, Iterable)
        and not isinstance(value, bytes | bytearray | memoryview)
        and hasattr(value, "__len__")
    ):
        return [plain(item, hidden, depth + 1) for item in value]
    return redact_address(repr(value))[:_LONGEST_REPR]


def _from_array(value: object) -> object:
    """Return the numbers of a scalar or a small array (numpy, torch, …); anything else as it is."""
    tolist = getattr(value, "tolist", None)
    if not callable(tolist):
        return value
    count = math.prod(getattr(value, "shape", ()))
    return tolist() if count <= _LARGEST_ARRAY else f"<{type(value).__name__} of {count} values>"


def _hide(value: object, hidden: set[str]) -> None:
    if isinstance(value, Mapping):
        for item in value.values():
            _hide(item, hidden)
    elif isinstance(value, list | tuple | set):
        for item in value:
            _hide(item, hidden)
    elif worth_hiding(value):
        hidden.add(str(value))

"""Turns what a trainer logs into doubles, keys and steps, or says why it cannot."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from typing import Any

LAST_STEP = (1 << 63) - 1
LONGEST_KEY = 256
PLAIN = frozenset({float, int, bool})  # what struct packs as a double without asking anybody
_DEEPEST = 16


def scalar(value: Any) -> float:
    """Return the one number in a value: a tensor's through `.item()`, which waits for the device once."""
    if type(value) in PLAIN:
        return float(value)
    item = getattr(value, "item", None)
    if callable(item):
        value = item()
    if isinstance(value, str | bytes | bytearray):
        raise TypeError("it is text")
    return float(value)


def scalar_or_same(value: Any) -> Any:
    """Return the value as a float, or as it is where it is not one number."""
    try:
        return scalar(value)
    except Exception:  # noqa: BLE001 - tensors of any make may fail in any way
        return value


def as_step(step: Any) -> int:
    """Return the step as an integer; TypeError or ValueError if it is none."""
    value = step.item() if callable(getattr(step, "item", None)) else step
    number = int(value) if isinstance(value, float) and value.is_integer() else operator.index(value)
    if not 0 <= number <= LAST_STEP:
        raise ValueError("a step lies between 0 and 2^63 - 1")
    return number


def key_problem(key: object) -> str | None:
    """Say what is wrong with a key, if anything."""
    if not isinstance(key, str):
        return "it is no text"
    if not 1 <= len(key) <= LONGEST_KEY:
        return f"it has to have 1 to {LONGEST_KEY} characters"
    if any(ord(each) < 32 or 127 <= ord(each) < 160 or 0xD800 <= ord(each) < 0xE000 for each in key):
        return "it holds a control character"
    return None


def sift(values: object) -> tuple[dict[str, float], dict[str, str]]:
    """Return what can be logged, and a sentence for each key that cannot."""
    if not isinstance(values, Mapping):
        return {}, {"": f"log() takes a mapping of keys to numbers, not {type(values).__name__}."}
    kept: dict[str, float] = {}
    refused: dict[str, str] = {}
    for key, value in _flatten(values):
        if problem := key_problem(key):
            refused[str(key)] = f"The key {str(key)[:80]!r} cannot be logged: {problem}."
            continue
        number = scalar_or_same(value)
        if isinstance(number, float):
            kept[key] = number
        else:
            refused[key] = f"The value of {key!r} cannot be logged: {type(value).__name__} is not one number."
    return kept, refused


def _flatten(values: Mapping[Any, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[Any, Any]]:
    """Yield (key, value) with nested mappings joined by `/`."""
    for key, value in values.items():
        name = f"{prefix}{key}" if prefix and isinstance(key, str) else key
        if isinstance(value, Mapping) and isinstance(key, str) and depth < _DEEPEST:
            yield from _flatten(value, f"{name}/", depth + 1)
        else:
            yield name, value

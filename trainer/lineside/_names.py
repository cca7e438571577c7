"""Makes ids that do not collide, names that can be said, and jitter, without touching the trainer's random numbers."""

from __future__ import annotations

import os

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_COLOURS = (
    "amber",
    "ashen",
    "azure",
    "brass",
    "copper",
    "crimson",
    "golden",
    "green",
    "indigo",
    "ivory",
    "misty",
    "red",
)
_PLACES = ("arch", "bend", "bridge", "crossing", "cutting", "depot", "halt", "junction", "loop", "platform", "siding")


def new_id() -> str:
    """Return 12 characters that hold 62 random bits."""
    number, digits = _random(1 << 64), []
    for _ in range(12):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(digits)


def new_name() -> str:
    """Return something like `amber-siding-417`."""
    return f"{_COLOURS[_random(len(_COLOURS))]}-{_PLACES[_random(len(_PLACES))]}-{100 + _random(900)}"


def jitter() -> float:
    """Return a factor between 0.5 and 1, so that clients do not come back in step."""
    return 0.5 + _random(1 << 16) / (1 << 17)


def _random(below: int) -> int:
    return int.from_bytes(os.urandom(8), "little") % below

"""What `--map` says of columns: a key of their own, or what a column is for."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from lineside_server.errors import BadInput

PARTS: Final = ("step", "time", "elapsed", "total_steps")  # each for one column at most
WORDS: Final = (*PARTS, "drop", "blank-is-nan")


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """`keys`: column to key; `parts`: what a column is, to the column; names are as they stand in the file."""

    keys: dict[str, str] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()
    blank_is_nan: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.columns)

    @property
    def columns(self) -> frozenset[str]:
        """All columns that are named."""
        return frozenset({*self.keys, *self.parts.values()}) | self.dropped | self.blank_is_nan

    @property
    def salt(self) -> bytes:
        """Return what makes a file that is read in another way another run; nothing where nothing is mapped."""
        told = (sorted(self.keys.items()), sorted(self.parts.items()), sorted(self.dropped), sorted(self.blank_is_nan))
        return msgspec.json.encode(told) if self else b""

    def check(self, known: Iterable[str]) -> None:
        """BadInput names a column that the file does not have."""
        names = list(known)
        for column in sorted(self.columns - set(names)):
            shown = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
            raise BadInput(f"--map {column}=…: there is no column {column}; there are {shown}.")


def parse_mapping(told: Sequence[str]) -> ColumnMap:
    """Read `COLUMN=KEY` and `COLUMN=@WORD`; the last `=` divides. BadInput says what cannot be read."""
    keys: dict[str, str] = {}
    parts: dict[str, str] = {}
    flags: dict[str, set[str]] = {"drop": set(), "blank-is-nan": set()}
    for text in told:
        column, divided, target = (part.strip() for part in text.rpartition("="))
        word = target.removeprefix("@")
        if not (divided and column and word):
            raise BadInput(f"--map {text} is not COLUMN=KEY or COLUMN=@WORD.")
        if word == target:
            _once(keys, column, target, text)
        elif word in PARTS:
            _once(parts, word, column, text)
        elif word in flags:
            flags[word].add(column)
        else:
            raise BadInput(f"--map {text}: @{word} is not known; there are {', '.join('@' + one for one in WORDS)}.")
    doubled = [key for key, count in Counter(keys.values()).items() if count > 1]
    if doubled:
        raise BadInput(f"--map makes {doubled[0]} of more than one column.")
    return ColumnMap(keys, parts, frozenset(flags["drop"]), frozenset(flags["blank-is-nan"]))


def _once(taken: dict[str, str], name: str, value: str, text: str) -> None:
    if taken.setdefault(name, value) != value:
        raise BadInput(f"--map {text} contradicts an earlier one.")

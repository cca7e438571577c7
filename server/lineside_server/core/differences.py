"""What two or more nested declarations differ in, leaf by leaf, whatever order they are named in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeGuard

Leaves = Mapping[str, Any]
DEEPEST: Final = 32  # what is nested deeper is compared as a whole
BREAKS: Final = frozenset('.["]')


@dataclass(frozen=True, slots=True)
class Row:
    """A path whose values are not all the same; a side that does not have it is not in `values`, unlike a null."""

    path: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Differences:
    """`same` holds the paths that every side has with the same value; `sides` all leaves of each."""

    rows: tuple[Row, ...]
    same: Leaves
    sides: Mapping[str, Leaves] = field(default_factory=dict)

    @property
    def equal(self) -> int:
        return len(self.same)


def differences(sides: Mapping[str, Any]) -> Differences:
    """Compare what the sides declare; rows are sorted by path."""
    leaves = {name: leaves_of(value) for name, value in sides.items()}
    paths = sorted({path for side in leaves.values() for path in side})
    rows: list[Row] = []
    same: dict[str, Any] = {}
    for path in paths:
        values = {name: side[path] for name, side in leaves.items() if path in side}
        if len(values) < len(leaves) or len({identity(value) for value in values.values()}) > 1:
            rows.append(Row(path, values))
        else:
            same[path] = next(iter(values.values()))
    return Differences(tuple(rows), same, leaves)


def leaves_of(value: object) -> dict[str, Any]:
    """Return what is nested in a value by dotted path; a list of plain values is one leaf, and so is what is empty."""
    return dict(_leaves(value, "", 0))


def identity(value: object) -> object:
    """Return what is equal for equal JSON: 1 is 1.0 but not true, and a NaN is what another NaN is."""
    if isinstance(value, Mapping):
        return "mapping", frozenset((name, identity(part)) for name, part in value.items())
    if _is_list(value):
        return "list", tuple(map(identity, value))
    if isinstance(value, bool):
        return "truth", value
    if isinstance(value, float) and value != value:  # noqa: PLR0124 - only a NaN is not what it is
        return "number", "nan"
    return ("number", value) if isinstance(value, int | float) else (type(value).__name__, value)


def _leaves(value: object, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    parts = _parts(value) if depth < DEEPEST else None
    if parts is None:
        if path or not _is_empty(value):
            yield path, value
        return
    for name, part in parts:
        yield from _leaves(part, _joined(path, name), depth + 1)


def _parts(value: object) -> list[tuple[str | int, Any]] | None:
    if isinstance(value, Mapping) and value:
        return list(value.items())
    if _is_list(value) and any(isinstance(part, Mapping) or _is_list(part) for part in value):
        return list(enumerate(value))
    return None


def _joined(path: str, name: str | int) -> str:
    """Return a path that no other place has: a name that could pass for a path of its own is quoted."""
    if isinstance(name, int):
        return f"{path}[{name}]"
    if not name or BREAKS & set(name):
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'{path}["{quoted}"]'
    return f"{path}.{name}" if path else name


def _is_list(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, Mapping) and not value)

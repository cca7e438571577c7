"""What a difference between figures of several runs may be credited to, by what their declarations differ in."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from lineside_server.core.defining import About, Section, defined_by
from lineside_server.core.differences import Differences, Row, identity

MOST_NAMED: Final = 6


@dataclass(frozen=True, slots=True)
class Caveat:
    """Why figures of some kind are no measure of one run against another.

    `paths` differ, `undeclared` are declared by some runs only; both begin with the section that they stand in.
    """

    about: About
    paths: tuple[str, ...]
    undeclared: tuple[str, ...]
    sentence: str


def caveats(config: Differences, intent: Differences) -> tuple[Caveat, ...]:
    """Return what must not be credited because of what is declared, the losses first."""
    found: dict[About, tuple[list[str], list[str]]] = {}
    sections: tuple[tuple[Section, Differences], ...] = (("config", config), ("intent", intent))
    for section, told in sections:
        for row in told.rows:
            for about in defined_by(section, row.path, intent):
                paths, undeclared = found.setdefault(about, ([], []))
                kept = paths if _differs(row, told) else undeclared
                kept.append(_joined(section, row.path))
    order: tuple[About, ...] = ("loss", "train", "eval", "step")
    return tuple(_caveat(about, *found[about]) for about in order if about in found)


def reading(config: Differences, intent: Differences) -> str:
    """Return what a difference between the figures of these runs is one of, in a sentence or two."""
    if len(config.sides) < 2:
        return ""
    paths = [_joined("config", row.path) for row in config.rows] + [_joined("intent", row.path) for row in intent.rows]
    if not paths and not config.equal + intent.equal:
        return "No run declares a config or an intent: whether they are set up alike cannot be told."
    if not paths:
        return "Nothing that is declared differs: what differs comes from what is not declared, or from chance."
    many = "1 declaration differs" if len(paths) == 1 else f"{len(paths)} declarations differ"
    return (
        f"{many}: {_named(paths)}. A difference between figures is one between these configurations: "
        "it does not show that a run is learning."
    )


def _differs(row: Row, told: Differences) -> bool:
    """Whether runs contradict each other: two values, or a part of something that a run declares without it."""
    if len({identity(value) for value in row.values.values()}) > 1:
        return True
    above = _above(row.path)
    absent = (side for name, side in told.sides.items() if name not in row.values)
    return above != "" and any(_declares(side, above) for side in absent)


def _declares(side: Mapping[str, object], above: str) -> bool:
    return any(path == above or path.startswith((f"{above}.", f"{above}[")) for path in side)


def _above(path: str) -> str:
    """Return the first name of a path that has more than one."""
    first = re.split(r"[.\[]", path, maxsplit=1)[0]
    return first if first != path else ""


def _joined(section: Section, path: str) -> str:
    return f"{section}{path}" if path.startswith("[") else f"{section}.{path}"


def _caveat(about: About, paths: list[str], undeclared: list[str]) -> Caveat:
    parts = []
    if paths:
        parts.append(SENTENCES[about].format(paths=_named(paths)))
    if undeclared:
        parts.append(f"Not every run declares {_named(undeclared)}: {UNTOLD[about]}")
    return Caveat(about, tuple(paths), tuple(undeclared), " ".join(parts))


SENTENCES: Final[Mapping[About, str]] = {
    "loss": "What a loss measures is declared differently ({paths}): a difference between losses must not be credited "
    "to a run.",
    "train": "What the train loss is measured on is declared differently ({paths}): a difference between train losses "
    "must not be credited to a run.",
    "eval": "What eval measures is declared differently ({paths}): a difference between eval losses must not be "
    "credited to a run.",
    "step": "A step is not the same amount of training ({paths}): what stands at equal steps is not at equal progress.",
}
UNTOLD: Final[Mapping[About, str]] = {
    "loss": "whether their losses measure the same cannot be told.",
    "train": "whether their train losses measure the same cannot be told.",
    "eval": "whether their evals measure the same cannot be told.",
    "step": "whether a step is the same amount of training cannot be told.",
}


def _named(paths: Iterable[str]) -> str:
    every = list(paths)
    more = len(every) - MOST_NAMED
    return ", ".join(every[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")

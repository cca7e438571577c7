"""Which series of several runs are the same thing: by role first, then by key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

HEADLINES: Final = ("train.loss", "eval.loss", "lr", "perplexity", "accuracy", "throughput", "tokens")


@dataclass(frozen=True, slots=True)
class Pair:
    """A series of each run that has it, by run; without a role it has one key in all of them."""

    role: str | None
    keys: Mapping[str, str]

    @property
    def name(self) -> str:
        """The key, where it is one; of several the plainest."""
        return min(self.keys.values(), key=_plainest)


def pairs(roles: Mapping[str, Mapping[str, str]], keys: Mapping[str, Sequence[str]]) -> list[Pair]:
    """Return the headline series, one a role, and then every key that at least two runs have.

    `roles` and `keys` are by run. Of one run alone every key is told.
    """
    headlines = [pair for role in HEADLINES if (pair := _of_role(role, roles, keys)) is not None]
    told = {(run, key) for pair in headlines for run, key in pair.keys.items()}
    having: dict[str, dict[str, str]] = {}
    for run, every in keys.items():
        for key in every:
            having.setdefault(key, {})[run] = key
    least = min(2, len(keys))
    shared = (
        Pair(None, runs)
        for key, runs in sorted(having.items())
        if len(runs) >= least and not all((run, key) in told for run in runs)
    )
    return [*headlines, *shared]


def lone(keys: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return how many series each run has that no other has."""
    runs: dict[str, int] = {}
    for every in keys.values():
        for key in every:
            runs[key] = runs.get(key, 0) + 1
    return {run: sum(1 for key in every if runs[key] == 1) for run, every in keys.items()}


def _of_role(role: str, roles: Mapping[str, Mapping[str, str]], keys: Mapping[str, Sequence[str]]) -> Pair | None:
    found = {}
    for run, every in keys.items():
        told = roles.get(run, {})
        if having := [key for key in every if told.get(key) == role]:
            found[run] = min(having, key=_plainest)
    return Pair(role, found) if found else None


def _plainest(key: str) -> tuple[int, str]:
    return len(key), key

"""What a loss is made of: its terms by name, and which reading of them leaves a total that is possible."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from lineside_server.core.roles import SPLITS

Reading = Literal["weighted", "plain"]
READINGS: Final[tuple[Reading, ...]] = ("weighted", "plain")
SLACK: Final = 0.05  # a sum this near its total is the total
# A term in nats cannot be so large: it is the surprise of one in e^100, for a vocabulary of no more than e^13 words.
MOST_NATS: Final = 100.0
IN_NATS: Final = frozenset({"lm", "ce", "nll", "mlm", "xent", "crossentropy"})


@dataclass(frozen=True, slots=True)
class Makeup:
    """A total with the terms that are logged beside it, as logged; `weights` are declared, also of terms not logged."""

    total: float
    terms: Mapping[str, float]
    weights: Mapping[str, float]

    @property
    def missing(self) -> tuple[str, ...]:
        """The declared terms that are not logged and would count."""
        return tuple(name for name, weight in self.weights.items() if name not in self.terms and weight != 0)

    def part(self, name: str, reading: Reading) -> float:
        """Return what a logged term contributes; a term without a declared weight counts as it is."""
        return self.terms[name] * (self.weights.get(name, 1.0) if reading == "weighted" else 1.0)

    def known(self, reading: Reading) -> float:
        return sum(self.part(name, reading) for name in self.terms)

    def remainder(self, reading: Reading) -> float:
        """Return what the total leaves for terms that are not logged."""
        return self.total - self.known(reading)

    def implied(self, reading: Reading) -> float | None:
        """Return the value that the one missing term would have, None where not exactly one is missing."""
        if len(self.missing) != 1:
            return None
        weight = self.weights[self.missing[0]] if reading == "weighted" else 1.0
        return self.remainder(reading) / weight

    def possible(self, reading: Reading) -> bool:
        """Whether the total can be what it is under a reading."""
        left = self.remainder(reading)
        if not self.missing:
            return abs(left) <= SLACK * abs(self.total)
        if any(value < 0 for value in self.terms.values()):
            return True  # a term that may be negative bounds nothing
        implied = self.implied(reading)
        beyond = implied is not None and words_of(self.missing[0]) & IN_NATS and implied > MOST_NATS
        return left >= -SLACK * abs(self.total) and not beyond

    def reading(self, due: Reading | None = None) -> Reading | None:
        """Return the reading that is possible, the one that is due first, else the weighted; None if neither is."""
        order = READINGS if due in (None, "weighted") else READINGS[::-1]
        return next((reading for reading in order if self.possible(reading)), None)

    def shares(self, reading: Reading) -> dict[str, float]:
        """Return each term's part of the total; what one missing term leaves is its own."""
        if not self.total:
            return {}
        shares = {name: self.part(name, reading) / self.total for name in self.terms}
        if len(self.missing) == 1:
            shares[self.missing[0]] = self.remainder(reading) / self.total
        return shares


def weights_for(makeup: Makeup, wanted: Mapping[str, float]) -> dict[str, float]:
    """Return the weights with which the terms, as large as they are, would have the wanted shares of this total."""
    values = dict(makeup.terms)
    implied = makeup.implied("weighted")
    if implied is not None:
        values[makeup.missing[0]] = implied
    return {
        name: share * makeup.total / values[name]
        for name, share in wanted.items()
        if values.get(name, 0.0) > 0 and makeup.total > 0
    }


def normalised(weights: Mapping[str, float]) -> dict[str, float]:
    """Return the weights as shares of their sum."""
    whole = sum(weights.values())
    return {name: weight / whole for name, weight in weights.items()} if whole > 0 else {}


def split_key(key: str) -> tuple[str, str]:
    """Return the prefix of a key, its group or its phase with what ends it, and the name: `eval_`, `kd_loss`."""
    group, slash, name = key.rpartition("/")
    if slash:
        return group + slash, name
    first, underscore, rest = key.partition("_")
    if rest and first.lower() in SPLITS:
        return first + underscore, rest
    return "", key


def subject_of(total: str, phase: str) -> str:
    """Return how a phase, or a set, is called by its total: `eval` for `eval/loss`, `eval_g0` for `eval_g0_loss`."""
    if phase == "train":
        return "train"
    prefix, name = split_key(total)
    rest = plain(name).removesuffix("loss").strip("_/")
    return (prefix if rest in ("", "total") else prefix + rest).rstrip("_/") or total


def words_of(name: str) -> frozenset[str]:
    return frozenset(name.lower().replace("-", "_").replace("/", "_").replace(".", "_").split("_"))


def terms_of(total: str, phase: str, components: Iterable[str], declared: Iterable[str]) -> dict[str, str]:
    """Return the keys of a total's terms by name: as declared where a name is, else as in the key.

    Terms of a training total may stand in any group of training; those of an eval stand beside their total.
    """
    prefix, _ = split_key(total)
    known = {plain(one): one for one in declared}
    found: dict[str, str] = {}
    for key in components:
        own, term = split_key(key)
        if phase == "train" or own == prefix:
            found.setdefault(known.get(plain(term), term), key)
    return found


def plain(name: str) -> str:
    """Return a name as it is compared: `kd_loss`, `KD` and `kd_loss_step` are one term."""
    return name.lower().removesuffix("_step").removesuffix("_epoch").removesuffix("_loss").removeprefix("loss_")


def spoken(reading: Reading) -> str:
    return "Σ wᵢLᵢ (weights applied)" if reading == "weighted" else "Σ Lᵢ (no weights applied)"


def finite(values: Mapping[str, float]) -> bool:
    return all(math.isfinite(value) for value in values.values())

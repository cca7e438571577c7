"""Keys of foreign files seen together: which of them is the total, and which an eval set of several."""

from collections.abc import Iterable
from typing import Final

from lineside_server.core.intent import Intent
from lineside_server.core.roles import roles_of

PREFERRED: Final = ("eval", "val", "valid", "validation", "dev", "test")
MEASURED: Final = ("_runtime", "_samples_per_second", "_steps_per_second")  # what the HF trainer says of each eval set
PHASES: Final = frozenset(PREFERRED)


def told_roles(keys: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Return roles that no key tells alone, and sentences that say why.

    Several eval sets that were measured apart are not terms of one loss; of several eval totals one is the total; and
    the only loss of a file is its total whatever it is called.
    """
    names = list(keys)
    roles = roles_of(names, Intent())
    told: dict[str, str] = {}
    notes: list[str] = []
    for key in _sets(names):
        told[key] = "eval.set_loss"
    _one_eval(roles | told, told, notes)
    for phase in ("train", "eval"):
        _only_loss(phase, roles | told, told, notes)
    return told, notes


def _sets(keys: list[str]) -> list[str]:
    prefixes = {key.removesuffix(suffix) for key in keys for suffix in MEASURED if key.endswith(suffix)}
    named = {
        prefix for prefix in prefixes if prefix.replace("/", "_").partition("_")[0] in PHASES and prefix not in PHASES
    }
    return [key for key in keys if key.endswith("_loss") and key.removesuffix("_loss") in named]


def _one_eval(roles: dict[str, str], told: dict[str, str], notes: list[str]) -> None:
    totals = [key for key, role in roles.items() if role == "eval.loss"]
    if len(totals) < 2:
        return
    chosen = min(totals, key=lambda key: (_rank(key), len(key), key))
    told.update(dict.fromkeys((key for key in totals if key != chosen), "eval.set_loss"))
    notes.append(
        f"Of {', '.join(sorted(totals))}, {chosen} is taken as the eval loss; the others are further eval sets."
    )


def _rank(key: str) -> int:
    lowered = key.lower()
    return next((place for place, word in enumerate(PREFERRED) if lowered.startswith(word)), len(PREFERRED))


def _only_loss(phase: str, roles: dict[str, str], told: dict[str, str], notes: list[str]) -> None:
    """A term alone, or a mean alone, is the total: nothing is there that it could be a term of."""
    held = {role for role in roles.values() if role.startswith(phase)}
    if held & {f"{phase}.loss", "eval.set_loss" if phase == "eval" else ""}:
        return
    for kind in ("mean_loss", "component"):
        found = [key for key, role in roles.items() if role == f"{phase}.{kind}" and "loss" in key.lower()]
        if len(found) == 1:
            told[found[0]] = f"{phase}.loss"
            notes.append(
                f"{found[0]} is the only {'training' if phase == 'train' else phase} loss and taken as the total."
            )
            return

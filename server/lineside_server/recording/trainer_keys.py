"""What the Hugging Face trainer calls its figures, and what we call them."""

from collections.abc import Mapping
from typing import Any, Final

from lineside_server.core.intent import Intent
from lineside_server.core.roles import role_of

OURS: Final = {"loss": "train/loss", "learning_rate": "lr"}
RUNTIME: Final = "_runtime"
TRAIN: Final = "train"
PHASES: Final = ("eval", "test")
UNDECLARED: Final = Intent()


def is_summary(row: Mapping[str, Any]) -> bool:
    """Tell the row that the trainer logs at its end: totals and means over the whole run, no point of any series."""
    return f"{TRAIN}{RUNTIME}" in row or "total_flos" in row


def prefixes_of(row: Mapping[str, Any]) -> list[str]:
    """Return what the names of an eval's figures begin with, the longest first: `eval_g0` of `eval_g0_runtime`.

    Where a file was stripped of its runtimes, a loss shows the eval set, unless it stands beside an `eval_loss`: then
    it is a term of that.
    """
    found = {name.removesuffix(RUNTIME) for name in row if name.endswith(RUNTIME) and "/" not in name}
    for phase in PHASES:
        losses = {name.removesuffix("_loss") for name in row if name.startswith(f"{phase}_") and name.endswith("_loss")}
        if phase not in losses and not any(prefix.startswith(phase) for prefix in found):
            found |= losses
    return sorted({*found, *PHASES}, key=lambda prefix: (-len(prefix), prefix))


def key_of(name: str, prefixes: list[str]) -> str:
    """Return our key for a name in a row of the log history; a name with a slash is a key already."""
    if "/" in name:
        return name
    for prefix in prefixes:
        if name.startswith(f"{prefix}_"):
            phase, _, named_set = prefix.partition("_")
            return "/".join(part for part in (phase, named_set, name.removeprefix(f"{prefix}_")) if part)
    if name in OURS:
        return OURS[name]
    role = role_of(name, UNDECLARED)
    return f"{TRAIN}/{name}" if role is not None and role.startswith(TRAIN) else name

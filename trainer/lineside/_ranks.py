"""Finds the rank of this process among those that a launcher started together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Global ranks come before the local one: on several nodes each has a local rank 0.
_VARIABLES = (
    "RANK",  # torchrun, accelerate, deepspeed
    "OMPI_COMM_WORLD_RANK",
    "PMI_RANK",
    "SLURM_PROCID",
    "JSM_NAMESPACE_RANK",
    "LOCAL_RANK",
)


def rank(environ: Mapping[str, str]) -> int:
    """Return the rank that the launcher's environment states, 0 where there is none."""
    for name in _VARIABLES:
        value = environ.get(name, "").strip()
        if value.isdecimal():
            return int(value)
    return 0

"""The causes of a finding, the one that fits best first."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from lineside_server.core.facts import Facts
from lineside_server.core.findings import Finding, Level
from lineside_server.diagnosis.hypotheses import declared, first_loss, learning, losses, numerics, scale, system
from lineside_server.diagnosis.model import Doctor

DOCTORS: Final[Mapping[str, Doctor]] = {
    **declared.DOCTORS,
    **scale.DOCTORS,
    **losses.DOCTORS,
    **first_loss.DOCTORS,
    **numerics.DOCTORS,
    **learning.DOCTORS,
    **system.DOCTORS,
}


def diagnosed(rule: str, finding: Finding, facts: Facts) -> tuple[Finding, Level | None]:
    """Return the finding with its causes ranked, its actions and what cannot be told, and the worst it can be."""
    doctor = DOCTORS.get(rule)
    if doctor is None:
        return finding, None
    diagnosis = doctor(finding, facts)
    ranked = sorted((*finding.causes, *diagnosis.causes), key=lambda cause: -cause.fit)
    told = replace(
        finding,
        causes=tuple(ranked),
        actions=(*finding.actions, *diagnosis.actions),
        cannot_tell=" ".join(filter(None, (finding.cannot_tell, diagnosis.cannot_tell))),
    )
    return told, diagnosis.at_most

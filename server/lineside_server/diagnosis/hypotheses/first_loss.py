"""Why a first loss is not what guessing gives, and why a value is one that cannot be."""

import math
from collections.abc import Iterator
from typing import Final

from lineside_server.core.facts import Facts
from lineside_server.core.findings import Cause, Finding
from lineside_server.core.scales import declared_scales
from lineside_server.diagnosis.fit import OPEN, best, meeting, scored
from lineside_server.diagnosis.model import Diagnosis, Doctor

BITS: Final = 1 / math.log(2)
PRETRAINED: Final = (
    "Compare the tokenizer of the data with the model's, and check that labels are shifted once, not twice or never.",
    "Evaluate the untouched model on one batch: if that is fine, the learning rate destroyed it.",
)
ACTIONS: Final = {
    "loss-scaled": "Log the loss before it is scaled.",
    "in-bits": "Log the loss in nats: multiply it by ln 2.",
    "initialisation": "Look at the scale of the last layer's initial weights: the first logits should be near zero.",
    "labels-visible": "Check the causal mask and the shift of the labels, and that no checkpoint was loaded.",
}
VALUES: Final = {
    "below 0": "Look at the sign and the reduction of this value where it is computed; it cannot be below zero.",
    "which no accuracy can be": "Check what the count is divided by: more is counted as right than there is.",
    "below one of its terms": "Add up what is logged: a sum is no smaller than one of its parts.",
}
EXPONENTIAL: Final = "Compute the perplexity from the mean loss in nats, exp(loss), not from a mean of exponentials."


def began(finding: Finding, facts: Facts) -> Diagnosis:
    """Score what may make a first loss larger or smaller than ln(classes)."""
    clues = finding.clues
    if not clues:
        return Diagnosis(actions=("Check how labels are masked: every one of these batches is ignored by the loss.",))
    if clues["origin"] == "pretrained":
        return Diagnosis(
            actions=PRETRAINED, cannot_tell="Whether the data or the updates are at fault: log the loss at step 0."
        )
    causes = tuple(_first(clues["first"] / clues["guess"], facts))
    leading = best(causes)
    return Diagnosis(causes, (ACTIONS[leading.id],) if leading is not None else ())


def _first(ratio: float, facts: Facts) -> Iterator[Cause]:
    told = f"The first loss is {ratio:.3g} times ln(classes)"
    found = [(*meeting(ratio, (scale.factor, 1 / scale.factor)), scale) for scale in declared_scales(facts)]
    fit, predicted, scale = max(found, key=lambda one: one[0], default=(0.0, 0.0, None))
    if scale is not None:
        yield scored(
            "loss-scaled",
            fit,
            f"Scaled by the declared {scale.of}, {scale.factor:g}, it would be {predicted:.3g} times. {told}.",
        )
    yield scored(
        "in-bits",
        meeting(ratio, (BITS,))[0],
        f"In bits instead of nats it would be 1.44 times. {told}.",
    )
    if ratio > 1:
        yield scored(
            "initialisation",
            OPEN,
            f"Initial weights that are too large make the first guesses sure and wrong. {told}.",
        )
    else:
        yield scored(
            "labels-visible",
            OPEN,
            f"A model that sees its labels, or was trained before, begins lower. {told}.",
        )


def valued(finding: Finding, _: Facts) -> Diagnosis:
    """Say what to look at for a value that cannot be."""
    return Diagnosis(actions=(VALUES.get(finding.clues["what"], EXPONENTIAL),))


DOCTORS: dict[str, Doctor] = {"initial-loss": began, "impossible-value": valued}

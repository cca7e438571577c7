"""Why values are not finite, spike or diverge."""

from lineside_server.core.facts import Facts
from lineside_server.core.findings import Cause, Finding
from lineside_server.diagnosis.fit import FREE, OPEN, closeness, scored
from lineside_server.diagnosis.hypotheses.course import (
    gradient_burst,
    half_precision,
    known,
    likelihood,
    number,
    rate_too_high,
)
from lineside_server.diagnosis.model import Diagnosis, Doctor

TREATED = {
    "clamped_to_zero": "Skip the update instead of clamping {name} to zero: a zero hides that its gradient is missing.",
    "filtered": "Keep the batch in the log: a value that is left out cannot be counted.",
    "skipped_step": "The update was skipped, which is right for one batch; look at the batch before it comes again.",
    "raised": "Go on from the last checkpoint, and leave the batch of step {step:,} out or look at it first.",
}


def nonfinite(finding: Finding, facts: Facts) -> Diagnosis:
    """One batch, a term that is not defined, a course that had left its bounds before, or a number format."""
    clues, step = finding.clues, finding.window[1]
    name, also = str(finding.observed.get("component", "")), finding.observed.get("also", [])
    often, count = int(clues.get("often", 1)), int(clues.get("count", 1))
    lone = not any(str(other).rpartition("/")[2] not in ("loss", "total_loss", "grad_norm") for other in also)
    causes = known(
        scored(
            "bad-batch",
            FREE * closeness(float(often), 1.0),
            f"The batch of step {step:,} holds what the loss cannot take: {often} in 100 steps, where one is due.",
            in_100_steps=often,
        ),
        _undefined(name, count, often, lone=lone),
        _rising(finding),
        gradient_burst(clues),
        rate_too_high(clues),
        half_precision(clues, facts),
    )
    treated = TREATED.get(str(clues.get("action", "")))
    actions = [treated.format(name=name, step=step)] if treated else []
    actions.append(
        f"Save the batch of step {step:,}, and compute {name} on it under `torch.autograd.set_detect_anomaly(True)`."
    )
    if count > 1:
        actions.append(f"Compare the {count} batches: what they share (empty labels, a length, a token) is the cause.")
    return Diagnosis(causes, tuple(actions), f"Which operation made it: no figure of {name} from inside is logged.")


def _undefined(name: str, count: int, often: int, *, lone: bool) -> Cause:
    """The term divides by nothing or takes the logarithm of zero: now and then, and alone."""
    if not lone:
        explanation = "Other terms were not finite at the same time, where a term that is undefined would be alone."
        return scored("undefined-term", 0.02, explanation)
    fit = OPEN if count == 1 else 0.8 if often < count else 0.3
    return scored(
        "undefined-term",
        fit,
        f"{name} alone divides by zero or takes the logarithm of it on some batches ({count} so far).",
        count=count,
    )


def _rising(finding: Finding) -> Cause | None:
    before, ago = number(finding.clues, "loss_before"), number(finding.clues, "loss_a_while_ago")
    if before is None or ago is None or ago <= 0:
        return None
    times = before / ago
    return scored(
        "divergence",
        FREE * likelihood(times, 1.1, 2.0),
        f"The train loss stood at {before:.4g} just before, {times:.3g} times the {ago:.4g} of a while ago.",
        before=before,
        a_while_ago=ago,
    )


def nonfinite_masked(finding: Finding, _: Facts) -> Diagnosis:
    if finding.clues.get("filter"):
        return Diagnosis(actions=("Set `logging_nan_inf_filter=False`, or log the norm: `lineside.watch(model)`.",))
    unsound = finding.clues.get("grad_norm") == "not finite"
    gradient = "its gradient is not finite" if unsound else "a term of this size does not become exactly 0 by itself"
    causes = (
        scored("masked-nan", 0.95 if unsound else 0.7, f"A NaN was turned into zero before it was logged: {gradient}."),
        scored(
            "empty-batch",
            0.02 if unsound else 0.4,
            "The batch held nothing for this term, no label or no pair"
            + (": then its gradient would be zero, and it is not finite." if unsound else "."),
        ),
    )
    key, step = finding.keys[0], int(finding.observed["step"])
    report = f'`lineside.nonfinite({step}, "{key.rpartition("/")[2]}", value, "clamped_to_zero")`'
    return Diagnosis(
        causes,
        (f"Look for `nan_to_num`, a clamp or an `if isnan` behind {key}, and report before it: {report}.",),
        "" if unsound else "Whether the value was NaN: only the code that made the zero has seen it.",
    )


def skipped_steps(finding: Finding, facts: Facts) -> Diagnosis:
    clues = finding.clues
    causes = known(half_precision(clues, facts), gradient_burst(clues), rate_too_high(clues))
    if clues.get("at_floor"):
        action = "Stop and go on from a checkpoint before the fall: at its floor the scaler cannot help any more."
    else:
        action = (
            "Compute in bfloat16 where the device can, or lower the learning rate: the scaler runs behind overflows."
        )
    schedule = "Step the scheduler only with updates that were made, or the rate runs ahead of them."
    return Diagnosis(causes, (action, schedule), "Which layer overflows: log the norm per group of parameters.")


def loss_spike(finding: Finding, facts: Facts) -> Diagnosis:
    """Few outliers at a sound rate are data; many are the optimiser's."""
    clues, onset = finding.clues, finding.window[0]
    outliers = float(clues.get("outliers", 3))
    others = known(rate_too_high(clues), gradient_burst(clues), half_precision(clues, facts))
    rate = max((cause.fit for cause in others if cause.id == "lr-too-high"), default=0.0)
    data = scored(
        "bad-data",
        FREE * (1 - 0.8 * likelihood(outliers, 10.0, 200.0)) * (1 - rate / 2),
        f"The batches of step {onset:,} and the next hold other data: {outliers:.0f} outliers in all.",
        outliers=outliers,
    )
    causes = (*others, data)
    actions = [f"Look at the batches of steps {onset:,} to {finding.window[1]:,}: the order of the data names them."]
    if int(clues.get("lasted", 0)) >= 200:
        actions.insert(0, f"Go back to a checkpoint before step {onset:,} and leave these batches out.")
    return Diagnosis(causes, tuple(actions), "Whether another run has the same spike: that would be the data for sure.")


def divergence(finding: Finding, facts: Facts) -> Diagnosis:
    clues = finding.clues
    best = int(clues.get("best_step", finding.window[0]))
    rate, then = number(clues, "lr"), number(clues, "lr_at_best")
    risen = None
    if rate is not None and then is not None and then > 0:
        risen = scored(
            "rate-above-what-held",
            0.8 * likelihood(rate / then, 1.05, 3.0),
            f"At the best, step {best:,}, the rate was {then:.3g}; now it is {rate:.3g}.",
            lr=rate,
            lr_at_best=then,
        )
    data = scored("other-data", 0.3, f"From step {best:,} on the data are of another kind or order.")
    causes = known(rate_too_high(clues), risen, gradient_burst(clues), half_precision(clues, facts), data)
    actions = (
        f"Go back to the checkpoint of step {best:,} or before, and go on with half the rate or a longer warm-up.",
        "Clip the gradient (`max_grad_norm`), if it is not clipped yet.",
    )
    return Diagnosis(causes, actions, "" if number(clues, "grad_norm") else "Whether gradients grew: log their norm.")


def grad_norm(finding: Finding, _: Facts) -> Diagnosis:
    if "bound" in finding.clues:
        bound = finding.clues["bound"]
        return Diagnosis(
            actions=(f"Clipping to {bound:g} sets the size of most updates: raise it or the rate is not yours.",)
        )
    return Diagnosis(actions=("Nothing by itself; look at it beside a spike of the loss.",))


DOCTORS: dict[str, Doctor] = {
    "nonfinite": nonfinite,
    "nonfinite-masked": nonfinite_masked,
    "skipped-steps": skipped_steps,
    "loss-spike": loss_spike,
    "divergence": divergence,
    "grad-norm": grad_norm,
}

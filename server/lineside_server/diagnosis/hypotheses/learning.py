"""Why a model does not learn, or not what it should."""

from collections.abc import Mapping
from typing import Any, Final

from lineside_server.core.facts import Facts
from lineside_server.core.findings import Cause, Finding
from lineside_server.diagnosis.fit import FREE, OPEN, scored
from lineside_server.diagnosis.hypotheses.course import known, likelihood, number, rate_too_high
from lineside_server.diagnosis.model import Diagnosis, Doctor

NOTHING: Final = 1e-8  # of the parameters: an update as small as that is none


def no_learning(finding: Finding, _: Facts) -> Diagnosis:
    clues = finding.clues
    signs: Mapping[str, Any] = clues.get("facts", {})
    if clues.get("lost"):
        collapse = scored(
            "collapse", 0.8, "The model had learnt and was lost: updates too large, or weights not finite."
        )
        causes = known(collapse, rate_too_high(clues))
        return Diagnosis(causes, ("Go back to the last checkpoint before the loss rose, with a lower rate.",))
    still = {name: signs[name] for name in ("parameters_changed", "parameters_trainable", "grad_norm") if name in signs}
    flat = bool(clues.get("flat"))
    causes = known(
        scored("frozen-parameters", 0.95, "Nothing is trained: " + _listed(still), **still) if still else None,
        _no_rate(clues),
        _labels(clues),
        None
        if signs or clues.get("at_chance")
        else scored("nothing-left", 0.5 if flat else 0.7, "The model already does what the data can teach it."),
    )
    actions = [_first_action(causes)]
    if number(clues, "update_ratio") is None:
        actions.append(
            "`lineside.watch(model, optimizer)` logs the norm of updates, which tells whether anything moves."
        )
    actions.append("Train on one batch alone: a model that can learn brings its loss near zero within 100 updates.")
    cannot = "" if signs else "Whether the parameters move: no norm of updates says so."
    return Diagnosis(causes, tuple(actions), cannot if number(clues, "update_ratio") is None else "")


def _first_action(causes: tuple[Cause, ...]) -> str:
    first = max(causes, key=lambda cause: cause.fit, default=None)
    return {
        "frozen-parameters": "Set `requires_grad_(True)` before the optimizer is made of `model.parameters()`.",
        "rate-too-low": "Mend the learning rate first: the rest may follow from it.",
        "labels": "Print a few labels beside what the model sees: shifted, masked or shuffled ones teach nothing.",
    }.get(
        first.id if first else "",
        "Look at the learning rate, the labels and the list of trained parameters, in this order.",
    )


def _no_rate(clues: Mapping[str, Any]) -> Cause | None:
    """Return the cause that the rate is too small to learn by, None where nothing says what is due."""
    rate, due = number(clues, "lr"), number(clues, "lr_due")
    if rate == 0:
        return scored("rate-too-low", 0.95, "The learning rate is 0: no update moves anything.", lr=0.0, declared=due)
    if rate is None or due is None or due <= 0:
        return None
    below = due / rate
    return scored(
        "rate-too-low",
        FREE * likelihood(below, 1.5, 10.0),
        f"The learning rate is {rate:.3g} where {due:.3g} is declared.",
        lr=rate,
        declared=due,
    )


def _labels(clues: Mapping[str, Any]) -> Cause | None:
    if not clues.get("at_chance"):
        return None
    fit = 0.3 if clues.get("facts") else 0.6
    return scored("labels", fit, "The labels say nothing of the inputs, so that guessing is the best there is.")


def _listed(signs: Mapping[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} is {value:g}" for name, value in signs.items()) + "."


def eval_frozen(finding: Finding, _: Facts) -> Diagnosis:
    """Either the model stands still, or what is evaluated is not the model."""
    clues = finding.clues
    if clues.get("missing"):
        ever = "The evals have stopped" if clues.get("ever") else "No eval was ever run or logged"
        cause = Cause("eval-not-run", OPEN, f"{ever}: the loop does not call it, or its figures go elsewhere.")
        return Diagnosis((cause,), ("Call the eval in the loop, or declare the `eval_every` that is meant.",))
    still, moved = _stands_still(clues), _train_moved(clues)
    moves = 1 - still if moved is None or still > OPEN else max(1 - still, moved)
    train = _course(clues)
    causes = known(
        scored(
            "model-stands-still", still, _why_still(clues), lr=number(clues, "lr"), ratio=number(clues, "update_ratio")
        ),
        scored("stale-copy", 0.95 * moves, f"Another model is evaluated, an old copy or checkpoint{train}."),
        scored("cached-eval", 0.6 * moves, f"The figures of an earlier eval are given again{train}."),
    )
    action = (
        "Mend what keeps the model from moving: rate, frozen parameters, or the optimizer's list of them."
        if still > 0.95 * moves
        else "Evaluate the model that is trained, not a copy: compare one weight of both at the next eval."
    )
    told = number(clues, "update_ratio") is not None or number(clues, "lr") is not None
    return Diagnosis(causes, (action,), "" if told else "Whether the model moves: `lineside.watch(model)` would tell.")


def _stands_still(clues: Mapping[str, Any]) -> float:
    """Return how surely the model stands still, by the size of its updates or else by its rate."""
    ratio, rate, due = number(clues, "update_ratio_median"), number(clues, "lr"), number(clues, "lr_due")
    if ratio is not None:
        return 0.95 if ratio < NOTHING else 0.02
    if rate == 0:
        return 0.95
    if rate is not None and due:
        return OPEN + 0.4 * likelihood(due / rate, 1.5, 20.0)
    return OPEN


def _why_still(clues: Mapping[str, Any]) -> str:
    ratio, rate, due = number(clues, "update_ratio_median"), number(clues, "lr"), number(clues, "lr_due")
    if ratio is not None:
        return f"The updates are {ratio:.3g} of the parameters" + (": they move." if ratio >= NOTHING else ".")
    if rate == 0:
        return "The learning rate is 0: the model stands still, and an eval of it must repeat itself."
    if rate is not None and due:
        return f"The model hardly moves: its learning rate is {rate:.3g} where {due:.3g} is due."
    return "The model stands still, so that an eval of it must repeat itself."


def _train_moved(clues: Mapping[str, Any]) -> float | None:
    """Return how surely the train loss has moved between the evals that agree, None where it is not known."""
    then, now, spread = (number(clues, name) for name in ("train_then", "train_now", "train_spread"))
    if then is None or now is None or not spread:
        return None
    return likelihood(abs(now - then) / spread, 1.0, 4.0)


def _course(clues: Mapping[str, Any]) -> str:
    then, now = number(clues, "train_then"), number(clues, "train_now")
    return "" if then is None or now is None else f", while the train loss went from {then:.4g} to {now:.4g}"


def no_op_update(finding: Finding, _: Facts) -> Diagnosis:
    clues = finding.clues
    gradient, ratio, rate = number(clues, "gradient"), number(clues, "ratio"), number(clues, "lr")
    trainable = number(clues, "trainable")
    still = gradient is not None and gradient <= 0
    causes = known(
        scored(
            "parameters-frozen",
            0.95 if trainable == 0 else 0.8 if still and trainable is None else 0.3 if still else 0.02,
            "No parameter asks for a gradient." if trainable == 0 or still else "There is a gradient.",
            trainable=trainable,
        ),
        scored(
            "graph-detached",
            0.7 if still and trainable is not None and trainable > 0 else 0.4 if still and trainable is None else 0.02,
            "The loss is cut off from the parameters (`.detach()`, `no_grad`, `.item()`)."
            if still
            else "A gradient reaches the parameters.",
        ),
        None if rate is None else _zero_rate(rate),
        None if ratio is None or still or rate == 0 else scored(
            "optimizer-holds-others",
            0.8,
            "There is a gradient and a rate, and nothing moves: the optimizer holds other parameters than the model.",
        ),
    )  # fmt: skip
    first = max(causes, key=lambda cause: cause.fit)
    action = {
        "rate-zero": "Mend the learning rate: step the scheduler, and look at its first value.",
        "optimizer-holds-others": "Make the optimizer after the model is on its device: `AdamW(model.parameters())`.",
    }.get(first.id, "Print `sum(p.requires_grad for p in model.parameters())`, and call `requires_grad_(True)`.")
    return Diagnosis(causes, (action,))


def _zero_rate(rate: float) -> Cause:
    explanation = "The learning rate is 0." if rate == 0 else f"The learning rate is {rate:.3g}, above zero."
    return scored("rate-zero", 0.97 if rate == 0 else 0.02, explanation, lr=rate)


def overfitting(finding: Finding, _: Facts) -> Diagnosis:
    clues, best = finding.clues, int(finding.clues["best_step"])
    epoch, fell = number(clues, "epoch"), number(clues, "train_fell") or 0.0
    again = None
    if epoch is not None:
        seen = f"The best eval came after {epoch:.3g} epochs"
        again = scored(
            "memorised", 0.9 if epoch >= 0.9 else 0.4, f"{seen}: from there on the data are seen again.", epoch=epoch
        )
    plain = scored(
        "generalisation-gap", 0.6, f"Train fell by {fell:.4g} more while eval rose: what it learns is its own."
    )
    other = scored("other-distribution", 0.3, "The eval set is of another kind, and training leads away from it.")
    return Diagnosis(
        known(again, plain, other),
        (
            f"Take the checkpoint of step {best:,}: the {int(clues['wasted']):,} steps since made eval worse.",
            "Stop earlier, or use more data, dropout, weight decay, or a lower rate.",
        ),
    )


def plateau(finding: Finding, facts: Facts) -> Diagnosis:
    rate, schedule = number(finding.clues, "lr"), facts.intent.schedule
    if rate is None or schedule is None or schedule.peak <= 0:
        return Diagnosis(cannot_tell="Whether the rate explains it: no declared schedule says where it stands.")
    share = rate / schedule.peak
    return Diagnosis(
        (
            scored("rate-low", 1 - likelihood(share, 0.01, 0.2), f"The rate is {share:.1%} of its peak.", lr=rate),
            scored("converged", OPEN, "The model has learnt what it can from these data."),
        ),
        ("Nothing by itself; what was still to be gained is in the rate's decay or in more data.",),
    )


DOCTORS: dict[str, Doctor] = {
    "no-learning": no_learning,
    "eval-frozen": eval_frozen,
    "no-op-update": no_op_update,
    "overfitting": overfitting,
    "plateau": plateau,
}

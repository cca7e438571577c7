"""The cause graph: which finding follows from which, so that one root is one incident."""

from collections.abc import Iterable, Mapping
from typing import Final

from lineside_server.core.findings import Alert

WINDOWS_AFTER: Final = 2  # a consequence may open so many of its own windows after its cause has ended

_OPTIMISATION: Final = ("loss-spike", "divergence", "grad-norm", "no-learning", "plateau", "eval-frozen")
FOLLOWS: Final[Mapping[str, tuple[str, ...]]] = {
    "step-accounting": ("lr-schedule", "lr-exhausted", "lr-peak"),
    "lr-schedule": ("lr-exhausted", "lr-peak", "lr-stuck", *_OPTIMISATION),
    "lr-exhausted": ("lr-stuck", "lr-peak", "no-op-update", "eval-frozen", "plateau", "no-learning"),
    "lr-peak": _OPTIMISATION,
    "skipped-steps": ("lr-stuck", "nonfinite"),
    "lr-stuck": ("plateau", "no-learning", "eval-frozen"),
    "loss-spike": ("divergence",),
    "no-op-update": ("eval-frozen", "no-learning", "plateau"),
    "nonfinite": ("nonfinite-masked", "divergence", "no-learning", "loss-spike", "grad-norm"),
    "train-eval-scale": ("loss-sum", "loss-share"),
    "resume-jump": ("loss-spike", "divergence"),
    "divergence": ("no-learning", "plateau", "off-target"),
    "overfitting": ("off-target",),
    "no-learning": ("plateau", "off-target"),
}
# What follows from a rule itself, and not from what that rule may follow from.
DIRECT: Final = frozenset(
    {
        ("lr-peak", "nonfinite"),
        ("lr-peak", "skipped-steps"),
        ("lr-peak", "train-eval-scale"),
        ("divergence", "train-eval-scale"),
    }
)
# A total of training that is not the sum of its terms stands wrongly beside eval's as well.
OTHER_PHASE: Final = frozenset({("loss-sum", "train-eval-scale")})
SAME_PHASE: Final = frozenset({("train-eval-scale", "loss-sum"), ("train-eval-scale", "loss-share")})


def _distances(root: str) -> dict[str, int]:
    """Return every consequence of a rule and how many edges lead to it at least."""
    found, front = {root: 0}, [root]
    while front:
        rule = front.pop(0)
        for next_rule in FOLLOWS.get(rule, ()):
            if next_rule not in found:
                found[next_rule] = found[rule] + 1
                front.append(next_rule)
    del found[root]
    return found


_DISTANCES: Final = {rule: _distances(rule) for rule in FOLLOWS}


def distance(ancestor: Alert, child: Alert) -> int | None:
    """Return how many steps of consequence lie between two alerts, None where one cannot follow from the other."""
    pair = (ancestor.rule, child.rule)
    if pair in OTHER_PHASE:
        return None if _phase(ancestor) == _phase(child) else 1
    edges = 1 if pair in DIRECT else _DISTANCES.get(ancestor.rule, {}).get(child.rule)
    if edges is None or ancestor.id == child.id:
        return None
    if pair in SAME_PHASE and _phase(ancestor) != _phase(child):
        return None
    return edges


def parent_of(child: Alert, others: Iterable[Alert]) -> str | None:
    """Return the id of the nearest alert that this one follows from: one that fires, or did a short while before."""
    near = [
        (edges, -other.opened_step, other.id)
        for other in others
        if (edges := distance(other, child)) is not None and _reaches(other, child)
    ]
    return min(near)[2] if near else None


def adopted(root: Alert, others: Iterable[Alert]) -> list[Alert]:
    """Return those without a parent that opened while what is only now found was at work already."""
    begun = root.finding.window[0]
    return [
        other
        for other in others
        if other.parent is None and other.opened_step >= begun and distance(root, other) is not None
    ]


def _reaches(other: Alert, child: Alert) -> bool:
    if other.resolved_step is None:
        return other.opened_step <= child.opened_step
    first, last = child.finding.window
    return other.opened_step <= child.opened_step <= other.resolved_step + WINDOWS_AFTER * (last - first)


def _phase(alert: Alert) -> str:
    return alert.subject.partition("/")[0]

"""One root, one incident: who follows from whom, and when."""

from dataclasses import replace

import pytest

from lineside_server.core.findings import Alert, Finding, Level
from lineside_server.diagnosis.graph import FOLLOWS, adopted, parent_of


def alert(rule: str, opened: int, *, subject: str = "run", window: tuple[int, int] | None = None) -> Alert:
    finding = Finding(rule, {}, {}, window or (opened - 10, opened), ())
    return Alert(
        id=f"{rule}@{opened}", run_id="r", rule=rule, subject=subject, parent=None, level=Level.WARNING, state="firing",
        opened_step=opened, opened_at=0.0, last_step=opened, resolved_step=None, resolved_at=None, reason=None,
        finding=finding,
    )  # fmt: skip


def test_a_consequence_hangs_under_the_nearest_cause_that_fires() -> None:
    accounting, schedule, exhausted = alert("step-accounting", 1), alert("lr-schedule", 96), alert("lr-exhausted", 128)
    frozen = alert("eval-frozen", 3000)
    assert parent_of(frozen, [accounting, schedule, exhausted]) in {exhausted.id, schedule.id}
    assert parent_of(frozen, [accounting]) == accounting.id
    assert parent_of(schedule, [accounting, exhausted]) == accounting.id


def test_nothing_follows_from_what_opened_later_or_ended_long_before() -> None:
    child = alert("eval-frozen", 1000, window=(900, 1000))
    assert parent_of(child, [alert("lr-exhausted", 1001)]) is None
    ended = replace(alert("lr-exhausted", 100), state="resolved", resolved_step=850)
    assert parent_of(child, [ended]) == ended.id
    assert parent_of(child, [replace(ended, resolved_step=799)]) is None


def test_a_cause_that_is_found_late_takes_up_what_opened_within_its_window() -> None:
    root = alert("lr-schedule", 240, window=(16, 240))
    inside, before, other = alert("plateau", 100), alert("plateau", 10), alert("nonfinite", 100)
    assert adopted(root, [inside, before, other, replace(inside, parent="x")]) == [inside]


def test_a_rate_that_is_wrong_makes_no_nan_unless_it_is_too_high() -> None:
    nan = alert("nonfinite", 212)
    roots = [alert(rule, 1) for rule in ("step-accounting", "lr-schedule", "lr-exhausted")]
    assert parent_of(nan, roots) is None
    assert parent_of(nan, [*roots, alert("lr-peak", 5)]) == "lr-peak@5"


def test_shares_follow_from_the_scale_of_their_own_phase_alone() -> None:
    scale = alert("train-eval-scale", 2000, subject="eval")
    assert parent_of(alert("loss-share", 2000, subject="eval/kd_loss"), [scale]) == scale.id
    assert parent_of(alert("loss-share", 2000, subject="train"), [scale]) is None


def test_a_total_that_is_no_sum_stands_wrongly_beside_that_of_the_other_phase() -> None:
    train = alert("loss-sum", 10, subject="train")
    assert parent_of(alert("train-eval-scale", 100, subject="eval"), [train]) == train.id
    assert parent_of(train, [alert("train-eval-scale", 5, subject="eval")]) is None


@pytest.mark.parametrize("root", sorted(FOLLOWS))
def test_nothing_follows_from_itself(root: str) -> None:
    reached, front = set[str](), [root]
    while front:
        for rule in FOLLOWS.get(front.pop(), ()):
            if rule not in reached:
                reached.add(rule)
                front.append(rule)
    assert root not in reached

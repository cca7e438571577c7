"""Why a loss is not its sum, and why a share is not as declared."""

from typing import Any

import pytest

from lineside_server.core.facts import Facts
from lineside_server.core.findings import Finding
from lineside_server.core.intent import parse_intent
from lineside_server.diagnosis.model import Diagnosis
from lineside_server.diagnosis.rank import diagnosed

FACTS = Facts(intent=parse_intent({"accumulation": 8}), config={"layers": 3})


def summed(**clues: Any) -> tuple[Any, ...]:
    told: dict[str, Any] = {
        "phase": "train",
        "due": "weighted",
        "weighted": 1.0,
        "plain": 3.0,
        "missing": [],
        "total": 10.0,
        "terms": {"a": 4.0, "b": 5.0},
        "factors": {},
        "effective": {},
        **clues,
    }
    finding, _ = diagnosed("loss-sum", Finding("", {}, {}, (1, 1), (), clues=told), FACTS)
    return finding.causes, finding.actions, finding.cannot_tell


def test_a_whole_total_that_is_scaled_is_named_by_its_number() -> None:
    causes, actions, _ = summed(weighted=8.0, factors={"a": [-20.0, 1.0], "b": [40.0, 0.9]})
    assert (causes[0].id, causes[0].fit) == ("total-scaled", 1.0)
    assert actions[0] == "Log the total of train before it is scaled."


def test_a_factor_that_was_declared_is_named() -> None:
    causes, _, _ = summed(weighted=0.4, factors={"a": [3.0, 0.0], "b": [5.0, 0.3]})
    assert (causes[0].id, causes[0].fit) == ("component-scaled", 1.0)
    assert causes[0].explanation.endswith("which is the declared layers.")


def test_a_term_that_nobody_declared_is_open() -> None:
    causes, actions, cannot_tell = summed(weighted=0.6, factors={"a": [4.0, 0.2], "b": [5.0, 0.3]})
    assert (causes[0].id, causes[0].fit) == ("term-not-declared", 0.5)
    assert "40% of the total" in causes[0].explanation
    assert "by its own name" in actions[0]
    assert "cannot be told for certain" in cannot_tell


def test_a_total_that_is_one_term_alone_is_said() -> None:
    causes, actions, _ = summed(weighted=0.3, total=5.0, factors={"a": [9.0, 0.2], "b": [8.0, 0.3]})
    assert (causes[0].id, causes[0].fit) == ("one-term-alone", 1.0)
    assert actions[0] == "Add the other terms to the total of train; it is b alone."


@pytest.mark.parametrize("clues", [{"weighted": 0.0, "plain": 0.0}, {"weighted": -2.0, "plain": -1.0}])
def test_sums_without_a_ratio_raise_nothing(clues: dict[str, float]) -> None:
    causes, _, _ = summed(**clues)
    assert all(0 <= cause.fit <= 1 for cause in causes)


def test_a_diagnosis_can_do_without_causes() -> None:
    assert Diagnosis() == Diagnosis((), (), "", None)

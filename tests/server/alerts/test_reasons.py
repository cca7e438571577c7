"""Why a channel was told nothing: one sentence for each reason, and none that is not so."""

from dataclasses import replace
from typing import Any

import pytest
from tests.server.alerts.conftest import alert, channel
from tests.server.alerts.test_routing import NOW, RESOLVED, TIMING, notice, run, topic, word

from lineside_server.alerts.reasons import Untold, is_for, nobody, why_untold
from lineside_server.core.findings import Level
from lineside_server.core.notices import Filters, Mute, Quiet, Topic

OPENED = NOW - 300.0
FOUND = alert(opened_at=OPENED)
DECIDED = Topic(run(), "lr-exhausted\tlr", (), FOUND)


def why(at: Topic = DECIDED, told: Any = None, **fields: Any) -> Untold:
    return why_untold(at, channel(**({"created_at": 0.0} | fields)), told, NOW, TIMING)


def of(**fields: Any) -> Topic:
    return replace(DECIDED, alert=replace(FOUND, **fields))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"enabled": False}, "is switched off"),
        ({"enabled": False, "disabled_reason": "It is gone."}, "is switched off: It is gone."),
        ({"filters": Filters(rules=("plateau",))}, "is told of other rules"),
        ({"filters": Filters(events=(RESOLVED,))}, "is not told of alerts that fire"),
        ({"created_at": OPENED + 1}, "came after this had fired"),
        ({}, "was not told"),
    ],
)
def test_what_a_channel_leaves_out(fields: dict[str, Any], words: str) -> None:
    assert why(**fields) == Untold(words)


def test_what_is_not_bad_enough() -> None:
    critical = Filters(severity=Level.CRITICAL)
    assert why(of(level=Level.WARNING), filters=critical).why == "is told of critical alerts alone"
    assert why(of(level=Level.INFO)).why == "is told of warnings and worse"


def test_what_still_waits_says_until_when() -> None:
    soon = Untold("is told in a moment, with what follows from it", NOW + 6)
    assert why(topic(notice(at=NOW - 4), alert=FOUND)) == soon
    silenced = replace(FOUND, silenced_until={"at": NOW + 50, "step": None, "by": None})
    assert why(topic(alert=silenced)) == Untold("waits until the silence ends", NOW + 50)
    mild = replace(FOUND, level=Level.WARNING)
    night = topic(notice(level=Level.WARNING), alert=mild)
    assert why(night, quiet=Quiet(0, 60)) == Untold("waits until its quiet hours end", 3600.0)


def test_what_people_knew_and_what_was_just_told() -> None:
    assert why(of(acknowledged={"by": "ada"})).why == "was not told, for it was acknowledged"
    assert why(told=word(RESOLVED, at=NOW - 400)).why == "was told of the same shortly before"


def test_what_is_told_to_nobody_at_all() -> None:
    assert nobody(DECIDED, 0) == "There is no channel that could be told."
    muted = replace(DECIDED, mute=Mute("lr-exhausted", "p", None, 0.0))
    assert nobody(muted, 0) == nobody(muted, 1) == "The rule lr-exhausted is muted for project p."
    old = replace(DECIDED, run=run(heard_at=1_000_000.0, last_event_at=1.0))
    assert "history" in str(nobody(old, 1))
    below = of(parent="root")
    assert nobody(below, 1) == "It follows from another alert, and is told with that one."
    assert nobody(replace(below, root_muted=True), 1) is None
    assert nobody(DECIDED, 1) is None


def test_a_channel_of_other_projects_is_not_for_it() -> None:
    assert is_for(channel(), DECIDED)
    assert not is_for(channel(filters=Filters(projects=("other",))), DECIDED)

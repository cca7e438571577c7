"""What is told to whom and when: one decision for each way in which a topic may stand."""

from dataclasses import replace
from typing import Any, Final

import pytest
from tests.server.alerts.conftest import alert, channel, over

from lineside_server.alerts.routing import DAY_S, SETTLED, SILENCE_AGAIN_S, Decision, Timing, after_quiet, decide, wants
from lineside_server.core.findings import Level
from lineside_server.core.notices import STATE_TOPIC, Filters, Mute, Notice, Quiet, Topic, Word
from lineside_server.core.runs import Run

TIMING = Timing(gather=10.0, settle=60.0, cooldown=900.0)
NOW = 1000.0
FIRED: Final = "run.alert.firing"
RESOLVED: Final = "run.alert.resolved"
STATE: Final = "run.state"


def run(**fields: Any) -> Run:
    told = Run(
        "r", "p", "night", "running", None, 0.0, 0.0, None, 990.0, 990.0, {}, {}, (), "", None, None, (), 128, None,
        (), (), 1, None, stop_requested=False,
    )  # fmt: skip
    return replace(told, **fields)


def notice(event: Any = FIRED, at: float = NOW - 20, level: Level = Level.CRITICAL, **fields: Any) -> Notice:
    return replace(Notice("r", "lr-exhausted\tlr", 1, event, "a", level, None, at), **fields)


def topic(*notices: Notice, **fields: Any) -> Topic:
    return replace(Topic(run(), "lr-exhausted\tlr", notices or (notice(),), alert()), **fields)


def word(event: Any = FIRED, at: float = NOW - 100, level: Level = Level.CRITICAL, **fields: Any) -> Word:
    return replace(Word(event, level, at, 1), **fields)


def decided(at: Topic, told: Word | None = None, now: float = NOW, **fields: Any) -> Decision:
    return decide(at, channel(**fields), told, now, TIMING)


def test_what_fires_is_told_once_it_was_gathered() -> None:
    assert decided(topic(notice(at=NOW - 4))) == Decision(again_at=NOW + 6)
    assert decided(topic(notice(at=NOW - 10))) == Decision(FIRED, Level.CRITICAL)
    assert decided(topic(), word()) == SETTLED


def test_that_it_is_over_is_told_once_it_stayed_so() -> None:
    done = topic(notice(RESOLVED, at=NOW - 20), alert=over(alert()))
    assert decided(done, word()) == Decision(again_at=NOW + 40)
    assert decided(done, word(), NOW + 40) == Decision(RESOLVED, Level.CRITICAL)
    assert decided(done, word(RESOLVED)) == SETTLED
    assert decided(topic(notice(RESOLVED), alert=over(alert()))) == SETTLED  # nobody was told that it fired


def test_what_fires_again_soon_waits_for_the_cooldown_unless_it_is_worse() -> None:
    told = word(RESOLVED, at=NOW - 100, level=Level.WARNING)
    assert decided(topic(notice(level=Level.WARNING), alert=alert(level=Level.WARNING)), told) == Decision(
        again_at=NOW + 800
    )
    assert decided(topic(), told) == Decision(FIRED, Level.CRITICAL)
    gone = topic(notice(level=Level.WARNING), alert=over(alert(level=Level.WARNING)))
    assert decided(gone, told) == SETTLED


@pytest.mark.parametrize(
    "filters",
    [Filters(projects=("other",)), Filters(rules=("nonfinite",)), Filters(severity=Level(Level.CRITICAL + 0))],
)
def test_filters_leave_out(filters: Filters) -> None:
    mild = topic(notice(level=Level.WARNING), alert=alert(level=Level.WARNING))
    assert decided(mild, filters=filters) == SETTLED


def test_events_that_are_not_asked_for_count_as_told_all_the_same() -> None:
    only = channel(filters=Filters(events=(RESOLVED,)))
    assert not wants(only, FIRED)
    assert wants(only, RESOLVED)
    assert decide(topic(), only, None, NOW, TIMING).event == FIRED


def test_a_channel_that_is_switched_off_is_told_nothing() -> None:
    assert decided(topic(), enabled=False) == SETTLED


def test_what_follows_from_another_is_told_with_it() -> None:
    assert decided(topic(alert=alert(parent="root"))) == SETTLED


def test_what_people_know_of_is_not_told() -> None:
    assert decided(topic(alert=alert(acknowledged={"by": "ada"}))) == SETTLED
    silenced = topic(alert=alert(silenced_until={"at": NOW + 50, "step": None, "by": None}))
    assert decided(silenced) == Decision(again_at=NOW + 50)
    assert decided(silenced, now=NOW + 50) == Decision(FIRED, Level.CRITICAL)
    steps = topic(alert=alert(silenced_until={"at": None, "step": 200, "by": None}))
    assert decided(steps) == Decision(again_at=NOW + SILENCE_AGAIN_S)
    assert decided(replace(steps, run=run(last_step=200))) == Decision(FIRED, Level.CRITICAL)


def test_what_is_muted_is_not_told_and_neither_is_what_came_and_went_meanwhile() -> None:
    muted = replace(topic(), mute=Mute("lr-exhausted", "p", None, 0.0))
    assert decided(muted) == SETTLED
    timed = replace(muted, mute=Mute("lr-exhausted", "p", None, 0.0, NOW + 50))
    assert decided(timed) == Decision(again_at=NOW + 50)
    assert decided(replace(timed, alert=over(alert()))) == SETTLED
    done = replace(timed, alert=over(alert()), notices=(notice(RESOLVED, at=NOW - 90),))
    assert decided(done, word()).event == RESOLVED
    assert decided(replace(muted, alert=alert(level=Level.CRITICAL)), word(level=Level.WARNING)) == SETTLED


def test_what_follows_from_nothing_but_what_is_muted_is_told_by_itself() -> None:
    assert decided(replace(topic(alert=alert(parent="root")), root_muted=True)) == Decision(FIRED, Level.CRITICAL)


def test_quiet_hours_hold_back_all_but_what_is_critical() -> None:
    night = Quiet(start=0, end=60)  # the first hour of the day; NOW is 16 minutes past midnight
    mild = topic(notice(level=Level.WARNING), alert=alert(level=Level.WARNING))
    assert decided(mild, quiet=night) == Decision(again_at=3600.0)
    assert decided(topic(), quiet=night) == Decision(FIRED, Level.CRITICAL)
    assert decided(topic(), quiet=replace(night, but_critical=False)) == Decision(again_at=3600.0)


def test_quiet_hours_may_go_over_midnight() -> None:
    night = Quiet(start=22 * 60, end=7 * 60)
    assert after_quiet(night, 23 * 3600.0) == DAY_S + 7 * 3600
    assert after_quiet(night, 3600.0) == 7 * 3600
    assert after_quiet(night, 12 * 3600.0) == 12 * 3600
    assert after_quiet(night, 7 * 3600.0) == 7 * 3600


def test_the_state_of_a_run_is_told_where_it_is_worth_it() -> None:
    lost = Topic(run(state="lost"), STATE_TOPIC, (notice(STATE, state="lost"),))
    assert decided(lost) == Decision(STATE, Level.CRITICAL)
    assert decided(lost, word(STATE, state="lost")) == SETTLED
    back = Topic(run(), STATE_TOPIC, (notice(STATE, state="running"),))
    assert decided(back, word(STATE, state="lost")) == Decision(STATE, Level.CRITICAL)
    assert decided(back) == SETTLED
    done = Topic(run(state="finished"), STATE_TOPIC, (notice(STATE, state="finished"),))
    assert decided(done) == SETTLED
    assert decided(done, filters=Filters(events=(STATE,))) == Decision(STATE, Level.INFO)

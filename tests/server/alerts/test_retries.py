"""When a message is sent again."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lineside_server.alerts.post import Answer, retry_after
from lineside_server.alerts.retries import FIRST_S, GIVE_UP_S, LONGEST_S, ended, wait_s
from lineside_server.core.notices import Delivery


def delivery(attempts: int = 1, created_at: float = 0.0) -> Delivery:
    return Delivery("m", "r", "c", "t", 1, "run.state", None, 0.0, created_at, {}, "sending", attempts)


@given(st.integers(1, 60), st.floats(0, 1))
def test_waits_grow_up_to_an_hour(attempts: int, chance: float) -> None:
    wait = wait_s(attempts, chance)
    if attempts <= len(FIRST_S):
        assert wait == FIRST_S[attempts - 1]
    else:
        assert FIRST_S[-1] <= wait < 1.21 * LONGEST_S


def test_every_answer_leads_somewhere() -> None:
    def state(answer: Answer, **told: Any) -> Any:
        return ended(delivery(**told), answer, 100.0, 0.5, 0.5)

    assert state(Answer(204)).state == "delivered"
    assert state(Answer(204)).error is None
    assert state(Answer(410, "gone")).state == "dead"
    assert state(Answer(500, "no")).due_at == 101.0
    assert state(Answer(429, "slow", 300.0)).due_at == 400.0
    assert state(Answer(None, "away"), attempts=30, created_at=100.0 - GIVE_UP_S).state == "dead"


def test_retry_after_is_a_number_or_a_date() -> None:
    assert retry_after("120", 0.0) == 120.0
    assert retry_after("Thu, 01 Jan 1970 00:02:00 GMT", 60.0) == 60.0
    assert retry_after("Thu, 01 Jan 1970 00:02:00 GMT", 600.0) == 0.0
    assert [retry_after(told, 0.0) for told in (None, "soon", "-1")] == [None, None, None]

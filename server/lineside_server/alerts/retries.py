"""When a message that did not arrive is sent again, and when it is given up. Pure."""

from dataclasses import replace
from typing import Final

from lineside_server.alerts.post import Answer
from lineside_server.core.notices import Delivery

FIRST_S: Final = (1.0, 5.0, 20.0)
LONGEST_S: Final = 3600.0
GIVE_UP_S: Final = 86_400.0
JITTER: Final = 0.2  # of a wait that is longer than the first ones


def wait_s(attempts: int, chance: float) -> float:
    """Return how long to wait after so many attempts; `chance` in 0..1 keeps many messages out of step."""
    if attempts <= len(FIRST_S):
        return FIRST_S[attempts - 1]
    usual = min(LONGEST_S, FIRST_S[-1] * 2.0 ** (attempts - len(FIRST_S)))
    return usual * (1 - JITTER + 2 * JITTER * chance)


def ended(delivery: Delivery, answer: Answer, now: float, took_s: float, chance: float) -> Delivery:
    """Return a message as an attempt leaves it: delivered, dead, or due again."""
    tried = replace(delivery, status=answer.status, error=answer.error, took_s=took_s)
    if answer.arrived:
        return replace(tried, state="delivered", finished_at=now, error=None)
    if answer.is_gone:
        return replace(tried, state="dead", finished_at=now)
    due = now + max(wait_s(delivery.attempts, chance), answer.retry_after or 0.0)
    if due - delivery.created_at > GIVE_UP_S:
        return replace(tried, state="dead", finished_at=now)
    return replace(tried, state="waiting", due_at=due)

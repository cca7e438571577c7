"""Which attempt a writer's points belong to, and which points an attempt still shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from lineside_server.core.runs import Attempt
from lineside_server.core.steps import LAST_STEP

# A live writer is heard from every 10 s at least: three heartbeats missed, and it is gone.
ALIVE_FOR: Final = 30.0


@dataclass(slots=True)
class Writer:
    """One client process. Times are on the server's clock; `told_at` is when the trainer itself last wrote."""

    name: str
    attempt: int
    pending: bool  # registered by resume and has logged nothing yet
    opened_at: float
    clock_offset: float
    heard_at: float
    told_at: float | None = None
    finished: bool = False

    def spoke_after(self, moment: float) -> bool:
        """What it sends may be left over from a process long gone: its own times tell, if it gives any."""
        return (self.heard_at if self.told_at is None else self.told_at) > moment


def choose(
    writer: Writer, others: Iterable[Writer], current: Attempt, steps: tuple[int, int | None], told_at: float | None
) -> int:
    """The attempt of a batch of points; one above the current attempt begins a new one.

    `steps`: the lowest of the batch, and the last that is there in the current attempt.
    """
    if writer.attempt < current.attempt:
        # Alive together with the newer attempt, or left over from before it?
        alive = told_at is not None and told_at > current.started_at
        return current.attempt if alive else writer.attempt
    first, last = steps
    goes_back = writer.pending and last is not None and first <= last
    if goes_back and not any(_shares(other, writer, current) for other in others):
        return current.attempt + 1
    return current.attempt


def _shares(other: Writer, writer: Writer, current: Attempt) -> bool:
    same = other.attempt == current.attempt and not other.pending
    return other is not writer and same and not other.finished and other.spoke_after(writer.opened_at)


def outlived(writer: Writer, others: Iterable[Writer], now: float, told_at: float | None) -> bool:
    """Whether a finish told at `told_at` leaves the run going: it was reopened since, or another writer is alive."""
    return any(
        (told_at is not None and other.opened_at > told_at) or (_alive(other, now) and _met(other, writer))
        for other in others
        if other is not writer and not other.finished
    )


def _alive(other: Writer, now: float) -> bool:
    return other.heard_at > now - ALIVE_FOR


def _met(other: Writer, writer: Writer) -> bool:
    return other.opened_at > writer.opened_at or (other.told_at or 0.0) > writer.opened_at


def visible(attempts: Sequence[Attempt], only: int | None = None) -> list[tuple[int, int]]:
    """(attempt, last visible step) in step order: an attempt is hidden from the first step of any later one on.

    `only` asks for one attempt, whole.
    """
    if only is not None:
        return [(only, LAST_STEP)] if any(attempt.attempt == only for attempt in attempts) else []
    shown: list[tuple[int, int]] = []
    hidden_from: int | None = None
    for attempt in reversed(attempts):
        shown.append((attempt.attempt, LAST_STEP if hidden_from is None else hidden_from - 1))
        if attempt.first_step is not None:
            hidden_from = attempt.first_step if hidden_from is None else min(hidden_from, attempt.first_step)
    return shown[::-1]

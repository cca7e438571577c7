"""Which runs are let go: by age, by number and by the room that a project may take."""

from collections.abc import Iterable
from dataclasses import dataclass

from lineside_server.core.runs import ENDED, RunState

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Holding:
    """A run and the bytes that its points take, packed; None: not known."""

    run_id: str
    project: str
    name: str
    state: RunState
    ended_at: float | None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is kept. `older_than`: seconds since the end of a run; `last`: runs, `quota`: bytes, each of every project.

    Where both are given, a run goes by age and number only when it is older and not among the last.
    """

    older_than: float | None = None
    last: int | None = None
    quota: int | None = None


def let_go(holdings: Iterable[Holding], keeping: Keeping, now: float) -> list[Holding]:
    """Those to be taken away, oldest first in each project; a run that has not ended is never among them."""
    projects: dict[str, list[Holding]] = {}
    for one in holdings:
        projects.setdefault(one.project, []).append(one)
    return [one for _, ours in sorted(projects.items()) for one in _of_project(ours, keeping, now)]


def _of_project(ours: list[Holding], keeping: Keeping, now: float) -> list[Holding]:
    ended = sorted((one for one in ours if one.state in ENDED), key=lambda one: (one.ended_at or 0.0, one.run_id))
    free = ended[: max(len(ended) - (keeping.last or 0), 0)]
    gone: list[Holding] = []
    if keeping.older_than is not None or keeping.last is not None:
        horizon = now - (keeping.older_than or 0.0)
        gone = [one for one in free if keeping.older_than is None or (one.ended_at or 0.0) < horizon]
    if keeping.quota is None:
        return gone
    taken = sum(one.bytes or 0 for one in ours) - sum(one.bytes or 0 for one in gone)
    for one in free:
        if taken <= keeping.quota:
            break
        if one not in gone:
            gone.append(one)
            taken -= one.bytes or 0
    return gone

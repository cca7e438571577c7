"""Which runs are let go: by age, by number and by the room that a project may take."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

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

    Where both are given, a run goes by age and number only when it is older and not among the last. `projects` says
    what is kept of those for which it is something else.
    """

    older_than: float | None = None
    last: int | None = None
    quota: int | None = None
    projects: Mapping[str, "Keeping"] = field(default_factory=dict)

    @classmethod
    def told(
        cls,
        retention_days: float | None = None,
        quota_bytes: int | None = None,
        projects: Mapping[str, Mapping[str, float | None]] | None = None,
    ) -> Self | None:
        """From the settings; a project's own go before the others, and None there keeps all. None: nothing ever goes.

        `projects`: of each that has its own, `retention_days` or `quota_bytes` or both.
        """
        usual = {"retention_days": retention_days, "quota_bytes": quota_bytes}
        own = {name: _kept(**{**usual, **told}) for name, told in (projects or {}).items()}
        if not any(value is not None for told in (usual, *(projects or {}).values()) for value in told.values()):
            return None
        kept = _kept(**usual)
        return cls(kept.older_than, kept.last, kept.quota, own)

    def of(self, project: str) -> "Keeping":
        return self.projects.get(project, self)


def let_go(holdings: Iterable[Holding], keeping: Keeping, now: float) -> list[Holding]:
    """Those to be taken away, oldest first in each project; a run that has not ended is never among them."""
    projects: dict[str, list[Holding]] = {}
    for one in holdings:
        projects.setdefault(one.project, []).append(one)
    kept = ((ours, keeping.of(project)) for project, ours in sorted(projects.items()))
    return [one for ours, its in kept for one in _of_project(ours, its, now)]


def _kept(retention_days: float | None, quota_bytes: float | None) -> Keeping:
    age = None if retention_days is None else retention_days * DAY_S
    return Keeping(older_than=age, quota=None if quota_bytes is None else int(quota_bytes))


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

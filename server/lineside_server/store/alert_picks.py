"""Which alerts a list holds, and what follows from those that it holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, or_, select

from lineside_server.core.findings import Alert, AlertState, Level
from lineside_server.store import tables
from lineside_server.store.alert_rows import alert_of
from lineside_server.store.engine import Store

_alert, _run = tables.alert.c, tables.run.c
SHOWN: Final = select(tables.alert).join(tables.run, _run.run_id == _alert.run_id).where(_run.deleted_at.is_(None))
NEWEST: Final = (_alert.opened_at.desc(), _alert.alert_id.desc())


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """`roots`: only alerts that follow from no other; `q`: a part of its title, rule or subject, or of its run."""

    run_id: str | None = None
    state: AlertState | None = None
    roots: bool = False
    rule: str | None = None
    limit: int = 50
    cursor: str | None = None
    levels: tuple[Level, ...] = ()
    project: str | None = None
    acknowledged: bool | None = None
    q: str | None = None


def picked(wanted: AlertFilter) -> Select[*tuple[Any, ...]]:
    """The alerts that are wanted, of runs that are not hidden."""
    found = SHOWN
    for column, value in (
        (_alert.run_id, wanted.run_id),
        (_alert.state, wanted.state),
        (_alert.rule, wanted.rule),
        (_run.project, wanted.project),
    ):
        if value is not None:
            found = found.where(column == value)
    if wanted.roots:
        found = found.where(_alert.parent.is_(None))
    if wanted.levels:
        levels = [int(level) for level in wanted.levels]
        is_so = _alert.level.in_(levels)
        found = found.where(or_(is_so, _followed_by(levels)) if wanted.roots else is_so)
    if wanted.acknowledged is not None:
        found = found.where(_alert.acknowledged.is_(None) != wanted.acknowledged)
    for word in (wanted.q or "").split():
        texts = (_alert.finding["title"].as_string(), _alert.rule, _alert.subject, _run.name, _run.project, _run.run_id)
        found = found.where(or_(*(text.icontains(word, autoescape=True) for text in texts)))
    return found


def _followed_by(levels: Sequence[int]) -> ColumnElement[bool]:
    """An incident is as bad as the worst that follows from it, in the state in which it is itself."""
    follower = tables.alert.alias().c
    same = (follower.run_id == _alert.run_id, follower.parent == _alert.alert_id, follower.state == _alert.state)
    return select(follower.alert_id).where(*same, follower.level.in_(levels)).exists()


def list_followers(store: Store, roots: Sequence[Alert], most: int) -> list[Alert]:
    """What follows from these, however far, newest first; at most so many alerts are looked at."""
    runs = {root.run_id for root in roots}
    if not runs:
        return []
    found = SHOWN.where(_alert.run_id.in_(runs), _alert.parent.is_not(None)).order_by(*NEWEST).limit(most)
    with store.reader() as connection:
        followers = [alert_of(row) for row in connection.execute(found).mappings()]
    reached = {root.id for root in roots}
    while True:
        more = {one.id for one in followers if one.parent in reached} - reached
        if not more:
            return [one for one in followers if one.parent in reached]
        reached |= more

"""Minds how much is kept at once of what a caller may declare again and again: declarations, and runs."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import func, select

from lineside_server.errors import TooLarge, TooManyRequests
from lineside_server.store import tables
from lineside_server.store.work import Work

RUNS_AGAIN_S: Final = 60.0  # when a client may ask again whether there is room
MOST_TAGS: Final = 100


def mind_size(work: Work, **declared: Any) -> None:
    """TooLarge where something that is declared of a run is, with what was declared before, more than is kept."""
    most = work.bounds.declared
    for name, told in declared.items():
        if told and len(msgspec.json.encode(told)) > most:
            raise TooLarge(f"The {name} would hold more than {most:,} bytes (max_declared).")


def mind_tags(tags: Sequence[str]) -> None:
    if len(tags) > MOST_TAGS:
        raise TooLarge(f"A run has {MOST_TAGS} tags at most.")


def mind_number(work: Work, project: str) -> None:
    """TooManyRequests: there are as many runs, at all or of a project, as are kept."""
    runs, each = work.bounds.runs, work.bounds.runs_each
    if runs is not None and _count(work) >= runs:
        _refuse("This service", runs, "max_runs")
    if each is not None and _count(work, tables.run.c.project == project) >= each:
        _refuse(f"The project {project}", each, "max_runs_each")


def _count(work: Work, *which: Any) -> int:
    counted: int = work.connection.execute(select(func.count()).select_from(tables.run).where(*which)).scalar_one()
    return counted


def _refuse(where: str, most: int, setting: str) -> None:
    raise TooManyRequests(
        f"{where} keeps {most:,} runs at most ({setting}), and has as many: purge some.", RUNS_AGAIN_S
    )

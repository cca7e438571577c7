"""Frames: what a viewer of a run gets after its snapshot, encoded once and joined for whoever shows which keys."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from lineside_server.core.events import Change, Columns
from lineside_server.core.runs import Attempt, Run
from lineside_server.live.views import alert_view, cursor_text, encode, event_view, points_view


def frame(kind: str, cursor: str, data: str) -> str:
    """Return the text of a frame whose data are JSON already."""
    return f'{{"type":"{kind}","cursor":"{cursor}","data":{data}}}'


def hidden_from(attempts: Sequence[Attempt], attempt: int) -> int | None:
    """Return the step from which later attempts hide this one, if any does."""
    firsts = [later.first_step for later in attempts if later.attempt > attempt and later.first_step is not None]
    return min(firsts, default=None)


@dataclass(slots=True)
class Span:
    """The changes of a run after one cursor and up to another, merged into as few frames as they allow."""

    after: int
    changes: Sequence[Change]
    fragments: dict[tuple[int, str], str] = field(default_factory=dict)
    joined: dict[frozenset[str], list[str]] = field(default_factory=dict)

    @property
    def run(self) -> Run:
        return self.changes[-1].run

    def frames(self, keys: frozenset[str]) -> list[str]:
        """Return the frames for a viewer of `keys`; only the last bears the new cursor, so none can be skipped."""
        if keys not in self.joined:
            self.joined[keys] = self._with_cursors(keys, [*self._points(keys), *self._events(), *self._alerts()])
        return self.joined[keys]

    def _with_cursors(self, keys: frozenset[str], parts: list[tuple[str, str]]) -> list[str]:
        old, new = (cursor_text(self.run, place, keys) for place in (self.after, self.changes[-1].cursor))
        last = len(parts) - 1
        return [frame(kind, new if place == last else old, data) for place, (kind, data) in enumerate(parts)]

    def _points(self, keys: frozenset[str]) -> Iterable[tuple[str, str]]:
        for attempt, columns in self._by_attempt().items():
            present = sorted({key for column in columns for key in column.values} & keys)
            told = [(key, self._fragment(attempt, key, columns)) for key in present]
            series = ",".join(f"{encode(key)}:{text}" for key, text in told if text)
            if series:
                yield "points", f'{{"attempt":{attempt},"series":{{{series}}}}}'

    def _by_attempt(self) -> dict[int, list[Columns]]:
        found: dict[int, list[Columns]] = {}
        for change in self.changes:
            if change.applied is not None and change.applied.columns:
                found.setdefault(change.applied.attempt, []).extend(change.applied.columns)
        return found

    def _fragment(self, attempt: int, key: str, columns: Iterable[Columns]) -> str:
        """Return the points of a series as JSON, or nothing where a later attempt hides them all."""
        if (attempt, key) not in self.fragments:
            holding = [column for column in columns if key in column.values]
            steps = np.concatenate([column.steps for column in holding])
            times = np.concatenate([column.times for column in holding])
            values = np.concatenate([column.values[key] for column in holding])
            end = hidden_from(self.run.attempts, attempt)
            seen = slice(None) if end is None else steps < end
            view = points_view(steps[seen], times[seen], values[seen])
            self.fragments[attempt, key] = encode(view) if view["step"] else ""
        return self.fragments[attempt, key]

    def _events(self) -> Iterable[tuple[str, str]]:
        for change in self.changes:
            for event in change.applied.events if change.applied is not None else ():
                yield "event", encode(event_view(event))

    def _alerts(self) -> Iterable[tuple[str, str]]:
        """Yield each alert once, as it is after the last of the changes."""
        newest = {alert.id: alert for change in self.changes for alert in change.alerts}
        for alert in newest.values():
            yield "alert", encode(alert_view(alert))

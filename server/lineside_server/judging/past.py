"""The past of a run, read from the store as stretches."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lineside_server.core.events import StoredEvent
from lineside_server.core.series import SeriesQuery
from lineside_server.rules.intake import Mark, Stretch, place_of
from lineside_server.rules.tape import Points, Tape
from lineside_server.store.engine import Store
from lineside_server.store.events import list_events
from lineside_server.store.reads import list_keys, read_series

PAGE_STEPS: Final = 8192
PAGE_POINTS: Final = 400_000  # read at once; pages grow and shrink towards it
ALL: Final = 1 << 40
JUDGED_EVENTS: Final = ("nonfinite", "config", "intent", "epoch", "checkpoint", "gap", "finish")


@dataclass(frozen=True, slots=True)
class Position:
    """How far a run is judged: the newest step of each series, of all of them, and the newest event."""

    steps: Mapping[str, int]
    through: int = -1
    event_id: int = 0


def stand(store: Store, run_id: str) -> tuple[int, int]:
    """Return the newest step that is stored of a run, -1 for none, and the cursor as of that moment."""
    run = read_series(store, run_id, SeriesQuery(keys=())).run
    return -1 if run.last_step is None else run.last_step, run.cursor


def pages(store: Store, run_id: str, begin: Position, end: int) -> Iterator[Stretch]:
    """Give all that is stored behind a position, up to a step."""
    events = _events(store, run_id, begin.event_id)
    after, width, steps = begin.through, PAGE_STEPS, dict(begin.steps)
    first = True
    while first or after < end:
        last = min(end, after + width)
        points = _read(store, run_id, {key: steps.get(key, -1) for key in list_keys(store, run_id)}, last)
        due = [event for event in events if last == end or _is_due(event, points, last)]
        events = [event for event in events if event not in due]
        yield Stretch(points, _marks(due, points, after))
        steps.update({key: int(part.steps[-1]) for key, part in points.items()})
        size = sum(len(part) for part in points.values())
        width = max(64, width // 2) if size > PAGE_POINTS else width * 2 if size < PAGE_POINTS // 4 else width
        after, first = last, False


def windows(store: Store, run_id: str, tracks: Mapping[str, tuple[int, int, int, int]]) -> Tape:
    """Read the tape back as it stood when `tracks` was saved."""
    tape = Tape()
    for key, (count, first_step, from_step, to_step) in tracks.items():
        beginning = _points(store, run_id, key, 0, first_step)
        tape.restore(key, count, beginning, _points(store, run_id, key, from_step, to_step))
    return tape


def _read(store: Store, run_id: str, steps: Mapping[str, int], last: int) -> dict[str, Points]:
    """Read each series behind its own step; those that stand at the same step together."""
    groups: dict[int, list[str]] = {}
    for key, step in steps.items():
        groups.setdefault(step, []).append(key)
    points: dict[str, Points] = {}
    for step, keys in groups.items():
        query = SeriesQuery(keys=tuple(keys), from_step=step + 1, to_step=last, points=ALL)
        page = read_series(store, run_id, query)
        points |= {key: Points(view.step, view.ts, view.value) for key, view in page.series.items() if view.count}
    return points


def _points(store: Store, run_id: str, key: str, first: int, last: int) -> Points:
    page = read_series(store, run_id, SeriesQuery(keys=(key,), from_step=first, to_step=last, points=ALL))
    view = page.series.get(key)
    return Points() if view is None else Points(view.step, view.ts, view.value)


def _events(store: Store, run_id: str, after: int) -> list[StoredEvent]:
    found: list[StoredEvent] = []
    cursor: str | None = str(after)
    while cursor is not None:
        part, cursor = list_events(store, run_id, JUDGED_EVENTS, limit=1000, cursor=cursor)
        found += part
    return found


def _is_due(event: StoredEvent, points: Mapping[str, Points], last: int) -> bool:
    if event.step is not None:
        return event.step <= last
    return any(len(part) and part.times[-1] > event.ts for part in points.values())


def _marks(events: list[StoredEvent], points: Mapping[str, Points], after: int) -> tuple[Mark, ...]:
    """Place events among the points: at their step, or at the newest that was logged before."""
    marks = [Mark(place_of(event, points.values(), after), event) for event in events]
    return tuple(sorted(marks, key=lambda mark: mark.step))


def steps_of(tape: Tape) -> dict[str, int]:
    """Return the newest step of each series on a tape."""
    return {key: track.last_step for key, track in tape.tracks.items()}

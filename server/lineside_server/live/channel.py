"""The recent changes of one run, from which every viewer takes what it has not seen at its own pace."""

from collections import OrderedDict, deque
from itertools import islice

from lineside_server.core.events import Change
from lineside_server.core.runs import Run
from lineside_server.live.frames import Span

MOST_CHANGES = 1024
MOST_POINTS = 200_000
SPANS_KEPT = 16


class Channel:
    """Changes after `floor` and up to `head`, without a gap; a viewer whose cursor is below needs a fresh snapshot.

    `floor` and `head` are None until the first change or the first snapshot tells where the run stands.
    """

    def __init__(self, most_changes: int = MOST_CHANGES, most_points: int = MOST_POINTS) -> None:
        self.floor: int | None = None
        self.head: int | None = None
        self._most_changes = most_changes
        self._most_points = most_points
        self._points = 0
        self._ring: deque[Change] = deque()
        self._spans: OrderedDict[tuple[int, int], Span] = OrderedDict()
        self._hiding: tuple[tuple[int, int | None], ...] | None = None

    def stand_at(self, run: Run) -> None:
        """Learn from a snapshot where the run stands, unless changes have told already."""
        if self.head is None:
            self.floor = self.head = run.cursor
            self._hiding = _hiding(run)

    def put(self, change: Change) -> bool:
        """Take in a committed change; tell whether it was new."""
        if self.head is not None and change.cursor <= self.head:
            return False
        if self.head is not None and change.cursor != self.head + 1:
            self._forget(change.cursor - 1)  # a change was missed: nobody may be led past it
        if self.floor is None:
            self.floor = change.cursor - 1
        self.head = change.cursor
        self._ring.append(change)
        self._points += _points_of(change)
        self._mind_attempts(change)
        self._trim()
        return True

    def since(self, cursor: int, keys: frozenset[str]) -> tuple[int, list[str]] | None:
        """Return the new cursor and the frames after `cursor`, or None where only a fresh snapshot helps."""
        if self.floor is None or self.head is None or not self.floor <= cursor:
            return None
        if cursor >= self.head:
            return cursor, []
        span = self._spans.get((cursor, self.head))
        if span is None:
            span = Span(cursor, list(islice(self._ring, cursor - self.floor, None)))
            self._spans[cursor, self.head] = span
            if len(self._spans) > SPANS_KEPT:
                self._spans.popitem(last=False)
        return self.head, span.frames(keys)

    def _mind_attempts(self, change: Change) -> None:
        """Start over when a new attempt hides points that viewers show: only a snapshot takes them away."""
        hiding = _hiding(change.run)
        # Of the first change that a channel sees nobody knows whether it began the attempt: then it may have.
        if hiding != (self._hiding or ()):
            self._forget(change.cursor)
        self._hiding = hiding

    def _trim(self) -> None:
        while self._ring and (len(self._ring) > self._most_changes or self._points > self._most_points):
            gone = self._ring.popleft()
            self._points -= _points_of(gone)
            self.floor = gone.cursor

    def _forget(self, floor: int) -> None:
        self._ring.clear()
        self._spans.clear()
        self._points = 0
        self.floor = floor


def _hiding(run: Run) -> tuple[tuple[int, int | None], ...]:
    return tuple((later.attempt, later.first_step) for later in run.attempts if later.attempt > 1)


def _points_of(change: Change) -> int:
    return sum(columns.points for columns in change.applied.columns) if change.applied is not None else 0

"""One run before the judge: its judgement so far, what waits to be judged, and what waits to be saved."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from lineside_server.core.events import Applied
from lineside_server.core.findings import Alert
from lineside_server.core.judged import Judged
from lineside_server.core.runs import ENDED, Run
from lineside_server.judging.judgement import Judgement, Outcome
from lineside_server.judging.past import JUDGED_EVENTS, Position, pages, stand, steps_of, windows
from lineside_server.rules.book import Book
from lineside_server.rules.intake import Arrival, Intake, Stretch
from lineside_server.rules.model import Silence
from lineside_server.store.alerts import load_judgement
from lineside_server.store.engine import Store
from lineside_server.store.gaps import LATE_START
from lineside_server.store.runs import get_run

VERSION: Final = "1"  # of the state that is saved: another one is judged anew from the beginning
HIDDEN: Final = "Attempt {attempt} began again at step {step}: what this alert saw is not part of the run any more."
ANEW: Final = "The run was judged anew, and this did not come out again."


@dataclass(slots=True)
class Docket:
    """Lives in the judge's thread alone."""

    run: Run
    judgement: Judgement
    intake: Intake
    event_id: int = 0  # the newest event that was taken in
    cursor: int = 0  # of the run: what was committed up to it is taken in
    ended: bool = False  # the rules were told so
    points_at: float = 0.0  # when points last came, or since when they are waited for, by the server's clock
    word_at: float = 0.0
    unsaved: Outcome = field(default_factory=Outcome)
    saved_at: float = float("-inf")
    saved_through: int = -1
    saved_end: bool = False
    book_version: str = ""
    behind: bool = True  # the store holds what was not taken in: it must be read
    past: Iterator[Stretch] | None = None  # what is being read
    newest: int = 0  # the newest cursor of the run that was heard of
    before: tuple[Alert, ...] = ()  # of an earlier judging: those that do not come out again are resolved
    told: int = -1  # the step through which that judging has been told of

    @property
    def rests(self) -> bool:
        """Whether nothing is lost when it is put away: the store has it all."""
        return not self.behind and not self.unsaved

    def take(self, applied: Applied, at: float) -> None:
        """Take in a batch that was committed, unless it is known already or will be read from the store."""
        self.newest = max(self.newest, applied.cursor)
        self.word_at = at
        self.points_at = at if applied.columns else self.points_at
        if applied.duplicate or self.behind or applied.cursor <= self.cursor:
            return
        self.cursor = applied.cursor
        new = (event for event in applied.events if event.id > self.event_id)
        events = tuple(event for event in new if event.type in JUDGED_EVENTS)
        first = 1 if applied.seq <= LATE_START else applied.seq
        self.intake.take(Arrival(applied.writer, applied.seq, applied.columns, events, at), first)
        self.event_id = max([self.event_id, *(event.id for event in events)])

    def begin_reading(self, store: Store) -> None:
        """Read up to what is stored now; what is committed later is heard of."""
        end, self.cursor = stand(store, self.run.id)
        self.past = pages(store, self.run.id, self.position, end)

    def read(self, now: float) -> None:
        """Judge a page of what is stored, but for the newest step, which may still grow."""
        assert self.past is not None, "reading has begun"
        stretch = next(self.past, None)
        if stretch is not None:
            self.unsaved.add(self.judgement.judge_stored(self.intake, stretch, now))
            self.event_id = max([self.event_id, *(mark.event.id for mark in stretch.marks)])
            return
        self.past, self.behind = None, self.newest > self.cursor
        if not self.behind:
            self._settle()

    def judge(self, now: float) -> None:
        """Judge what is complete."""
        ended = self.run.state in ENDED and not self.intake.misses(now)
        stretch = self.intake.release(now, ended=ended)
        if stretch or (ended and not self.ended):
            self.unsaved.add(self.judgement.judge(stretch, ended=ended and not self.ended))
            self.ended = ended
        if self.run.state not in ENDED and self.judgement.through >= 0:
            silence = Silence(self.judgement.through, now, now - self.points_at, now - self.word_at)
            self.unsaved.add(self.judgement.hear_silence(silence))

    def follow(self, run: Run, *, by_hand: bool) -> None:
        """Take up the run as it is now; what its trainer declares anew comes with its events, at their step."""
        if by_hand and (self.run.intent != run.intent or self.run.config != run.config):
            self.judgement.redeclare(run.config, run.intent)
        if (self.run.project, self.run.tags) != (run.project, run.tags):
            self.book_version = ""  # other rules may be meant for it now
        self.run = run
        self.ended = self.ended and run.state in ENDED

    def judged(self) -> Judged:
        """Return all that is to be saved now."""
        checks = self.judgement.checks()
        return Judged(
            alerts=tuple(self.unsaved.alerts.values()),
            transitions=tuple(self.unsaved.told),
            health=self.judgement.health(checks),
            checks=checks,
            state=msgspec.msgpack.encode(self._state()),
            version=VERSION,
            ended=self.ended and not self.behind,
        )

    def _state(self) -> dict[str, Any]:
        attempt = self.judgement.examiner.facts.attempt
        judgement = self.judgement.save()
        return {"judgement": judgement, "event_id": self.event_id, "ended": self.ended, "attempt": attempt}

    @property
    def position(self) -> Position:
        """How far everything was taken in."""
        return Position(self.intake.newest, max([-1, *self.intake.newest.values()]), self.event_id)

    def _settle(self) -> None:
        """Resolve alerts of an earlier judging that have not come out again."""
        self.unsaved.told = [one for one in self.unsaved.told if one.step > self.told]
        again = {alert.id for alert in self.judgement.firing} | set(self.unsaved.alerts)
        gone, self.before = [alert for alert in self.before if alert.id not in again], ()
        attempt = self.run.attempts[-1]
        if gone:
            reason = HIDDEN.format(attempt=attempt.attempt, step=attempt.first_step) if attempt.attempt > 1 else ANEW
            self.unsaved.add(self.judgement.close(gone, reason))


def open_docket(store: Store, book: Book, run_id: str, now: float) -> Docket:
    """Go on where the last judging ended, or begin at the beginning; what is stored since is still to be read."""
    run = get_run(store, run_id)
    saved = load_judgement(store, run_id)
    judgement = Judgement.of(run, book.rules_for(run.project, run.tags, run_id))
    docket = Docket(run, judgement, Intake(), points_at=now, word_at=now)
    position = Position({})
    if saved is not None and saved.version == VERSION:
        state = msgspec.msgpack.decode(saved.state)
        if state["attempt"] == run.attempts[-1].attempt:
            tape = windows(store, run_id, state["judgement"]["examiner"]["tracks"])
            docket.unsaved.add(docket.judgement.load(state["judgement"], tape, saved.alerts))
            docket.event_id, docket.ended = state["event_id"], state["ended"]
            docket.saved_end, docket.saved_through = docket.ended, docket.judgement.through
            position = Position(steps_of(tape), docket.judgement.through, docket.event_id)
            saved = None
    if saved is not None:  # what it told of steps that still stand is not told again
        kept = -1 if saved.through_step is None else saved.through_step
        docket.before, docket.told = saved.alerts, min(kept, (run.attempts[-1].first_step or kept + 1) - 1)
    docket.intake = Intake(position.steps)
    return docket

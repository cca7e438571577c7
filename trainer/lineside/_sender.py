"""The thread that ships what a run has spooled, for as long as it takes."""

from __future__ import annotations

import time
from threading import Lock, Thread
from typing import TYPE_CHECKING, NamedTuple

from ._http import Unreachable
from ._leftovers import Couriers
from ._names import jitter
from ._say import say
from ._shipper import Refused, Shipper

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ._http import Link
    from ._shipper import Sent
    from ._spool import Spool
    from ._states import State

_LONGEST_WAIT_AT_END = 2.0


class Pace(NamedTuple):
    """How often the sender speaks, in seconds."""

    interval: float = 0.1  # between two batches of a busy run
    unwatched: float = 1.0  # the same while nobody looks at the run: each batch costs the loop a little
    heartbeat: float = 10.0  # after the last batch of a silent one
    first_wait: float = 0.5  # before a server that is away is tried again; then twice as long each time,
    longest_wait: float = 30.0  # up to this

    def after(self, records: int, *, watched: bool = True) -> float:
        """Return how long a batch keeps the next one waiting: half an interval after a single record.

        A run that logs once an interval would fall out of step with the sender, and each record wait for most of it.
        """
        if records <= 1:
            return self.interval / 2
        return self.interval if watched else max(self.unwatched, self.interval)


class Bell:
    """Wakes one thread; a ring while nobody waits is kept. Safe in signal handlers, which an Event is not."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._lock.acquire()

    def ring(self) -> None:
        # Two rings at once are one ring: the second finds the lock open.
        try:
            self._lock.release()
        except RuntimeError:
            return

    def wait(self, seconds: float) -> None:
        self._lock.acquire(timeout=max(seconds, 0.0))


class Sender(Thread):
    """Ships the spool of a live run; ends when all is acknowledged or the server refuses the run for good."""

    def __init__(
        self, spool: Spool, root: Path, link: Link, obey: Callable[[str], None], *, pace: Pace | None = None
    ) -> None:
        super().__init__(name="lineside-sender", daemon=True)
        self.state: State = "connecting"
        self.complete = False
        self._spool = spool
        self._shipper = Shipper(spool.folder, spool, link)
        self._couriers = Couriers(root, link.server, link.token)
        self._obey = obey
        self._pace = pace or Pace()
        self._bell = Bell()
        self._last_sent = 0.0
        self._wait = 0.0
        self._told = False
        self._watched = True
        spool.ring = self._bell.ring

    def hurry(self) -> None:
        """Have the thread look again now: the run has ended."""
        self._bell.ring()

    def join_leftovers(self, seconds: float) -> None:
        self._couriers.join(seconds)

    def run(self) -> None:
        while not self.complete:
            try:
                self._turn()
            except Unreachable as error:
                self._back_off(str(error), error.retry_after)
            except Refused as error:
                self._give_up(error)
                return
            except Exception as error:  # noqa: BLE001 - a fault of ours must not end the sending, let alone training
                self._back_off(f"a fault of lineside's own: {type(error).__name__}: {error}", 0.0)

    def _turn(self) -> None:
        if not self._shipper.opened:
            self._open()
        ending = self._spool.closed
        self._spool.idle = True  # from here on a record rings the bell: none can slip in unseen
        started = time.monotonic()
        sent = self._shipper.send()
        if sent is not None:
            self._last_sent = started
            self._follow(sent, started, ending=ending)
        elif ending:
            self._complete()
        else:
            self._listen()

    def _follow(self, sent: Sent, started: float, *, ending: bool) -> None:
        """Take the answer, and rest before the next batch.

        While somebody watches the rest comes first: a thread that has waited takes the interpreter from the loop, so
        one waiting for both, the answer and the time, is better than two.
        """
        self._spool.idle = False  # nobody needs to be woken before the rest is over
        hasty = sent.more or ending
        if self._watched and not hasty:
            self._rest(started + self._pace.after(sent.records), ending=ending)
        receipt = self._shipper.receive()
        self._recovered()
        for command in receipt.commands:
            self._obey(command)
        if not self._watched and not receipt.watched and not hasty:
            self._rest(started + self._pace.after(sent.records, watched=False), ending=ending)
        self._watched = receipt.watched

    def _open(self) -> None:
        # What an earlier process left of this very run comes before what this one adds.
        self._couriers.ship_run(self._spool.folder.about["open"]["id"])
        self._spool.set_base(self._shipper.open())
        self._last_sent = time.monotonic()
        self._recovered()
        self._couriers.start()

    def _listen(self) -> None:
        """Wait for the next record; say that the run is alive if there is none for long."""
        due = self._last_sent + self._pace.heartbeat
        self._bell.wait(due - time.monotonic())
        if time.monotonic() >= due:
            self._spool.event({"type": "heartbeat", "ts": time.time()})

    def _rest(self, until: float, *, ending: bool) -> None:
        """Let records gather, whoever rings; only the end of the run, if it was not known yet, cuts it short."""
        self._spool.idle = False
        while (left := until - time.monotonic()) > 0 and self._spool.closed == ending:
            self._bell.wait(left)

    def _back_off(self, reason: str, at_least: float) -> None:
        """Wait longer each time, up to half a minute and never in step with other clients."""
        self.state = "waiting"
        if not self._told:
            self._told = True
            say(f"{self._shipper.link.server} cannot be reached ({reason}). What is logged is kept and sent later.")
        self._wait = min(max(self._wait * 2, self._pace.first_wait), self._pace.longest_wait)
        ending = self._spool.closed
        wait = min(self._wait, _LONGEST_WAIT_AT_END) if ending else self._wait
        # What the server asks for is waited for in full, and a little beyond, so that not all come at once.
        asked = at_least * (1.5 - jitter() / 2) if not ending else 0.0
        self._rest(time.monotonic() + max(wait * jitter(), asked), ending=ending)

    def _recovered(self) -> None:
        self.state, self._wait = "online", 0.0
        if self._told:
            self._told = False
            say(f"{self._shipper.link.server} answers again.")

    def _give_up(self, error: Refused) -> None:
        self.state = "offline"
        self._shipper.close()
        self._spool.folder.refuse(error.status)
        path = self._spool.folder.path
        how = (
            f"`lineside sync {path} --id NEW` sends it as another"
            if error.status == 409
            else "`lineside sync` tries again"
        )
        say(f"{error} The run goes on offline in {path}; {how}.")

    def _complete(self) -> None:
        self._shipper.close()
        self._spool.close()
        self._spool.folder.remove()
        self.state, self.complete = "finished", True

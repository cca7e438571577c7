"""Ships the spools that processes which are gone have left behind."""

from __future__ import annotations

import time
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

from ._folder import Folder, describe, leftovers
from ._http import Link, Unreachable
from ._names import jitter
from ._reader import Leftover
from ._say import say
from ._shipper import Refused, Shipper

if TYPE_CHECKING:
    from pathlib import Path

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 5.0


class Outcome(NamedTuple):
    """What became of one leftover spool: sent, refused, unreachable, or owned (by a live process)."""

    run: str
    server: str
    state: str
    records: int = 0
    damaged: int = 0
    refused: int = 0
    reason: str = ""


def ship_folder(folder: Folder, server: str, token: str | None, patience: float = 0.0) -> Outcome:
    """Ship a leftover spool whole and delete it; keep trying an absent server for `patience` seconds."""
    shipper = Shipper(folder, Leftover(folder), Link(server, token))
    state, reason = "sent", ""
    try:
        _ship_all(shipper, time.monotonic() + patience)
        folder.remove()
    except Unreachable as error:
        state, reason = "unreachable", str(error)
    except Refused as error:
        state, reason = "refused", str(error)
        folder.refuse(error.status)
    finally:
        shipper.close()
        folder.release()
    run = folder.about["open"]["id"]
    return Outcome(run, server, state, shipper.shipped, shipper.damaged, shipper.refused, reason)


def _ship_all(shipper: Shipper, deadline: float) -> None:
    wait = _FIRST_WAIT
    while True:
        try:
            if not shipper.opened:
                shipper.open()
            while shipper.ship() is not None:
                wait = _FIRST_WAIT
        except Unreachable as error:
            pause = max(wait * jitter(), error.retry_after)
            if time.monotonic() + pause > deadline:
                raise
            time.sleep(pause)
            wait = min(wait * 2, _LONGEST_WAIT)
        else:
            return


class Couriers:
    """Ships leftovers for one server beside a live run: those of the same run first, the others in the background."""

    def __init__(self, root: Path, server: str, token: str | None) -> None:
        self._root = root
        self._server = server
        self._token = token
        self._thread: Thread | None = None

    def ship_run(self, run: str) -> None:
        """Ship what is left of this run; raises Unreachable, so that a later writer does not overtake it."""
        for path in leftovers(self._root):
            if self._is_ours(path, run) and (outcome := self._ship(path)) and outcome.state == "unreachable":
                raise Unreachable(outcome.reason)

    def start(self) -> None:
        if self._thread is None and any(self._is_ours(path, None) for path in leftovers(self._root)):
            self._thread = Thread(target=self._ship_others, name="lineside-leftovers", daemon=True)
            with suppress(RuntimeError):  # the interpreter is about to end: the next run will do it
                self._thread.start()

    def join(self, seconds: float) -> None:
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(max(seconds, 0.0))

    def _ship_others(self) -> None:
        for path in leftovers(self._root):
            try:
                outcome = self._ship(path) if self._is_ours(path, None) else None
            except Exception as error:  # noqa: BLE001 - one spoilt folder must not keep the others
                say(f"The spool in {path} cannot be sent: {error}.")
                continue
            if outcome and outcome.state == "unreachable":
                return

    def _ship(self, path: Path) -> Outcome | None:
        folder = Folder.adopt(path)
        if folder is None:
            return None
        outcome = ship_folder(folder, self._server, self._token)
        if outcome.state == "sent":
            say(f"{outcome.records:,} records that an earlier process left of the run {outcome.run} are sent.")
        return outcome

    def _is_ours(self, path: Path, run: str | None) -> bool:
        """Tell whether a spool is for this server, meant to be sent without being asked, and not refused before."""
        about = describe(path)
        if about is None or about.get("server") != self._server or about.get("mode") != "online":
            return False
        return "refused" not in about and run in (None, about["open"]["id"])

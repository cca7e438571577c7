"""A run as the trainer sees it: everything it can say, and how it ends."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from ._exit import last_line, status_of, watch
from ._keyset import KeySet
from ._say import say
from ._teller import Teller
from ._values import LAST_STEP, PLAIN, as_step, scalar, sift
from ._watch import Watch
from ._watching import log_watched, unwatch, watch_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from ._sender import Sender
    from ._spool import Spool
    from ._states import State, Status

_MOST_KEYSETS = 4_096
_MOST_KEYS_A_RECORD = 4_000  # with the longest keys this is a record of 1 MB
_PATIENCE = 30.0
_PATIENCE_FOR_OTHERS = 5.0
_UNSAID = 1.0  # seconds of waiting at the end that need no explanation
_GRAVITY = {"finished": 0, "failed": 1, "stopped": 2}


class Run(Teller):
    """One run. No method raises into training or waits for the network, but for `finish`, which waits 30 s at most."""

    def __init__(  # noqa: PLR0913 - what a run is made of
        self,
        run_id: str,
        name: str,
        *,
        spool: Spool | None = None,
        server: str | None = None,
        config: Mapping[str, Any] | None = None,
        hidden: set[str] | None = None,
    ) -> None:
        super().__init__(spool, config or {}, hidden if hidden is not None else set())
        self.id = run_id
        self.name = name
        self.url = f"{server}/#/runs/{run_id}" if server else ""
        self.should_stop = False
        self.watches: list[Watch] = []
        self._held = spool
        self._sender: Sender | None = None
        self._impatient = False
        self._keysets: dict[tuple[str, ...], KeySet] = {}
        self._end: tuple[Status, str | None] | None = None
        self._why_silent = "" if spool else "disabled"

    @property
    def state(self) -> State:
        if self._why_silent == "finished":
            return "finished"
        if self._spool is None:
            return "disabled"
        return self._sender.state if self._sender else "offline"

    @property
    def holds_spool(self) -> bool:
        return self._held is not None and self._held.folder.owned

    def attach(self, sender: Sender) -> None:
        self._sender = sender
        sender.start()

    def log(self, values: Mapping[str, Any], step: int | None = None, commit: bool | None = None) -> None:
        """Log numbers (or anything with one: tensors, numpy scalars) under keys; nested mappings are joined by `/`.

        Without a step it is the one after the last; with `commit=False` that step stays open for the next call.
        """
        now = time.time()
        spool = self._spool
        if spool is None:
            self._say_silent()
            return
        try:
            keyset = self._keysets[tuple(values)]
            numbers: Any = values.values()
            if keyset.asks:
                numbers = [scalar(each) for each in numbers]
            is_usual = commit is None and (step is None or (step.__class__ is int and 0 <= step <= LAST_STEP))
        except Exception:  # noqa: BLE001 - a new key set, or something to be looked at value by value
            is_usual = False
        if self.watches:
            log_watched(self, values, step, partial(self._log_beside, spool, now))
        try:
            if not is_usual or not spool.point(keyset, step, now, numbers):
                self._log_carefully(spool, values, step, now, commit)
        except Exception as error:  # noqa: BLE001 - training goes on whatever this was
            self._refuse("fault", f"log() failed: {last_line(error)}")

    def watch(
        self, model: Any, optimizer: Any = None, scheduler: Any = None, *more: Any, scaler: Any = None, **others: Any
    ) -> Watch:
        """Record what the optimizer steps of a PyTorch model are made of and do, with what is logged next.

        Without an optimizer (or several) every one that holds parameters of the model is watched. `.remove()` of what
        is returned ends it, and so does the end of the run. Arguments that only W&B knows are named and left out.
        """
        unknown = [*(f"argument {place}" for place, _ in enumerate(more, 4)), *others]
        if self._spool is None:
            self._say_silent()
            return Watch(self)
        return watch_in(self, model, optimizer, scheduler, scaler=scaler, left_out=unknown)

    def finish(
        self,
        status: Status | int | None = None,
        error: str | None = None,
        timeout: float = _PATIENCE,
        *,
        exit_code: int | None = None,
    ) -> bool:
        """End the run and wait for what is left to be sent; return whether the server has acknowledged everything.

        Without a status it is `finished`, unless the process is being stopped or an exception is on its way.
        """
        try:
            return self._finish(*self._ending(status, error, exit_code), timeout)
        except Exception as fault:  # noqa: BLE001 - training goes on whatever this was
            self.complain("finish", f"finish() failed: {last_line(fault)}")
            return False

    def finish_in_background(self) -> None:
        """End the run without waiting; the end of the process waits for what is not sent by then."""
        if self.state == "offline":
            self.finish()
        elif self._sender is not None:
            self._write_end(*self._ending(None, None, None))
            self._sender.hurry()

    def ended(self, status: Status, error: str | None) -> None:
        """Note how the process is ending; the gravest word stands."""
        if self._end is None or _GRAVITY[status] > _GRAVITY[self._end[0]]:
            self._end = (status, error)

    def after_write(self, action: Callable[[], None]) -> bool:
        """Have `action` called after the write that this thread is in the middle of; False if there is none."""
        return self._spool.after_write(action) if self._spool else False

    def obey(self, command: str) -> None:
        if command == "stop" and not self.should_stop:
            self.should_stop = True
            say(f"The server asks the run {self.name} to stop.")

    def abandon(self) -> None:
        """In a forked child: the run goes on in the parent alone."""
        held, self._held, self._spool, self._sender = self._held, None, None, None
        unwatch(self)
        if held is not None:
            held.abandon()
        if self._why_silent != "finished":
            self._why_silent = "forked"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        status, said = status_of(error)
        self.finish(status, said)

    def _log_carefully(self, spool: Spool, values: Any, step: Any, now: float, commit: bool | None) -> None:
        kept, refused = sift(values)
        for key, sentence in refused.items():
            self._refuse(f"log {key}", sentence)
        try:
            at = None if step is None else as_step(step)
        except (TypeError, ValueError, OverflowError) as error:
            self._refuse("step", f"A call of log() is left out, for its step is {step!r}: {error}.")
            return
        keys = list(kept)
        asks = not all(type(value) in PLAIN for value in values.values()) if isinstance(values, Mapping) else False
        for start in range(0, len(keys), _MOST_KEYS_A_RECORD):
            some = tuple(keys[start : start + _MOST_KEYS_A_RECORD])
            keyset = self._keyset(some, asks=asks)
            # The parts of one call share its step.
            advance = (commit is None or commit) and start + _MOST_KEYS_A_RECORD >= len(keys)
            spool.point(keyset, at, now, [kept[key] for key in some], advance=advance)

    def _log_beside(self, spool: Spool, now: float, figures: Mapping[str, float], step: int | None) -> None:
        """Log figures of our own at the step of a call of log(), which stays open for the values of that call."""
        spool.point(self._keyset(tuple(figures), asks=False), step, now, figures.values(), advance=False)

    def _keyset(self, keys: tuple[str, ...], *, asks: bool) -> KeySet:
        keyset = self._keysets.get(keys)
        if keyset is None:
            if len(self._keysets) >= _MOST_KEYSETS:
                self._keysets.clear()
            keyset = self._keysets[keys] = KeySet(keys)
        keyset.asks = keyset.asks or asks
        return keyset

    def _say_silent(self) -> None:
        if self._why_silent == "finished":
            self.complain("silent", f"The run {self.name} is finished; what is logged from here on is dropped.")
        elif self._why_silent == "forked":
            self.complain(
                "silent",
                f"This process was forked from the one that writes the run {self.name}; what it logs is dropped "
                "(call lineside.init() here to write a run of its own).",
            )

    def _ending(self, status: Any, error: str | None, exit_code: int | None) -> tuple[Status, str | None]:
        if isinstance(status, int) and not isinstance(status, bool):
            status, exit_code = None, status  # wandb.finish(1)
        if exit_code is not None and status is None:
            status, error = ("failed", error or f"exit code {exit_code}") if exit_code else ("finished", error)
        if status in (None, "finished") and self._end is not None and self._end[0] != "finished":
            return self._end[0], error or self._end[1]
        passing = sys.exc_info()[1]
        if status is None and passing is not None and not isinstance(passing, StopIteration):
            status, said = status_of(passing)
            return status, error or said
        return status if status in _GRAVITY else "finished", error

    def _finish(self, status: Status, error: str | None, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        spool, sender = self._spool, self._sender
        if not self._write_end(status, error):
            watch.remove(self)
            return self._why_silent == "disabled"
        try:
            return self._wait(sender, deadline)
        finally:
            watch.remove(self)
            if spool is not None:
                self._say_end(spool, status, complete=sender is not None and sender.complete)

    def _write_end(self, status: Status, error: str | None) -> bool:
        """Write the last event, if it is not there yet; False where there is no spool to write it to."""
        spool = self._spool
        if spool is None:
            return self._why_silent == "finished"
        event: dict[str, Any] = {"type": "finish", "ts": time.time(), "status": status}
        if error:
            event["error"] = self._without_secrets(error)
        self._why_silent, self._spool = "finished", None
        spool.event(event, last=True)
        unwatch(self)
        return True

    def _wait(self, sender: Sender | None, deadline: float) -> bool:
        if sender is None:
            return False
        sender.hurry()
        try:
            self._join(sender, deadline)
        except KeyboardInterrupt:
            self._impatient = True
            raise
        return sender.complete

    def _join(self, sender: Sender, deadline: float) -> None:
        if self._impatient:
            return
        sender.join(min(_UNSAID, max(deadline - time.monotonic(), 0.0)))
        left = deadline - time.monotonic()
        if sender.is_alive() and left > _UNSAID:
            say(f"The rest of the run {self.name} is being sent ({left:.0f} s at most; Ctrl-C leaves it in the spool).")
            sender.join(left)
        if sender.complete:
            sender.join_leftovers(min(_PATIENCE_FOR_OTHERS, deadline - time.monotonic()))

    def _say_end(self, spool: Spool, status: str, *, complete: bool) -> None:
        refused = f" {self.refused} values could not be logged." if self.refused else ""
        lost = f" {spool.losses.total.records:,} records were lost." if spool.losses.total.records else ""
        if complete:
            say(f"run {self.name} {status}: {self.url}{refused}{lost}")
        else:
            where = spool.folder.path
            say(f"run {self.name} {status}; what was not sent waits in {where} for `lineside sync`.{refused}{lost}")
        if self._sender is None or not self._sender.is_alive():
            spool.close()
            spool.folder.release()

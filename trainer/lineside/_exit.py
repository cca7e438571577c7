"""Ends open runs with the right status however the process ends: normally, by an exception, by SIGTERM."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType

    from ._states import Status

_PATIENCE = 30.0
_PATIENCE_AFTER_SIGTERM = 5.0  # schedulers send SIGKILL soon after
_SIGNALLED = {128 + signal.SIGINT, 128 + signal.SIGTERM}


class Ends(Protocol):
    """What has to be ended: a run."""

    def ended(self, status: Status, error: str | None) -> None: ...
    def finish(self, *, timeout: float) -> bool: ...
    def after_write(self, action: Callable[[], None]) -> bool: ...


def status_of(error: BaseException | None) -> tuple[Status, str | None]:
    """Return the status of a run that ends with this exception, and what to say of it."""
    if error is None or isinstance(error, GeneratorExit):
        return "finished", None
    if isinstance(error, KeyboardInterrupt):
        return "stopped", None
    if isinstance(error, SystemExit):
        return _status_of_code(error.code)
    return "failed", last_line(error)


def last_line(error: BaseException) -> str:
    """Return the last line of the traceback, as Python prints it."""
    kind = type(error)
    name = (
        kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}"
    )
    text = ""
    with contextlib.suppress(Exception):
        text = str(error)
    return f"{name}: {text}" if text else name


def _status_of_code(code: object) -> tuple[Status, str | None]:
    if code is None or code == 0:
        return "finished", None
    if code in _SIGNALLED:
        return "stopped", None
    return "failed", f"SystemExit: {code}"


class ExitWatch:
    """Hooks into every way out of the interpreter while there are open runs, and unhooks after the last."""

    def __init__(self) -> None:
        self._runs: list[Ends] = []
        self._pid = 0
        self._sigterm: Any = None
        self._hooked_sigterm = False
        self._excepthook: Any = None
        self._exit: Any = None

    def add(self, run: Ends) -> None:
        self._runs.append(run)
        if len(self._runs) == 1:
            self._hook()

    def remove(self, run: Ends) -> None:
        if run in self._runs:
            self._runs.remove(run)
            if not self._runs:
                self._unhook()

    def forget(self) -> None:
        """In a forked child: what is open belongs to the parent."""
        if self._runs:
            self._runs.clear()
            self._unhook()

    def _hook(self) -> None:
        self._pid = os.getpid()
        atexit.register(self._at_exit)
        self._excepthook, sys.excepthook = sys.excepthook, self._on_exception
        self._exit, sys.exit = sys.exit, self._on_sys_exit
        if threading.current_thread() is threading.main_thread():
            handler = signal.getsignal(signal.SIGTERM)
            # None is a handler that Python does not know; one that ignores the signal means it.
            if handler is not None and handler is not signal.SIG_IGN:
                self._sigterm = handler
                signal.signal(signal.SIGTERM, self._on_sigterm)
                self._hooked_sigterm = True

    def _unhook(self) -> None:
        """Take out our hooks; where somebody has hooked in after us, ours stay as a mere pass-through."""
        atexit.unregister(self._at_exit)
        if sys.excepthook == self._on_exception:
            sys.excepthook = self._excepthook
        if sys.exit == self._on_sys_exit:
            sys.exit = self._exit
        if self._hooked_sigterm and signal.getsignal(signal.SIGTERM) == self._on_sigterm:
            with contextlib.suppress(ValueError):  # another thread: the pass-through does as well
                signal.signal(signal.SIGTERM, self._sigterm)
                self._hooked_sigterm = False

    def _mark(self, status: Status, error: str | None) -> None:
        for run in list(self._runs):
            run.ended(status, error)

    def _end(self, seconds: float) -> None:
        # Whoever interrupts the waiting wants to leave: the spool keeps what is not sent.
        with contextlib.suppress(KeyboardInterrupt):
            for run in list(self._runs):
                run.finish(timeout=seconds)

    def _at_exit(self) -> None:
        if os.getpid() == self._pid:
            self._end(_PATIENCE)

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self._excepthook(kind, error, trace)
        if os.getpid() == self._pid:
            self._mark(*status_of(error))
            self._end(_PATIENCE)

    def _on_sys_exit(self, code: Any = None, /) -> NoReturn:
        # Nothing tells an exit handler the code, so it is noted where it is given.
        if threading.current_thread() is threading.main_thread():
            self._mark(*_status_of_code(code))
        self._exit(code)
        raise SystemExit(code)

    def _on_sigterm(self, number: int, frame: FrameType | None) -> None:
        if os.getpid() == self._pid and self._runs:
            # In the middle of a write the lock is ours: come again when it is done.
            if any(run.after_write(_raise_sigterm) for run in self._runs):
                return
            self._mark("stopped", None)
        if callable(self._sigterm):
            self._sigterm(number, frame)  # whether the process ends now is the user's to say
            return
        if os.getpid() == self._pid:
            self._end(_PATIENCE_AFTER_SIGTERM)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)


def _raise_sigterm() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


watch = ExitWatch()

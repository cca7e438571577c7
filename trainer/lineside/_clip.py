"""Overhears the gradient norm that clipping works with: it costs nothing, and is that from before."""

from __future__ import annotations

import contextlib
import functools
import math
from collections import deque
from typing import TYPE_CHECKING, Any

from ._readback import Readback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType

    Listener = Callable[[list[Any], Any], None]

_MOST_UNREAD = 64


class Clipping:
    """Stands before `torch.nn.utils.clip_grad_norm_` while somebody listens."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._utils: Any = None
        self._clip: Any = None
        self._ours: Any = None

    def attach(self, torch: ModuleType, listener: Listener) -> None:
        self._listeners.append(listener)
        if self._ours is None:
            self._utils, self._clip = torch.nn.utils, torch.nn.utils.clip_grad_norm_
            self._ours = self._utils.clip_grad_norm_ = self._wrapped(torch, self._clip)

    def detach(self, listener: Listener) -> None:
        """Listen no longer; the last takes the wrapper out, unless somebody has wrapped it in turn."""
        if listener in self._listeners:
            self._listeners.remove(listener)
        if not self._listeners and self._ours is not None and self._utils.clip_grad_norm_ is self._ours:
            self._utils.clip_grad_norm_, self._ours = self._clip, None

    def _wrapped(self, torch: Any, clip: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(clip)
        def clip_grad_norm_(parameters: Any, max_norm: Any, norm_type: Any = 2.0, *args: Any, **kwargs: Any) -> Any:
            if torch.compiler.is_compiling() or not self._listeners:
                return clip(parameters, max_norm, norm_type, *args, **kwargs)
            held, passed = _overheard(torch, parameters)
            norm = clip(passed, max_norm, norm_type, *args, **kwargs)
            if norm_type == 2 and type(norm) is torch.Tensor:
                self._tell(held, norm)
            return norm

        return clip_grad_norm_

    def _tell(self, parameters: list[Any], norm: Any) -> None:
        for listener in list(self._listeners):
            with contextlib.suppress(Exception):  # training goes on; the optimizer's step is looked at in any case
                listener(parameters, norm)


def _overheard(torch: Any, parameters: Any) -> tuple[list[Any], Any]:
    """Return a list that holds the parameters after the call, and what is to be passed to it."""
    if isinstance(parameters, torch.Tensor):
        return [parameters], parameters
    if isinstance(parameters, list | tuple):
        return list(parameters), parameters
    held: list[Any] = []

    def each() -> Iterator[Any]:
        for parameter in parameters:
            held.append(parameter)
            yield parameter

    return held, each()


class ClippedNorm:
    """The norm of a model's gradient as clipping has found it, until the optimizers have stepped with it."""

    def __init__(self) -> None:
        self._unread: deque[Readback] = deque(maxlen=_MOST_UNREAD)
        self._found: float | None = None
        self._stepped: set[int] | None = None  # optimizers that have used it; None where it is used up
        self._asked: tuple[int, ...] = ()
        self._is_whole = False

    def begin(self) -> None:
        """Have the next step of each optimizer count as one with the clipped gradient."""
        self._stepped = set()

    def take_down(self, torch: ModuleType, norm: Any) -> None:
        self._unread.append(Readback(torch, [("grad_norm", norm)]))
        self._harvest()

    def is_of(self, trained: Callable[[], Iterable[Any]], clipped: list[Any]) -> bool:
        """Tell whether these are all that is trained; asked anew only when it is called with others than before."""
        asked = (len(clipped), id(clipped[0]), id(clipped[-1])) if clipped else ()
        if asked != self._asked:
            known = {id(each) for each in clipped}
            self._asked, self._is_whole = asked, all(id(each) in known for each in trained() if each.requires_grad)
        return self._is_whole

    def covers(self, optimizer: Any) -> bool:
        """Tell whether the step that this optimizer is about to take is with the clipped gradient."""
        if self._stepped is None or id(optimizer) in self._stepped:
            self._stepped = None  # its next step: that gradient is gone
            return False
        self._stepped.add(id(optimizer))
        return True

    def read(self) -> float | None:
        """Return the latest since the last time, or the first that was not finite; None without any."""
        self._harvest()
        found, self._found = self._found, None
        return found

    def _harvest(self) -> None:
        while self._unread and self._unread[0].done():
            norm = self._unread.popleft().figures()["grad_norm"]
            if self._found is None or math.isfinite(self._found):
                self._found = norm


CLIPPING = Clipping()

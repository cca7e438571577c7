"""Looks at the steps of one optimizer: counts each, and takes figures as often as their cost allows."""

from __future__ import annotations

import math
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ._budget import Budget, Pace
from ._exit import last_line
from ._readback import Readback, event_of
from ._sample import Sample, grad_norms, samples

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    from ._readback import Timer

_SHARE = 0.0095  # of the time between steps, a little under the 1% that is promised
_LEAST = 0.002  # for norms, where steps are so short that merely counting them takes the rest
_FOR_GRADIENT = 0.55  # of what there is for norms
_MOST_UNREAD = 64
_UPDATE = "norms of the update"
_FEW = 8  # parameters asked for how often they have been updated

_T = TypeVar("_T")


class Watched(Protocol):
    """What an optimizer's steps are looked at for: a model."""

    torch: ModuleType
    scaler: Any
    sharded: bool

    def parameters(self) -> list[Any]: ...
    def optimizers(self) -> int: ...
    def is_clipped(self, pulse: Pulse) -> bool: ...
    def complain(self, topic: str, sentence: str) -> None: ...


class Pulse:
    """The steps of one optimizer that concern a watched model. `before` and `after` are called around each."""

    def __init__(self, optimizer: Any, watched: Watched, clock: Callable[[], float] = time.perf_counter) -> None:
        self.optimizer = optimizer
        self.updates: int | None = None  # counted with those that were skipped
        self.skipped = 0
        self.trainable = 0
        self.moved = False  # there was a step since the figures were last taken away
        self.fresh: dict[str, float] = {}  # since then
        self.known: dict[str, float] = {}  # the latest of each before that
        self._watched = watched
        self._torch = watched.torch
        self._clock = clock
        self._pace = Pace()
        self._overhead = 0.0  # seconds since the last step that went into no norm
        self._gradient, self._update = Budget(), Budget()
        self._held: list[Any] = []
        self._signature: tuple[Any, ...] = ()
        self._samples: list[Sample] = []
        self._before: list[Any] | None = None
        self._figures: list[tuple[str, Any]] = []
        self._timers: list[Timer] = []
        self._unread: deque[Readback] = deque(maxlen=_MOST_UNREAD)
        self._given_up: set[str] = set()

    def before(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Look at the gradient, and now and then at the parameters, before the optimizer changes them."""
        start = self._clock()
        self._earn(start)
        self._begin()
        if not _has_closure(args, kwargs):  # a closure makes the gradient during the step
            self._look_at_gradient()
        self._before = None
        if self._held and self._update.allows():
            self._timed(self._update, _UPDATE, self._copy)
        self.spend(self._clock() - start)

    def after(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Count the step, and compare with what was there before it."""
        start = self._clock()
        if self._before is not None:
            self._timed(self._update, _UPDATE, self._compare)
            self._before = None
        if _has_closure(args, kwargs):
            self._look_at_gradient()
        self.updates = (self.updates or 0) + 1
        if self._held and all(each.grad is None for each in self._held):
            self.skipped += 1
        self._note_state()
        self.spend(self._clock() - start)

    def skip(self) -> None:
        """Count a step that a gradient scaler has left out."""
        self._earn(self._clock())
        self._begin()
        self.updates = (self.updates or 0) + 1
        self.skipped += 1
        self._note_state()

    def harvest(self) -> None:
        """Take in what has come back from the device; a figure that is not finite stands until it is taken away."""
        while self._unread and self._unread[0].done():
            readback = self._unread.popleft()
            readback.settle()
            figures = readback.figures()
            if figures.pop("skipped", 0.0):
                self.skipped += 1
            for name, value in figures.items():
                self.put(name, value)

    def put(self, name: str, value: float) -> None:
        if math.isfinite(self.fresh.get(name, 0.0)):
            self.fresh[name] = value

    def taken(self) -> dict[str, float]:
        """Return what was found since the last time."""
        fresh, self.fresh = self.fresh, {}
        self.known.update(fresh)
        self.moved = False
        return fresh

    def allows(self) -> bool:
        """Tell whether the norm of a gradient may be taken now."""
        return self._gradient.allows()

    def spend(self, seconds: float) -> None:
        """Have time paid by the next step, before there is any for norms."""
        self._overhead += seconds

    def holds(self, parameters: set[int]) -> bool:
        """Tell whether the optimizer updates one of the parameters (by their ids)."""
        return any(id(each) in parameters for group in self.optimizer.param_groups for each in group["params"])

    def _earn(self, now: float) -> None:
        seconds = self._pace.step(now) / max(self._watched.optimizers(), 1)
        left = max(_SHARE * seconds - self._overhead, _LEAST * seconds)
        self._overhead = 0.0
        self._gradient.earn(_FOR_GRADIENT * left)
        self._update.earn((1.0 - _FOR_GRADIENT) * left)

    def _begin(self) -> None:
        self._figures, self._timers = [], []
        if self.updates is None:
            self.updates = self._attempt("earlier updates", lambda: _updates_so_far(self.optimizer)) or 0
            self._attempt("the parameters", self._plan)

    def _plan(self) -> None:
        """Choose what to look at: the model's parameters that the optimizer holds, those that are trained if any are.

        An optimizer that holds none of them was made for other tensors: then the model itself is looked at.
        """
        if self._watched.sharded:
            return
        parameters = [each for each in self._watched.parameters() if each.numel() and not each.is_meta]
        self.trainable = sum(each.requires_grad for each in parameters)
        known = {id(each) for each in parameters}
        held = [each for group in self.optimizer.param_groups for each in group["params"] if id(each) in known]
        held = held or parameters
        held = [each for each in held if each.requires_grad] or held
        signature = (self.trainable, *((id(each), each.numel(), each.device) for each in held))
        if signature != self._signature:
            self._signature, self._held = signature, held
            self._samples = samples(self._torch, held)

    def _look_at_gradient(self) -> None:
        if self._held and not self._watched.is_clipped(self) and self._gradient.allows():
            self._timed(self._gradient, "the gradient norm", self._gradient_norm)

    def _gradient_norm(self) -> None:
        norms = grad_norms(self._torch, [each.grad for each in self._held if each.grad is not None])
        scale = getattr(self.optimizer, "grad_scale", None)  # a fused optimizer takes the scale out by itself
        if not norms:
            self.put("grad_norm", 0.0)
        self._figures += [("grad_norm", norm if scale is None else norm / scale.to(norm.device)) for norm in norms]

    def _copy(self) -> None:
        self._plan()
        self._before = [each.take() for each in self._samples]

    def _compare(self) -> None:
        for sample, before in zip(self._samples, self._before or (), strict=True):
            self._figures += sample.compare(before)

    def _note_state(self) -> None:
        """Note what the step was made with, learning rates and loss scale, and send for the figures."""
        self.moved = True
        tensor = self._torch.Tensor
        for place, group in enumerate(self.optimizer.param_groups):
            rate = group.get("lr")
            if isinstance(rate, tensor):
                self._figures.append((f"lr {place}", rate))
            elif rate is not None:
                self.fresh[f"lr {place}"] = float(rate)
        found = getattr(self.optimizer, "found_inf", None)
        if found is not None:
            self._figures.append(("skipped", found))
        self._note_scale()
        if self._figures:
            figures, self._figures = self._figures, []
            self._unread.append(Readback(self._torch, figures, self._timers))
        self.harvest()

    def _note_scale(self) -> None:
        scaler = self._watched.scaler
        scale = None if scaler is None else getattr(scaler, "_scale", None)
        if scale is not None and scaler.is_enabled():
            self._figures.append(("loss_scale", scale))

    def _timed(self, budget: Budget, what: str, work: Callable[[], None]) -> None:
        """Do a piece of work on a budget, of the host's time and of the device's; an error ends this kind of work."""
        start, device = self._clock(), self._held[0].device
        begin = event_of(self._torch, device)
        self._attempt(what, work)
        if begin is not None:
            self._timers.append((begin, event_of(self._torch, device), budget.spend))
        seconds = self._clock() - start
        budget.spend(seconds)
        self._overhead -= seconds

    def _attempt(self, what: str, work: Callable[[], _T]) -> _T | None:
        if what in self._given_up:
            return None
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - tensors of any make may fail in any way
            self._given_up.add(what)
            self._watched.complain(f"watch {what}", f"watch() leaves out {what} from here on: {last_line(error)}")
            return None


def _has_closure(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    return (args[1] if len(args) > 1 else kwargs.get("closure")) is not None


def _updates_so_far(optimizer: Any) -> int:
    """Return how often the optimizer has updated: what one of Adam's kind counts itself, also across a resume."""
    parameters = [each for group in optimizer.param_groups for each in group["params"]][:_FEW]
    counts = [optimizer.state[each].get("step", 0) for each in parameters if each in optimizer.state]
    return max((int(count) for count in counts), default=0)
